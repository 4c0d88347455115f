"""Where Analog SGD and Tiki-Taka rest on least squares: arXiv 2406.12774, sections 2.4 and 2.5.

    python -m examples.least_squares [FILE]

The first table holds the mean gradient of Analog SGD at rest against two fixed points: the closed
form, and the one with c = E|g| of each coordinate. Errors are those of batch means. `bound` is
4 sigma^2 S_K of theorem 2, with sigma^2 the noise of all coordinates together.
"""

import numpy as np

from examples.written import Written
from models.study.least_squares import draw_problem
from scripts.reproduce.least_squares import TIKI_TAKA, bound, driven, rest

SETTINGS = ((0.05, 3.0), (0.1, 3.0), (0.2, 3.0), (0.05, 10.0), (0.1, 10.0), (0.1, 1.5), (0.2, 1.0))
RATE = 0.01
BATCHES = 20


def fixed_points(written: Written, size: int, warm: int, steps: int) -> None:
    """Write the table of Analog SGD."""
    written.add(f"Analog SGD, {size} coordinates, lr {RATE}, {steps} steps after {warm}")
    written.add(
        "sigma   tau   |E g|^2    over closed form  over exact  largest |z|  E|g|^2     bound"
    )
    for sigma, tau in SETTINGS:
        problem = draw_problem(size, sigma=sigma)
        found = rest(driven(size, tau, f"algorithm.lr={RATE}"), problem, warm, steps, BATCHES)
        square = float(found.gradient @ found.gradient)
        closed = problem.gradient(problem.rest(tau))
        exact = problem.gradient(problem.exact_rest(tau, RATE))
        z = float(np.abs((found.gradient - exact) / found.error).max())
        ratios = f"{square / (closed @ closed):16.3f}  {square / (exact @ exact):10.3f}"
        mean = float(found.course.square.mean())
        written.add(
            f"{sigma:5.2f}  {tau:4.1f}  {square:.3e}  {ratios}  {z:11.2f}  {mean:.3e}  "
            f"{bound(found, problem, tau):.3e}"
        )


def against_tiki_taka(written: Written, size: int, steps: int) -> None:
    """Write what Analog SGD and Tiki-Taka leave at the same noise and range."""
    sigma, tau, half = 0.1, 3.0, steps // 2
    problem = draw_problem(size, sigma=sigma)
    rules = {"Analog SGD, lr 0.02": ("algorithm.lr=0.02",), "Tiki-Taka, 0.02, 3.6e-6": TIKI_TAKA}
    written.add()
    written.add(f"sigma {sigma}, tau {tau}, the second half of {steps} steps from W = 0")
    written.add(f"{'rule':24}  {'|E g|^2':>9}  {'E|g|^2':>9}  {'E f':>9}")
    rows = []
    for name, overrides in rules.items():
        found = rest(driven(size, tau, *overrides), problem, half, half, BATCHES)
        rows.append(
            (
                float(found.gradient @ found.gradient),
                float(found.course.square.mean()),
                float(found.course.loss.mean()),
            )
        )
        written.add(f"{name:24}  " + "  ".join(f"{value:9.2e}" for value in rows[-1]))
    ratios = [one / other for one, other in zip(*rows, strict=True)]
    written.add(f"{'ratio':24}  " + "  ".join(f"{value:9.0f}" for value in ratios))


def main() -> None:
    """Write the study."""
    written = Written("examples.least_squares")
    fixed_points(written, 40, 20_000, 400_000)
    against_tiki_taka(written, 40, 800_000)


if __name__ == "__main__":
    main()
