"""Replicas of the weights under a rule of two arrays, A and C."""

from dataclasses import replace

from models.algorithm.base import Arrangement


def replicated(one: Arrangement, count: int, version: int, batch: int) -> Arrangement:
    """Return the arrays A_i, then C_1 .. C_count; a view for each replica.

    `one` has the arrays (A, C) and one transfer between them. In version 1 all views have one A, in
    version 2 each its own; all A are read, and all C written alike.
    """
    fast = 1 if version == 1 else count
    mixing = one.gamma[0][0]
    gradient = tuple(min(i, fast - 1) for i in range(count))
    weights = tuple(range(fast, fast + count))
    gamma = tuple(
        tuple(mixing * (a == gradient[i]) for a in range(fast))
        + tuple(float(c == i) for c in range(count))
        for i in range(count)
    )
    transfer = replace(one.transfers[0], sources=tuple(range(fast)), targets=weights)
    return replace(
        one,
        gamma=gamma,
        gradient=gradient,
        start=weights,
        transfers=(transfer,),
        batch=max(batch, count),
    )
