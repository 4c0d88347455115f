"""Accuracy and loss of finished runs against their clock cycles, as PNG."""

from matplotlib.axes import Axes

from models.error import DesignError
from sim.chart import new_figure, png, style
from sim.report import FinishedRun


def _draw(axes: Axes, runs: list[FinishedRun], x: str, y: str, scale: float) -> None:
    for place, run in enumerate(runs):
        schedule = run.summary["schedule"]
        label = run.name if schedule in run.name else f"{run.name} ({schedule})"
        across = [row[x] for row in run.metrics]
        axes.plot(across, [scale * row[y] for row in run.metrics], label=label, markersize=4,
                  linewidth=1.4, **style(place))  # type: ignore[arg-type]  # fmt: skip
    axes.grid(visible=True, alpha=0.3)
    axes.set_xlim(left=0)


def accuracy_png(runs: list[FinishedRun]) -> bytes:
    """Return test accuracy, and training loss, against cycles and against samples.

    Raises
    ------
    DesignError
        When none of the runs was trained.
    """
    trained = [run for run in runs if run.metrics]
    if not trained:
        raise DesignError("report: none of these runs was trained, so there is no accuracy to plot")
    figure = new_figure(12.0, 7.0)
    grid = figure.subplots(2, 2)
    names = {"cycles": "architectural clock cycles", "samples": "samples"}
    for column, (x, name) in enumerate(names.items()):
        _draw(grid[0, column], trained, x, "accuracy", 100.0)
        _draw(grid[1, column], trained, x, "train_loss", 1.0)
        grid[1, column].set(xlabel=name, yscale="log")
    grid[0, 0].set_ylabel("test accuracy, %")
    grid[1, 0].set_ylabel("training loss since the point before")
    handles, labels = grid[0, 0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper center", ncols=4, frameon=False)
    return png(figure)
