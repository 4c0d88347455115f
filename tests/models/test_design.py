"""The design file: complete, round, hashed, and one exact sentence for every wrong input."""

import json
import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.activation import CODES
from models.design import (
    design_schema,
    design_sha256,
    design_tables,
    design_toml,
    make_design,
    read_design,
)
from models.device.family import FAMILIES, OWN_NAMES
from models.device.section import DEPENDENT
from models.error import DesignError
from models.layer.section import LinearLayer
from tests.models.properties import PROPERTY, seeds

NAMES = ("sequential", "fill-drain", "1f1b", "async", "zero-bubble", "lock-step")


@st.composite
def overrides(draw) -> tuple[str, ...]:
    """Assignments as they stand on a command line; every design they make is valid."""
    choices = {
        "schedule": st.sampled_from(NAMES),
        "device": st.sampled_from(["soft-bounds", "gokmen-vlasov", "ideal"]),
        "timing": st.sampled_from(["rasch2024", "unit"]),
        "profile": st.sampled_from(["hardware", "behavioural"]),
        "algorithm": st.sampled_from(["analog-sgd", "digital-sgd"]),
        "run.seed": seeds,
        "run.out": st.sampled_from(["runs/a", "'b c'"]),
        "tile.update.bl": st.integers(1, 63),
        "tile.update.phases": st.sampled_from([1, 2, 4]),
        "tile.dac.bits": st.integers(2, 9),
        "tile.output_noise": st.floats(0, 1),
        "device.dw_min": st.floats(1e-6, 0.5),
        "layer.0.omega": st.floats(1e-3, 1),
        "layer.1.activation": st.sampled_from(list(CODES)),
        "network.loss": st.sampled_from(["mse", "cross-entropy"]),
        "schedule.link_cycles": st.sampled_from([0, 3, "[1,2]"]),
        "algorithm.lr": st.floats(1e-5, 1),
    }
    keys = draw(st.lists(st.sampled_from(sorted(choices)), unique=True))
    keys.sort(key=lambda key: "." in key)  # a table's name first: it resets the table
    return tuple(f"{key}={draw(choices[key])}" for key in keys)


@PROPERTY
@given(overrides())
def test_a_written_design_reads_as_itself(assignments):
    design = read_design(None, assignments)
    again = make_design(tomllib.loads(design_toml(design)))
    assert again == design
    assert design_toml(again) == design_toml(design)
    assert design_sha256(again) == design_sha256(design)


def test_a_written_design_reads_as_itself_from_a_file(tmp_path):
    design = read_design(None, ("schedule=1f1b", "device.dw_min=0.01"))
    path = tmp_path / "design.toml"
    path.write_text(design_toml(design))
    assert read_design(path) == design


def leaves(tables: dict, path: str = "") -> dict[str, object]:
    found = {}
    for key, value in tables.items():
        here = f"{path}{key}"
        found |= leaves(value, f"{here}.") if isinstance(value, dict) else {here: value}
    return found


def test_every_default_is_written_out():
    """All keys but those that do not apply to an asynchronous schedule or have no value."""
    found = leaves(design_tables(read_design()))
    schema, keys = design_schema(), set()
    for table, reference in schema["properties"].items():
        if table in ("format", "layer"):
            keys.add(table)
            continue
        if table in ("energy", "area"):
            assert table not in design_tables(read_design())
            continue
        options = reference.get("discriminator", {}).get("mapping", {})
        link = options[found[f"{table}.name"]] if options else reference["$ref"]
        section = schema["$defs"][link.rsplit("/", 1)[1]]
        for key, entry in section["properties"].items():
            if table == "tile" and key in ("dac", "adc", "update"):
                inner = schema["$defs"][entry["$ref"].rsplit("/", 1)[1]]["properties"]
                keys |= {f"tile.{key}.{name}" for name in inner}
            else:
                keys.add(f"{table}.{key}")
    assert keys - set(found) == {
        "run.out",
        "run.samples",
        "run.evaluate_every",
        "run.average_after",
        "network.start",
        *(
            f"data.{key}"
            for key in ("path", "limit", "test_limit", "shift", "points", "noise", "seed")
        ),
        "tile.adc.count",
        *(f"device.{key}" for key in (*OWN_NAMES, *DEPENDENT) if key != "mult_noise"),
        *(f"device.{key}" for key in ("states", "on_off_ratio", "channel", "cell")),
        *("device.lifetime", "device.diffusion", "device.drift_nu"),
        *(f"tile.noise_{key}" for key in ("value", "decay")),
        *(f"tile.bound_{key}" for key in ("factor", "bits", "weight", "backward")),
        "timing.update_cycles",
        "tile.adc.bank",
        "timing.digital_unit",
        "timing.activation_rate",
        "schedule.P",
        "schedule.N",
        "schedule.slot",
    }
    assert set(found) <= keys
    own = {key for key in LinearLayer.model_fields if not key.startswith("adapter_")}
    assert set(found["layer"][0]) == own


def test_the_default_machine_is_three_layers_on_the_digits():
    design = read_design()
    assert design == make_design({}) == make_design(None)
    sizes = [(layer.inputs, layer.outputs, layer.activation) for layer in design.layer]
    assert sizes == [(64, 32, "tanh"), (32, 16, "tanh"), (16, 10, "linear")]
    assert (design.device.preset, design.timing.preset) == ("soft-bounds", "rasch2024")
    assert (design.schedule.name, design.schedule.W) == ("async", (3, 2, 1))
    assert design.tile.noise_management == "shift"
    assert (design.stages, design.hardware) == (3, True)


@pytest.mark.parametrize(
    ("inputs", "outputs", "omega", "scale"),
    [(64, 32, 0.05, 4.0), (16, 10, 0.05, 8.0), (3, 3, 1.0, 1.0), (600, 600, 0.6, 0.125)],
)
def test_a_layer_s_scale_is_the_power_of_two_next_to_xavier_over_omega(
    inputs, outputs, omega, scale
):
    assert LinearLayer(inputs=inputs, outputs=outputs, omega=omega).scale == scale


@pytest.mark.parametrize(
    ("assignments", "management", "hardware"),
    [
        ((), "shift", True),
        (("profile=behavioural",), "abs-max", False),
        (("profile=behavioural", "tile.noise_management=none"), "none", False),
        (("algorithm=digital-sgd",), "abs-max", False),
    ],
)
def test_the_profile_chooses_the_noise_management(assignments, management, hardware):
    design = read_design(None, assignments)
    assert (design.tile.noise_management, design.hardware) == (management, hardware)


def test_the_last_layer_is_linear_under_cross_entropy_alone():
    layers = [{"inputs": 64, "outputs": 10}]
    assert make_design({"layer": layers}).layer[0].activation == "linear"
    squared = make_design({"layer": layers, "network": {"loss": "mse"}})
    assert squared.layer[0].activation == "tanh"


def test_the_hash_leaves_out_the_run_directory_and_nothing_else():
    base = read_design()
    assert design_sha256(base) == design_sha256(read_design(None, ("run.out=elsewhere",)))
    changes = [
        *("run.seed=1", "run.epochs=2", "run.samples=7", "run.batched=false", "data.limit=5"),
        *("tile.update.bl=7", "tile.adc.count=3", "tile.output_noise=0.1", "timing=unit"),
        *("device.dw_min=0.003", "schedule=sequential", "algorithm.lr=0.3", "layer.2.bias=false"),
        *("network.fraction_bits=9", "data.split_seed=2", "schedule.arrival_cycles=3"),
    ]
    hashes = [design_sha256(read_design(None, (change,))) for change in changes]
    assert len({design_sha256(base), *hashes}) == len(changes)  # batched=false is the default


def test_the_schema_describes_every_table_and_key():
    schema = json.loads(json.dumps(design_schema()))
    assert schema["type"] == "object"
    assert schema["additionalProperties"] is False
    assert set(schema["properties"]) == {
        *("format", "run", "data", "network", "layer", "tile"),
        *("device", "timing", "schedule", "algorithm", "energy", "area"),
    }
    bl = schema["$defs"]["Update"]["properties"]["bl"]
    assert (bl["minimum"], bl["maximum"], bl["default"]) == (1, 63, 8)
    assert bl["description"] == "Slots of the longest pulse train (BL)."


def test_short_assignments_come_before_keys_in_either_order():
    for order in (("schedule.N=5", "schedule=1f1b"), ("schedule=1f1b", "schedule.N=5")):
        design = read_design(None, order)
        assert (design.schedule.name, design.schedule.N) == ("1f1b", 5)


def written(tmp_path, *overrides):
    path = tmp_path / "design.toml"
    path.write_text(design_toml(read_design(None, overrides)))
    return path


def test_another_schedule_drops_the_keys_of_its_order_and_keeps_the_links(tmp_path):
    path = written(tmp_path, "schedule=fill-drain", "schedule.N=4", "schedule.link_cycles=9")
    design = read_design(path, ("schedule=1f1b",))
    assert design.schedule.link_cycles == (9, 9)
    assert (design.schedule.N, design.schedule.W) == (10, (3, 2, 1))


def test_another_algorithm_keeps_the_rate(tmp_path):
    design = read_design(written(tmp_path, "algorithm.lr=0.005"), ("algorithm=digital-sgd",))
    assert (design.algorithm.name, design.algorithm.lr) == ("digital-sgd", 0.005)


@pytest.mark.parametrize("key", ["device", "device.preset"])
def test_another_preset_drops_the_values_of_the_last(tmp_path, key):
    design = read_design(written(tmp_path), (f"{key}=ideal",))
    assert design.device == read_design(None, ("device=ideal",)).device
    assert design.device.dw_min_std == 0.0


def test_another_profile_chooses_its_noise_management(tmp_path):
    path = written(tmp_path)
    assert read_design(path).tile.noise_management == "shift"
    assert read_design(path, ("profile=behavioural",)).tile.noise_management == "abs-max"


def test_digital_sgd_has_no_hardware_profile():
    assert read_design(None, ("algorithm=digital-sgd",)).run.profile == "behavioural"


def test_keys_beside_a_preset_overrule_it():
    design = read_design(None, ("device=gokmen-vlasov", "device.dw_min=0.5"))
    assert (design.device.dw_min, design.device.w_max) == (0.5, 1.0)
    alone = read_design(None, ("device.dw_min=0.5",)).device
    assert (alone.preset, alone.dw_min) == ("soft-bounds", 0.5)
    timing = read_design(None, ("timing.pulse_cycles=3",)).timing
    assert (timing.preset, timing.forward_cycles, timing.pulse_cycles) == ("rasch2024", 40, 3)


def test_states_beside_a_preset_replace_its_step():
    device = read_design(None, ("device.states=10",)).device
    assert (device.preset, device.states, device.dw_min) == ("soft-bounds", 10, 0.12)
    tables = design_tables(read_design(None, ("device.states=10",)))
    assert "dw_min" not in tables["device"]
    assert make_design(tables).device == device
    assert device.state_count == pytest.approx(10)


def test_a_family_beside_a_preset_drops_what_the_preset_s_own_family_had_alone():
    device = read_design(None, ("device.family=constant-step",)).device
    assert (device.preset, device.dw_min, device.mult_noise) == ("soft-bounds", 0.002, None)
    tables = design_tables(read_design(None, ("device.family=shifted-linear",)))["device"]
    assert (tables["shift"], tables["mult_noise"], "gamma_up" in tables) == (0.0, True, False)


def test_a_table_without_a_preset_stands_for_itself():
    design = make_design({"timing": {"bit_cycles": 2}})
    assert (design.timing.preset, design.timing.forward_cycles) == (None, None)


def test_energy_and_area_come_from_a_preset_and_keys_beside_it(tmp_path):
    design = read_design(None, ("energy.adc_joules=2e-12", "energy=li2025", "area=zigzag28"))
    assert (design.energy.adc_joules, design.energy.update_line_watts) == (2e-12, 0.7 / 8192)
    assert design.area.adc_um2 == "zigzag28"
    path = tmp_path / "design.toml"
    path.write_text(design_toml(design))
    assert read_design(path) == design
    other = read_design(path, ("energy=panther",))
    assert (other.energy.preset, other.energy.adc_joules) == ("panther", None)
    assert design_sha256(other) != design_sha256(design)


@pytest.mark.parametrize("kind", ["energy", "area"])
def test_an_empty_account_is_refused(kind):
    with pytest.raises(DesignError, match=f"^{kind}: give a preset or a value$"):
        make_design({kind: {}})


def test_text_needs_no_quotes_on_the_command_line():
    for text in ("run.out=a/b", "run.out='a/b'", 'run.out="a/b"'):
        assert read_design(None, (text,)).run.out == "a/b"


def sentence(*assignments: str) -> str:
    with pytest.raises(DesignError) as caught:
        read_design(None, assignments)
    return str(caught.value)


WRONG = {
    "nothing=1": "nothing: there is no such key",
    "tile.update.bm=1": "tile.update.bm: there is no such key",
    "layer.0.size=1": "layer.0.size: there is no such key",
    "layer.0.inputs=-4": "layer.0.inputs: input should be greater than or equal to 1, not -4",
    "tile.update.bl=0": "tile.update.bl: input should be greater than or equal to 1, not 0",
    "tile.update.bl=64": "tile.update.bl: input should be less than or equal to 63, not 64",
    "tile.dac.bits=seven": "tile.dac.bits: input should be a valid integer, not 'seven'",
    "tile.dac.bits='7'": "tile.dac.bits: input should be a valid integer, not '7'",
    "tile.dac.bits=7.5": "tile.dac.bits: input should be a valid integer, not 7.5",
    "tile.update.bl=true": "tile.update.bl: input should be a valid integer, not True",
    "layer.0.bias=1": "layer.0.bias: input should be a valid boolean, not 1",
    "run.seed=2020-01-01": "run.seed: input should be a valid integer, not '2020-01-01'",
    "run.seed.x=1": "run.seed: input should be a valid integer",
    "device.w_max=nan": "device.w_max: input should be a finite number, not nan",
    "device.w_max=inf": "device.w_max: input should be a finite number, not inf",
    "device.w_max=-1.0": (
        "device.w_max: input should be greater than or equal to 0.000001, not -1.0"
    ),
    "device.shift=0.5": "device.shift: the family 'soft-bounds' has no such key",
    "device.family=rubber": (
        f"device.family: input should be {', '.join(map(repr, FAMILIES[:-1]))} or "
        f"{FAMILIES[-1]!r}, not 'rubber'"
    ),
    "device.rest=0.1": "device.rest: has no effect without device.lifetime",
    "device.retention_every=9": (
        "device.retention_every: has no effect without device.lifetime or device.diffusion or "
        "device.drift_nu"
    ),
    "device.reference_std=0.1": "device.reference_std: the family 'soft-bounds' has no such key",
    "device.channel.read_volt=1.0": "device.channel.grain_on_ohm: field required",
    "tile.update.phases=3": "tile.update.phases: input should be 1, 2 or 4, not 3",
    "profile=fast": "run.profile: input should be 'hardware' or 'behavioural', not 'fast'",
    "format=2": "format: input should be less than or equal to 1, not 2",
    "tile=3": "tile: input should be a table, not 3",
    "timing.preset=3": "timing.preset: input should be a valid string, not 3",
    "layer=3": "layer: input should be a valid array, not 3",
    "layer=[]": "layer: tuple should have at least 1 item after validation, not 0",
    "layer=[{inputs=64}]": "layer.0.outputs: field required",
    "schedule.W=x": "schedule.W: input should be a valid integer, not 'x'",
    "schedule.W=[1,0,1]": "schedule.W.1: input should be greater than or equal to 1, not 0",
    "schedule.link_cycles=-1": (
        "schedule.link_cycles: input should be greater than or equal to 0, not -1"
    ),
    "schedule.link_cycles=[1,-2]": (
        "schedule.link_cycles.1: input should be greater than or equal to 0, not -2"
    ),
    "schedule=fast": (
        "schedule.name: input should be 'sequential', 'fill-drain', '1f1b', 'async', "
        "'zero-bubble', 'lock-step' or 'custom', not 'fast'"
    ),
    "device=rubber": (
        "device.preset: there is no device preset 'rubber'; known are capacitor, ecram, ecram-mo, "
        "emulated, gokmen-vlasov, ideal, idealized, limited-10, limited-16, limited-4, limited-80, "
        "materials-ideal, mit-protonic, pcm, reram-array-hfo2, reram-array-om, reram-es, reram-sb, "
        "soft-bounds"
    ),
    "timing=slow": (
        "timing.preset: there is no timing preset 'slow'; known are hermes-ima, marinella2018, "
        "mit-protonic, neurosim21-fefet, panther, pipelayer-reram, rasch2024, rpu-haensch2019, unit"
    ),
    "energy=3": "energy.preset: input should be a valid string, not 3",
    "energy.adc_joules=-1": (
        "energy.adc_joules: input should be greater than or equal to 0, not -1"
    ),
    "energy.read_joules=1": "energy.read_joules: there is no such key",
    "area.pitch_um=0": "area.pitch_um: input should be greater than 0, not 0",
    "run.samples": "--set run.samples: give key=value, as in tile.update.bl=4",
    "=3": "--set =3: give key=value, as in tile.update.bl=4",
    "layer.3.omega=1": "--set layer.3.omega=1: there is no layer 3",
    "layer.x.omega=1": "--set layer.x.omega=1: there is no layer x",
    "layer.0=1": "--set layer.0=1: name a key of one layer, as in layer.0.omega",
}


@pytest.mark.parametrize("assignment", WRONG)
def test_a_wrong_assignment_has_one_sentence(assignment):
    assert sentence(assignment) == WRONG[assignment]


def test_a_wrong_key_of_a_family_has_one_sentence():
    assert sentence("device.family=piecewise-step", "device.nodes_up=[1]") == (
        "device.nodes_up: tuple should have at least 2 items after validation, not 1"
    )
    assert sentence("device.family=power-step", "device.pow_gamma_up=0") == (
        "device.pow_gamma_up: input should be greater than 0, not 0"
    )


def test_a_path_through_a_value_is_no_table():
    assert sentence("tile=3", "tile.dac.bits=7") == "--set tile.dac.bits=7: tile is not a table"


def test_a_wrong_table_has_one_sentence():
    for kind in ("device", "timing"):
        with pytest.raises(DesignError) as caught:
            make_design({kind: 3})
        assert str(caught.value) == f"{kind}: input should be a table, not 3"


def test_sentences_name_the_file(tmp_path):
    path = tmp_path / "design.toml"
    path.write_text("[tile.update]\nbl = 0\n")
    with pytest.raises(DesignError) as caught:
        read_design(path)
    assert str(caught.value) == (
        f"{path}: tile.update.bl: input should be greater than or equal to 1, not 0"
    )


def test_files_that_cannot_be_read_have_one_sentence(tmp_path):
    path = tmp_path / "design.toml"
    with pytest.raises(DesignError) as caught:
        read_design(path)
    assert str(caught.value) == f"{path}: there is no such file"
    path.write_text("bl = \n")
    with pytest.raises(DesignError) as caught:
        read_design(path)
    assert str(caught.value) == (
        f"{path}: not a readable TOML file: Invalid value (at line 1, column 6)"
    )
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(DesignError) as caught:
        read_design(path)
    assert str(caught.value).startswith(f"{path}: not a readable TOML file: 'utf-8' codec ")


def test_a_design_is_frozen():
    with pytest.raises(ValueError, match="frozen"):
        read_design().run.seed = 3
