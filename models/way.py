"""The ways of tokens between the stages of a machine: rule R5."""

from dataclasses import dataclass

from models.schedule import Rule

#: Cycles that a token is on its way, and the fewest between two that leave.
Way = tuple[int, int]


@dataclass(frozen=True)
class Ways:
    """The ways of tokens: `forward` and `backward` one a boundary, `loss` at the last stage.

    A token leaves as soon as it may, and no sooner than the interval after the one before.
    """

    forward: tuple[Way, ...]
    backward: tuple[Way, ...]
    loss: Way

    @classmethod
    def of(
        cls, rule: Rule, digital: tuple[tuple[int, ...], tuple[int, ...]] | None = None
    ) -> "Ways":
        """Return the ways of a rule.

        `digital`, by stage, are the cycles in which a digital unit passes on what F and B have
        read, one sample after another; they come on top of the link.
        """
        last = rule.stages - 1
        up, down = digital or ((0,) * rule.stages, (0,) * rule.stages)
        return cls(
            forward=tuple(
                (rule.link[m] + up[m], max(rule.link_interval[m], up[m])) for m in range(last)
            ),
            backward=tuple(
                (rule.link[m] + down[m + 1], max(rule.link_interval[m], down[m + 1]))
                for m in range(last)
            ),
            loss=(rule.loss + up[last], up[last]),
        )
