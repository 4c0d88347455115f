"""Residual learning: Tiki-Taka whose fast array P is part of the weight, W + gamma P.

    P' = P - lr g F(P) - lr |g| G(P),         g = d x^T of the network with W + gamma P
    W' = W + beta P_j F(W) - beta |P_j| G(W)

(Wu et al., arXiv 2502.06309, section 3: the bilevel form min ||P*(W)||^2 with P*(W) a minimum of
f(W + gamma P); gamma above 0 is what makes it exact for general responses.) In numbers it is
Tiki-Taka with gamma.
"""

from typing import Literal

from pydantic import Field

from models.algorithm.tiki_taka import TikiTaka


class ResidualLearning(TikiTaka):
    """`algorithm.name = "residual"`: Tiki-Taka with the fast array in the weight."""

    name: Literal["residual"] = "residual"  # type: ignore[assignment]
    gamma: float = Field(0.4, gt=0, le=1024)
    """Factor of the fast array P in the weight W + gamma P."""
