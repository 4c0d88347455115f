"""The timeline shows every op once, in its colour, and in lanes where ops overlap."""

import matplotlib.colors
import matplotlib.image
import numpy as np

from models.design import read_design
from models.schedule import Op
from sim.chart import OPS
from sim.log import OpLog
from sim.stretch import make_stretch
from sim.system import make_system
from sim.timeline import lanes, timeline_png, timeline_window


def log_of(*keys):
    return make_stretch(make_system(read_design(None, keys)), 1000).head


def shares(path, png):
    """Shares of the picture in the colour of each op, about."""
    path.write_bytes(png)
    picture = matplotlib.image.imread(path)[..., :3]
    return {
        op: (np.abs(picture - matplotlib.colors.to_rgb(colour)).max(axis=2) < 0.02).mean()
        for op, (_, _, colour) in OPS.items()
    }


def test_ops_are_drawn_in_their_colours(tmp_path):
    log = log_of()
    found = shares(tmp_path / "t.png", timeline_png(log, 3, timeline_window(log, 3), "digits"))
    assert all(found[op] > 0.02 for op in (Op.FORWARD, Op.BACKWARD, Op.UPDATE))
    assert found[7] == found[4] == 0


def test_programming_and_transfers_have_colours_too(tmp_path):
    flat = [0, 4, 0, 0, 10, 0, 1, 0, 10, 14, 0, 3, 0, 14, 16, 0, 7, 0, 15, 22]
    log = OpLog.from_flat(flat)
    found = shares(tmp_path / "t.png", timeline_png(log, 1, (0, 22), "one stage"))
    assert all(found[op] > 0.01 for op in (4, 1, 3, 7))


def test_overlapping_ops_of_a_stage_lie_in_lanes_of_their_own():
    rows = [(0, 1, 0, 0, 4), (0, 7, 0, 2, 9), (0, 3, 0, 4, 6), (0, 3, 1, 6, 8), (0, 1, 1, 7, 9)]
    assert lanes(rows) == [0, 1, 0, 0, 2]


def test_the_window_holds_a_few_ops_of_each_stage_unless_given():
    log = log_of()
    assert timeline_window(log, 3) == (0, int(np.sort(log.end)[89]))
    assert timeline_window(log, 3, 500) == (500, int(np.sort(log.end[log.end > 500])[89]))
    assert timeline_window(log, 3, 500, 40) == (500, 540)
    assert timeline_window(log, 3, 10**9) == (10**9, 10**9 + 1)
