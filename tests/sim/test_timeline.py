"""The timeline shows every op once, in its colour, and what arrays wait for between them."""

import matplotlib.colors
import matplotlib.image
import numpy as np
import pytest

from models.design import make_design
from models.schedule import CAUSES, Op
from sim.chart import OPS
from sim.palette import HATCHES, wait_colours
from sim.stretch import make_stretch
from sim.system import make_system
from sim.timeline import timeline_png
from sim.timeline_figure import timeline_figure
from sim.window import Span, first_ops


def picture(path, span=None, total=300, **tables):
    """The timeline of a design as an image, and its window."""
    system = make_system(make_design(tables))
    recording = make_stretch(system, total, record=True).recording
    window = recording.window(span or first_ops(system.rule.stages))
    path.write_bytes(timeline_png(window, system.resources, "a machine"))
    return matplotlib.image.imread(path)[..., :3], window, system


def share(image, colour):
    """Share of the picture in a colour, about."""
    return (np.abs(image - matplotlib.colors.to_rgb(colour)).max(axis=2) < 0.02).mean()


def test_ops_are_drawn_in_their_colours(tmp_path):
    image, _, _ = picture(tmp_path / "t.png")
    found = {op: share(image, colour) for op, (_, _, colour) in OPS.items()}
    assert all(found[op] > 0.02 for op in (Op.FORWARD, Op.BACKWARD, Op.UPDATE))
    assert found[Op.TRANSFER] == found[Op.PROGRAM] == 0


def test_transfers_and_programming_have_colours_too(tmp_path):
    tables = {"algorithm": {"name": "tiki-taka", "gamma": 0.0, "transfer_every": 2}}
    tables |= {"timing": {"program_row_cycles": 3}}
    image, window, _ = picture(tmp_path / "t.png", **tables)
    for op in (Op.TRANSFER, Op.PROGRAM):
        assert op in window.ops.op
        assert share(image, OPS[op][2]) > 0.01


@pytest.mark.parametrize("cause", ["input", "flush"])
def test_what_arrays_wait_for_is_pale_and_hatched(tmp_path, cause):
    image, window, _ = picture(
        tmp_path / "t.png", Span(0, 1500), schedule={"name": "fill-drain", "N": 16}
    )
    assert CAUSES.index(cause) in window.waits.cause
    assert share(image, wait_colours(cause)[0]) > 0.005
    assert share(image, wait_colours("stash")[0]) == 0


def test_every_array_and_shared_unit_has_a_row(tmp_path):
    tables = {"algorithm": {"name": "batched-agad", "replicas": 4}}
    plain, _, _ = picture(tmp_path / "one.png")
    many, _, system = picture(tmp_path / "many.png", **tables)
    assert len(system.resources.names) == 15
    assert many.shape[0] > 2 * plain.shape[0]
    banks, _, system = picture(tmp_path / "banks.png", tile={"adc": {"bank": [1, 1, 2]}})
    assert system.resources.names[3:] == ("adc 1", "adc 2")
    assert banks.shape[0] > plain.shape[0]


def test_a_picture_of_many_arrays_stays_of_a_size(tmp_path):
    layers = [{"inputs": 10, "outputs": 10} for _ in range(60)]
    image, _, system = picture(tmp_path / "t.png", total=60, layer=layers)
    assert len(system.resources.names) == 60
    assert image.shape[0] < 2100


def test_causes_have_hatches_and_grounds_of_their_own():
    looks = {(wait_colours(cause), HATCHES[cause]) for cause in CAUSES}
    assert len(looks) == len(CAUSES)
    for cause in CAUSES:
        red, green, blue = matplotlib.colors.to_rgb(wait_colours(cause)[0])
        assert 0.3 * red + 0.59 * green + 0.11 * blue > 0.7


def entry(cat, name, tid, start, end):
    return {"cat": cat, "name": name, "tid": tid, "args": {"start": start, "end": end, "sample": 0}}


def test_the_pages_timeline_has_bars_of_ops_and_of_what_is_waited_for():
    slices = [
        entry("P", "P 0", 0, 0, 5),
        entry("F", "F 0", 1, 5, 9),
        entry("T", "T 3", 0, 9, 12),
        entry("wait", "waits: tile", 0, 5, 9),
        entry("idle", "nothing left", 1, 9, 12),
    ]
    figure = timeline_figure(slices, ["stage 1 array 1", "stage 1 array 2"])
    bars = {bar.name: bar for bar in figure.data}
    names = {"P (program)", "F (forward)", "T (transfer)", "waits: tile", "nothing left"}
    assert bars.keys() == names
    assert bars["waits: tile"].marker.pattern.shape == HATCHES["tile"]
    assert (bars["waits: tile"].base[0], bars["waits: tile"].x[0]) == (5, 4)
    assert list(figure.layout.yaxis.categoryarray) == ["stage 1 array 2", "stage 1 array 1"]


def test_the_pages_timeline_of_a_late_window_begins_where_it_does():
    slices = [entry("F", f"F {n}", 0, 1000 + n, 1001 + n) for n in range(500)]
    slices += [entry("wait", "waits: input", 0, 1001 + n, 1002 + n) for n in range(0, 500, 50)]
    figure = timeline_figure(slices, ["stage 1"])
    assert figure.layout.xaxis.range[0] == 1000
    bars = {bar.name: bar for bar in figure.data}
    assert len(bars["F (forward)"].x) == 240
    assert max(bars["waits: input"].base) < 1240
    assert timeline_figure([], ["stage 1"]).data == ()
