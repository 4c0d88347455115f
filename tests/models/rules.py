"""Random tables of every learning rule with transfers, and designs under them."""

from hypothesis import strategies as st

from models.algorithm.registry import rules
from tests.models.packed import Case, case, raw_designs

#: Own keys of the rules, beside those that all of them share.
OWN = {
    "gamma": st.sampled_from([0.25, 0.7]),
    "threshold": st.sampled_from([0.5, 1.0, 3.0]),
    "transfer_bl": st.integers(1, 5),
    "chop": st.sampled_from([0.2, 1.0]),
    "reference_rate": st.sampled_from([0.5, 0.3]),
    "average_rate": st.sampled_from([0.5, 0.3]),
    "tiles": st.integers(2, 4),
    "replicas": st.integers(2, 4),
    "version": st.sampled_from([1, 2]),
    "warm_start": st.booleans(),
    "transfer_ratio": st.integers(1, 3),
    "transfer_lr_ratio": st.sampled_from([1.0, 0.7]),
    "transfer_every": st.integers(1, 4),
    "transfer_columns": st.integers(1, 5),
    "transfer_lr": st.sampled_from([0.02, 0.3, 2.0]),
    "read_full_scale": st.sampled_from([0.25, 1.0]),
}
NAMES = tuple(name for name, rule in rules().items() if "transfer_every" in rule.model_fields)


@st.composite
def tables(draw, name: str) -> dict:
    """The table of a rule with all its own keys."""
    fields = rules()[name].model_fields
    keys = [key for key in fields if key in OWN and not (key == "gamma" and "chop" in fields)]
    return {"name": name} | {key: draw(OWN[key]) for key in keys}


@st.composite
def ruled(draw, **fixed) -> Case:
    """Small networks under a random rule, on any device that it can use."""
    raw = draw(raw_designs(**fixed))
    raw["algorithm"] |= draw(st.sampled_from(NAMES).flatmap(tables))
    raw["run"]["count_pulses"] = False
    raw["tile"]["update"].pop("um_grad_scale", None)
    if raw["algorithm"]["name"] != "mixed-precision":
        raw["device"]["write_noise"] = 0.0
        for key in ("refresh_every", "refresh_upper", "refresh_lower"):
            raw["device"].get("cell", {}).pop(key, None)
    return case(raw, samples=draw(st.integers(1, 14)))
