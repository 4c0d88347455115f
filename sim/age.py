"""How stale the weights of each sample were, read off the log: a histogram for each stage."""

import numpy as np

from models.schedule import Op, Rule
from sim.log import Column, OpLog

#: Samples by their staleness, in updates.
Histogram = dict[int, int]


def staleness_histogram(log: OpLog, rule: Rule, stage: int, weight: Column) -> Histogram:
    """Return how many samples of a stage saw weights how many updates apart.

    Counts U ends after F's start up to B's; where the stage runs no B, up to U's without those of
    the sample's own mini-batch (:class:`sim.stage.Stage`). A sample counts as often as the
    `weight` of the op of its second read.
    """
    own = log.stage == stage
    backward = stage > 0 or rule.first_stage_backward
    reading = own & (log.op == (Op.BACKWARD if backward else Op.UPDATE))
    ends = log.end[own & (log.op == Op.UPDATE)]
    first = np.searchsorted(ends, log.start[own & (log.op == Op.FORWARD)], side="right")
    second = np.searchsorted(ends, log.start[reading], side="right")
    if not backward and rule.N is not None:
        sample = log.sample[reading]
        second = np.minimum(second, sample - sample % rule.N)
    values, places = np.unique(second - first, return_inverse=True)
    counts = np.zeros(len(values), np.int64)
    np.add.at(counts, places, weight[reading])
    return dict(zip(values.tolist(), counts.tolist(), strict=True))
