"""Why a stage stands still: the first unmet condition of its oldest op (rule R10)."""

from collections.abc import Mapping, Sequence

from amaranth.hdl import Module, Value

from models.schedule import CAUSES

#: A condition of an op, and the cause that it is while it is not met.
Need = tuple[str, Value]


def cause_code(cause: str) -> int:
    """Return what stands for a cause; 0 is none."""
    return CAUSES.index(cause) + 1


def oldest_cause(
    m: Module, cause: Value, oldest: Mapping[str, Value], needs: Mapping[str, Sequence[Need]]
) -> None:
    """Drive `cause` with the first unmet condition of the first op that is the oldest.

    Parameters
    ----------
    oldest
        Whether the next op of a kind is one of the oldest sample, in the order of priority.
    needs
        Its conditions in the order of rule R10.
    """
    for place, (op, at) in enumerate(oldest.items()):
        with m.If(at) if place == 0 else m.Elif(at):
            for number, (name, met) in enumerate(needs[op]):
                with m.If(~met) if number == 0 else m.Elif(~met):
                    m.d.comb += cause.eq(cause_code(name))
