"""Reads have the means and variances of aihwkit's, output by output, for each part of a read.

Bounds as in `test_aihwkit`: both sides are samples, 1e-6 is the error over all comparisons.
"""

import numpy as np
import pytest
from scipy import stats

from models.converter import Numerics, Scaling, scale_input
from models.design import make_design
from models.device.array import to_grid
from models.starting import make_crossbar
from models.tile import TileConfig
from tests.models.peer.record import RECORD, Figure, figure

READS = RECORD["converters"]["reads"]
WEIGHTS, INPUTS = (np.array(RECORD["converters"][key]) for key in ("weights", "inputs"))
REPEATS = 20_000
COMPARISONS = 2 * len(READS) * len(INPUTS) * len(WEIGHTS)
BOUND = float(stats.t.isf(1e-6 / COMPARISONS / 2, RECORD["tiles"] - 1))


def tile_table(name: str) -> dict:
    """Our `[tile]` table of a read's options; our noise and rail count full input codes."""
    given = READS[name]["options"]
    bound = given.get("inp_bound", 1.0)
    rounding = "stochastic" if given.get("out_sto_round") else "nearest"
    dac = {"bits": 7, "noise": given.get("inp_noise", 0.0), "bound": bound}
    return {
        "output_noise": given["out_noise"] / bound,
        "read_noise": given.get("w_noise", 0.0),
        "noise_management": "none" if "noise_management" in given else "abs-max",
        "dac": dac | {"rounding": rounding},
        "adc": {"bits": 9, "rounding": rounding},
    }


def outputs(name: str) -> np.ndarray:
    """Our reads of the record's inputs, shape (inputs, repeats, outputs)."""
    design = make_design({"run": {"profile": "behavioural"}, "tile": tile_table(name)})
    bound, rows, columns = READS[name]["options"]["out_bound"], *WEIGHTS.T.shape
    # Their rail is the last code, 255 of the ADC's and 63 of the DAC's; ours the power of two.
    full_scale = bound * (256 / 255) * (63 / 64) / design.tile.dac.bound
    config = TileConfig(rows, columns, design.tile)
    bar = make_crossbar(config, design.device, 0.05, full_scale)
    bar.weights[...] = to_grid(WEIGHTS.T, bar.devices.exponent)
    none = design.tile.noise_management == "none"
    numerics = Numerics(False, Scaling.NONE if none else Scaling.ABS_MAX, 10, 1.0, np.inf, 1.0)
    found, rng = [], np.random.default_rng(list(READS).index(name))
    for i, x in enumerate(INPUTS):
        vectors = np.tile(x, (REPEATS, 1))
        parts = rng.random(vectors.shape) if design.tile.dac.rounding == "stochastic" else None
        codes, factor = scale_input(vectors, numerics, design.tile, parts)
        read = bar.forward(codes, np.arange(REPEATS) + i * REPEATS)
        found.append(read * (bar.adc_lsb * factor)[:, None])
    return np.array(found)


def distance(ours: Figure, peer: Figure, kind: str) -> float:
    """Difference of two figures in standard errors; both exact: 0 where they agree."""
    spread = np.hypot(getattr(ours, f"{kind}_error"), getattr(peer, f"{kind}_error"))
    gap = getattr(ours, kind) - getattr(peer, kind)
    if spread < 1e-9:  # an output that stands at the rail, to the digits of float32
        return 0.0 if abs(gap) < 1e-6 * abs(peer.mean) else np.inf
    return gap / spread


@pytest.mark.parametrize("name", READS)
def test_outputs_have_the_peer_s_mean_and_variance(name):
    found = outputs(name)
    far = {}
    for i, row in enumerate(READS[name]["outputs"]):
        for j, figures in enumerate(row):
            ours, peer = figure(found[i, :, j]), Figure(**figures)
            for kind in ("mean", "variance"):
                far[i, j, kind] = distance(ours, peer, kind)
    assert len(far) == COMPARISONS // len(READS)
    assert {place: z for place, z in far.items() if abs(z) > BOUND} == {}
