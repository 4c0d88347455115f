"""One op of a stage, as its data flow takes it."""

from amaranth.hdl import unsigned
from amaranth.lib import data

from rtl.digital import DigitalConfig
from rtl.layout import OP_BITS, SAMPLE_BITS


def op_layout(config: DigitalConfig) -> data.StructLayout:
    """Return one op: its kind, its sample, and in F of the last stage the sample's class."""
    return data.StructLayout(
        {
            "op": unsigned(OP_BITS),
            "sample": unsigned(SAMPLE_BITS),
            "label": unsigned(config.label_bits),
        }
    )
