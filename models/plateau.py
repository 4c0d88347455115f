"""When a loss has stopped falling: the switch of a warm start."""

from collections.abc import Sequence
from itertools import pairwise

#: Losses, the newest included, that a later switch looks at, and rises among them that it needs.
WINDOW, RISES = 6, 2
#: Switches made at the first rise.
EAGER = 4


def stopped(losses: Sequence[float], switches: int) -> bool:
    """Whether the losses since the start call for one more switch after `switches` of them.

    The first four need one rise, later ones two rises among the last five steps
    (Li et al., arXiv 2510.02516, Algorithm 1).
    """
    rises = [after > before for before, after in pairwise(losses)]
    if switches < EAGER:
        return bool(rises) and rises[-1]
    return len(losses) >= WINDOW and sum(rises[1 - WINDOW :]) >= RISES
