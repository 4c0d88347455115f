"""What a stage's data flow takes and gives: an op, and the ports."""

from typing import Any

from amaranth.hdl import signed, unsigned
from amaranth.lib import data, stream
from amaranth.lib.wiring import In, Out

from rtl.control import StageControlSignature
from rtl.digital import DigitalConfig
from rtl.host import answer_layout, host_layout
from rtl.layout import OP_BITS, SAMPLE_BITS, analog_members


def op_layout(config: DigitalConfig) -> data.StructLayout:
    """Return one op: its kind, its sample, and in F of the last stage the sample's class."""
    return data.StructLayout(
        {
            "op": unsigned(OP_BITS),
            "sample": unsigned(SAMPLE_BITS),
            "label": unsigned(config.label_bits),
        }
    )


def flow_members(config: DigitalConfig) -> dict[str, Any]:
    """Return the ports of a stage's data flow."""
    digital = stream.Signature(signed(config.digital_bits))
    members = {
        "i": In(stream.Signature(op_layout(config))),
        "done": Out(1),
        "busy": Out(1),
        "i_value": In(digital),
        "o_value": Out(digital),
        "o_gradient": Out(digital),
        "i_host": In(stream.Signature(host_layout(config))),
        "o_host": Out(stream.Signature(answer_layout(config))),
        "control": In(StageControlSignature()),
        "x_pulses": Out(range(config.inputs + 1)),
        "d_pulses": Out(range(config.outputs + 1)),
        **analog_members(config.tile),
    }
    del members["stall"]
    return members if config.loss else members | {"i_gradient": In(digital)}
