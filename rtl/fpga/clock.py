"""The clock of a design, made from a board's oscillator."""

from dataclasses import dataclass
from itertools import product

from amaranth.hdl import Instance, Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from models.error import DesignError
from rtl.fpga.target import Target

#: Bounds of the ECP5's PLL in MHz (Lattice, ECP5 family data sheet FPGA-DS-02012, sysCLOCK PLL).
LEAST_COMPARED, LEAST_INNER, MOST_INNER = 3.125, 400.0, 800.0


@dataclass(frozen=True)
class Division:
    """Divisors of a PLL: its output is oscillator * feedback / reference."""

    reference: int
    feedback: int
    output: int


def division(oscillator: float, megahertz: float) -> Division:
    """Return the divisors of an ECP5's PLL for a frequency, exactly.

    Raises
    ------
    DesignError
        When it cannot make that frequency.
    """
    found = []
    for reference, feedback in product(range(1, 9), range(1, 81)):
        compared = oscillator / reference
        if compared < LEAST_COMPARED or abs(compared * feedback - megahertz) > 1e-9:
            continue
        for output in range(1, 129):
            inner = megahertz * output
            if LEAST_INNER <= inner <= MOST_INNER:
                found.append((abs(inner - 600.0), reference, feedback, output))
    if not found:
        raise DesignError(
            f"--mhz: a PLL cannot make {megahertz:g} MHz from {oscillator:g} MHz; give a multiple "
            f"of {oscillator:g} / n with n up to {int(oscillator / LEAST_COMPARED)}"
        )
    return Division(*min(found)[1:])


def divide(target: Target, megahertz: float) -> Division | None:
    """Return how a board makes a clock: by its PLL, or None where its oscillator is it.

    Raises
    ------
    DesignError
        When it cannot.
    """
    if megahertz == target.oscillator:
        return None
    if target.family != "ecp5":
        raise DesignError(
            f"--mhz: {target.name} runs at its oscillator's {target.oscillator:g} MHz"
        )
    return division(target.oscillator, megahertz)


class Clock(wiring.Component):
    """The oscillator itself, or a PLL behind it.

    Parameters
    ----------
    target, megahertz
        The board and the clock.
    divisors
        What `divide` returns for them.

    Members
    -------
    i : ``In(1)``
        The oscillator.
    o : ``Out(1)``
        The clock.
    locked : ``Out(1)``
        It is stable.
    """

    i: In(1)
    o: Out(1)
    locked: Out(1)

    def __init__(self, target: Target, megahertz: float, divisors: Division | None) -> None:
        self.target, self.megahertz, self.divisors = target, megahertz, divisors
        super().__init__()

    def elaborate(self, platform: object) -> Module:
        m = Module()
        if self.divisors is None:
            m.d.comb += [self.o.eq(self.i), self.locked.eq(1)]
            return m
        divisors = self.divisors
        m.submodules.pll = Instance(
            "EHXPLLL",
            a_FREQUENCY_PIN_CLKI=f"{self.target.oscillator:g}",
            a_FREQUENCY_PIN_CLKOP=f"{self.megahertz:g}",
            a_ICP_CURRENT="12",
            a_LPF_RESISTOR="8",
            a_MFG_ENABLE_FILTEROPAMP="1",
            a_MFG_GMCREF_SEL="2",
            p_PLLRST_ENA="DISABLED",
            p_INTFB_WAKE="DISABLED",
            p_STDBY_ENABLE="DISABLED",
            p_DPHASE_SOURCE="DISABLED",
            p_OUTDIVIDER_MUXA="DIVA",
            p_OUTDIVIDER_MUXB="DIVB",
            p_OUTDIVIDER_MUXC="DIVC",
            p_OUTDIVIDER_MUXD="DIVD",
            p_CLKI_DIV=divisors.reference,
            p_CLKOP_ENABLE="ENABLED",
            p_CLKOP_DIV=divisors.output,
            p_CLKOP_CPHASE=divisors.output // 2 - 1,
            p_CLKOP_FPHASE=0,
            p_FEEDBK_PATH="CLKOP",
            p_CLKFB_DIV=divisors.feedback,
            i_RST=0,
            i_STDBY=0,
            i_CLKI=self.i,
            i_CLKFB=self.o,
            i_PHASESEL0=0,
            i_PHASESEL1=0,
            i_PHASEDIR=1,
            i_PHASESTEP=1,
            i_PHASELOADREG=1,
            i_PLLWAKESYNC=0,
            i_ENCLKOP=0,
            o_CLKOP=self.o,
            o_CLKINTFB=Signal(),
            o_LOCK=self.locked,
        )
        return m
