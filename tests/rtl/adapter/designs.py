"""Tiles whose cycles the adapters fit into."""

from typing import Any

from hypothesis import strategies as st

from models.programming import digit_count
from models.section import Adc, Dac, Tile, Timing
from models.tile import TileConfig
from models.timing import drive_cycles, phase_cycles, read_cycles
from models.update import Update
from tests.models.properties import sometimes


@st.composite
def adapted(draw: Any, **fixed: Any) -> TileConfig:
    """Tiles of up to 7 lines a side, with steps of any lengths, exact constants among them."""
    bits = draw(st.integers(2, 5))
    adc_bits = draw(st.integers(2, 7))
    tile = Tile(
        digital_bits=8,
        dac=Dac(bits=bits, drive=draw(st.sampled_from(["bit-serial", "pulse-width"]))),
        adc=Adc(bits=adc_bits, count=draw(sometimes([1, 2, 3, 9], None))),
        update=Update(
            bl=draw(st.integers(1, 9)),
            slots=draw(st.sampled_from(["built", "used"])),
            phases=draw(st.sampled_from([1, 2, 4])),
            lfsr_bits=9,
            comparator_bits=6,
            steps_per_slot=1,
        ),
    )
    steps = {
        "load_cycles": draw(st.integers(0, 3)),
        "bit_cycles": draw(st.integers(1, 3)),
        "slot_cycles": draw(st.integers(1, 2)),
        "settle_cycles": draw(st.integers(0, 3)),
        "adc_cycles": adc_bits + 2 + draw(sometimes(list(range(1, 12)), 0)),
        "pulse_cycles": draw(st.integers(1, 3)),
        "row_by_row": draw(st.booleans()),
    }
    rows, columns = draw(st.integers(1, 7)), draw(st.integers(1, 7))
    config = TileConfig(rows, columns, tile, Timing(**steps), seed=draw(st.integers(0, 99)))
    spare = st.integers(0, 5)
    constants = {
        "forward_cycles": read_cycles(config, columns),
        "backward_cycles": read_cycles(config, rows),
        "update_cycles": max(
            2, tile.update.phases * (steps["load_cycles"] + phase_cycles(config, None))
        ),
    }
    given = {key: value + draw(spare) for key, value in constants.items() if draw(st.booleans())}
    whole = digit_count(bits) * (steps["load_cycles"] + drive_cycles(config))
    program = draw(st.sampled_from([0, whole])) + draw(spare)
    timing = Timing(**steps, **given, program_row_cycles=program)
    return TileConfig(rows, columns, tile, timing, seed=config.seed)
