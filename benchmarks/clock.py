"""How long a piece of work takes: several measurements of one call.

Seconds are those of the process on a processor. Both sides run one thread, so on a quiet machine
these are the seconds of a clock on the wall, and on a busy one the time of others is left out.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

#: A measurement repeats the call until it lasts about this long [s].
SPAN = 0.002
#: Seconds that the measurements of one turn may take together; at least two are taken.
TURN = 1.0


@dataclass
class Job:
    """Prepared work: what is timed, and what is known of it.

    `call` does the work `times` times. `facts` are figures of the work itself (coincidences,
    accuracy); `call` may add to them. A `long` job is done once a turn, without a trial, and its
    call returns the seconds that count.
    """

    call: Callable[[], Any]
    facts: dict[str, Any] = field(default_factory=dict)
    long: bool = False
    times: int = 1


def elapsed(call: Callable[[], object], times: int) -> float:
    """Return the seconds of one call, averaged over `times` of them."""
    begin = time.process_time()
    for _ in range(times):
        call()
    return (time.process_time() - begin) / times


def measure(job: Job, repeats: int) -> list[float]:
    """Return the seconds of doing the work once, measured up to `repeats` times."""
    if job.long:
        return [float(job.call())]
    trial = min(elapsed(job.call, 1), elapsed(job.call, 1))
    times = max(1, round(SPAN / max(trial, 1e-9)))
    repeats = max(2, min(repeats, int(TURN / (times * trial))))
    return [elapsed(job.call, times) / job.times for _ in range(repeats)]
