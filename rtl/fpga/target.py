"""Boards: the FPGA, its oscillator, the pins of a serial line, and the names of its cells."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Target:
    """One board.

    Parameters
    ----------
    name, device
        As a user and as a data sheet call them.
    family
        Yosys's `synth_` pass.
    options
        What nextpnr is told of the device.
    oscillator
        Frequency in MHz.
    megahertz
        Clock that a design gets unless told otherwise.
    pins
        Site of `clk`, `rx`, `tx` and `led`, as the board's schematic has them.
    resources
        nextpnr's name of each resource.
    """

    name: str
    device: str
    family: Literal["ecp5", "ice40"]
    options: tuple[str, ...]
    oscillator: float
    megahertz: float
    pins: dict[str, str]
    resources: dict[str, str]

    @property
    def package(self) -> str:
        """The package on PyPI with this family's tools."""
        return f"yowasp-nextpnr-{self.family}"

    def constraints(self) -> str:
        """Return the pins and the oscillator as nextpnr reads them."""
        if self.family == "ice40":
            sites = "".join(f"set_io {port} {site}\n" for port, site in self.pins.items())
            return f"{sites}set_frequency clk {self.oscillator:g}\n"
        sites = "".join(
            f'LOCATE COMP "{port}" SITE "{site}";\nIOBUF PORT "{port}" IO_TYPE=LVCMOS33;\n'
            for port, site in self.pins.items()
        )
        return f'{sites}FREQUENCY PORT "clk" {self.oscillator:g} MHZ;\n'


#: Pins: amaranth-boards 0.0.21, ulx3s.py and icebreaker.py.
TARGETS = {
    one.name: one
    for one in (
        Target(
            name="ulx3s-85f",
            device="LFE5U-85F-6BG381",
            family="ecp5",
            options=("--85k", "--package", "CABGA381", "--speed", "6"),
            oscillator=25.0,
            megahertz=60.0,
            pins={"clk": "G2", "rx": "M1", "tx": "L4", "led": "B2"},
            resources={
                "LUT": "TRELLIS_COMB",
                "FF": "TRELLIS_FF",
                "RAM": "DP16KD",
                "DSP": "MULT18X18D",
            },
        ),
        Target(
            name="icebreaker",
            device="iCE40UP5K-SG48",
            family="ice40",
            options=("--up5k", "--package", "sg48"),
            oscillator=12.0,
            megahertz=12.0,
            pins={"clk": "35", "rx": "6", "tx": "9", "led": "37"},
            resources={"LUT": "ICESTORM_LC", "RAM": "ICESTORM_RAM", "DSP": "ICESTORM_DSP"},
        ),
    )
}
