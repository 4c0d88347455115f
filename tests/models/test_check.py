"""Contradictions between the tables of a design, each with its whole sentence."""

import pytest

from models.design import read_design
from models.error import DesignError

CHANNEL = (
    "device.channel.grain_on_ohm=2e3",
    "device.channel.boundary_on_ohm=4e3",
    "device.channel.grain_off_ohm=2e4",
    "device.channel.boundary_off_ohm=4e3",
    "device.channel.read_volt=0.5",
    "device.channel.read_second=5e-9",
)

WRONG = {
    ("layer.1.inputs=31",): "layer.1.inputs: 31, but layer 0 has 32 outputs",
    ("layer.1.scale=3.0",): (
        "layer.1.scale: must be a power of two in the hardware profile, not 3.0"
    ),
    ("layer.0.learn_scale=layer",): (
        "layer.0.learn_scale: the hardware profile scales by shifts alone; set run.profile to "
        "'behavioural'"
    ),
    ("layer.0.adc_full_scale=0.3",): (
        "layer.0.adc_full_scale: must be a power of two in the hardware profile, not 0.3"
    ),
    ("layer.2.activation=tanh",): (
        "layer.2.activation: cross-entropy brings its own softmax; "
        "the last layer must be 'linear', not 'tanh'"
    ),
    ("tile.update.lfsr_bits=11",): (
        "tile.update.comparator_bits: 12 are more than the 11 bits of tile.update.lfsr_bits"
    ),
    (
        "tile.update.lfsr_bits=8",
        "tile.update.comparator_bits=8",
        "tile.rows=256",
        "layer.0.inputs=256",
    ): ("tile.update.lfsr_bits: a register of 8 bits has 255 phases, too few for 256 lines"),
    ("algorithm=digital-sgd", "run.count_pulses=true"): (
        "run.count_pulses: digital-sgd has no pulses to count"
    ),
    ("tile.update.pulse_type=ideal", "run.count_pulses=true"): (
        "run.count_pulses: ideal updates have no pulses to count"
    ),
    ("tile.update.um_grad_scale=0.5",): (
        "tile.update.um_grad_scale: the hardware profile knows only 1.0; or set run.profile to "
        "'behavioural'"
    ),
    ("tile.update.fixed_bl=false",): (
        "tile.update.fixed_bl: the hardware profile knows only true; or set run.profile to "
        "'behavioural'"
    ),
    ("tile.digital_bits=11",): (
        "tile.digital_bits: 11 leave no place for whole numbers beside the 10 of "
        "network.fraction_bits"
    ),
    ("tile.noise_management=abs-max",): (
        "tile.noise_management: the hardware profile scales by shift, not 'abs-max'; "
        "or set run.profile to 'behavioural'"
    ),
    ("tile.dac.bits=12", "tile.output_noise=65536.0"): (
        "tile.output_noise: a sum of 64 products would need 54 bits, more than the 53 that are "
        "exact"
    ),
    ("device.states=10", "device.dw_min=0.1"): (
        "device.states: give it or device.dw_min, not both"
    ),
    ("device.dead_fraction=0.75", "device.stuck_fraction=0.5"): (
        "device.stuck_fraction: 0.5 and a dead_fraction of 0.75 are more than all devices"
    ),
    ("device.family=piecewise-step", "device.nodes_up=[1.0,0.5,0.0]"): (
        "device.nodes_down: 2 nodes, but device.nodes_up has 3"
    ),
    ("device.family=saturating-exponential", "device.gamma_down=-1.0"): (
        "device.gamma_down: must be above 0 for this family, not -1.0"
    ),
    ("device.family=exponential-step", "device.gamma_up=90.0", "device.exponent_slope=1"): (
        "device.gamma_up: 90.0 times an exponent of up to 2.2425 is beyond 80"
    ),
    ("device.on_off_ratio=9.0", *CHANNEL): (
        "device.channel: give it or device.on_off_ratio, not both"
    ),
    (*CHANNEL, "device.channel.grain_off_ohm=1e3"): (
        "device.channel: 6000.0 ohm in the on state must be above 0 and below the 5000.0 ohm of "
        "the off state"
    ),
    ("device.cell.kind=reference", "device.family=soft-bounds-reference"): (
        "device.cell.kind: the family 'soft-bounds-reference' has a reference of its own"
    ),
    ("device.cell.kind=pair", "device.write_noise=1.0"): (
        "device.write_noise: there is none in a cell of several devices ('pair')"
    ),
    ("device.cell.kind=pair", "device.lifetime=9.0", "device.rest=0.1"): (
        "device.rest: the devices of a pair decay to 0, not to 0.1, which would cancel"
    ),
    ("device.cell.kind=pair", "tile.update.pulse_type=ideal"): (
        "tile.update.pulse_type: an ideal update has no pulses, which alone tell the devices of a "
        "pair apart"
    ),
    ("device.cell.kind=pair", "device.cell.refresh_upper=0.5"): (
        "device.cell.refresh_upper: has no effect without device.cell.refresh_every"
    ),
    ("device.cell.kind=pair", "device.cell.refresh_every=9", "device.cell.refresh_lower=0.8"): (
        "device.cell.refresh_lower: must be below the 0.75 of device.cell.refresh_upper, not 0.8"
    ),
    ("device.cell.kind=pair", "device.cell.refresh_every=9", "layer.1.adc_full_scale=0.25"): (
        "device.cell.refresh_upper: 0.75 of device.w_max is beyond the ADC's rail, 0.253, by "
        "layer.1.adc_full_scale; no pair would be refreshed"
    ),
    ("device.cell.kind=pair", "device.cell.refresh_every=9", "device.dw_min=1e-5"): (
        "device.cell.refresh_every: to write 4.048, the ADC's rail, in steps of device.dw_min "
        "would take more than 100000 pulses"
    ),
    ("device.cell.kind=vector", "device.cell.devices=1"): (
        "device.cell.devices: input should be greater than or equal to 2, not 1"
    ),
    ("device.cell.kind=pair", "device.cell.first=1"): (
        "device.cell.first: a cell of kind 'pair' has no such key"
    ),
    ("device.cell.devices=3",): "device.cell.kind: field required",
    ("tile.dac.bound=0.3",): (
        "tile.dac.bound: must be a power of two in the hardware profile, not 0.3"
    ),
    ("tile.noise_value=0.5",): (
        "tile.noise_value: 'constant' and 'abs-max' noise management have one, not 'shift'"
    ),
    ("profile=behavioural", "tile.noise_decay=0.5"): (
        "tile.noise_decay: 'average-abs-max' noise management has an average, not 'abs-max'"
    ),
    ("tile.bound_factor=8",): "tile.bound_factor: there is no bound management to set",
    ("tile.bound_bits=3",): "tile.bound_bits: there is no bound management to set",
    ("tile.bound_weight=0.5",): "tile.bound_weight: there is no bound management to set",
    ("tile.bound_backward=false",): "tile.bound_backward: there is no bound management to set",
    ("tile.bound_management=iterative", "tile.bound_weight=0.5"): (
        "tile.bound_weight: 'iterative-worst-case' assumes a weight, not 'iterative'"
    ),
    ("tile.bound_management=iterative", "tile.dac.bits=2"): (
        "tile.bound_bits: a halved input of tile.dac.bits = 2 would have fewer than 2 bits"
    ),
    ("tile.bound_management=iterative", "algorithm=digital-sgd"): (
        "tile.bound_management: digital-sgd has no converters that could reach a rail"
    ),
    ("tile.read_noise=8192.0", "tile.dac.bits=12"): (
        "tile.read_noise: a sum of 64 products would need 54 bits, more than the 53 that are exact"
    ),
    ("tile.dac.noise=0.5", "tile.dac.bits=12", "tile.rows=4096", "layer.0.inputs=4096"): (
        "tile.dac.noise: a sum of 4096 products would need 57 bits, more than the 53 that are exact"
    ),
    ("run.batched=true",): (
        "run.batched: async reads single samples; only fill-drain has whole mini-batches to read "
        "at once"
    ),
    ("schedule=1f1b", "run.batched=true"): (
        "run.batched: 1f1b reads single samples; only fill-drain has whole mini-batches to read "
        "at once"
    ),
    ("data=idx",): "data.path: name the folder of the four MNIST-format files",
    ("data.path=mnist",): ("data.path: the embedded digits need no folder; set data.name to 'idx'"),
    ("schedule.hold=true",): (
        "schedule.hold: async has no mini-batch whose last F the first B could await"
    ),
    ("schedule=fill-drain", "schedule.S=9"): (
        "schedule.S: 9 at stage 1 would deadlock a fill-drain schedule with mini-batches of 10; "
        "it needs at least 10"
    ),
}


@pytest.mark.parametrize("assignments", WRONG, ids=lambda a: " ".join(a))
def test_a_contradiction_has_one_sentence(assignments):
    with pytest.raises(DesignError) as caught:
        read_design(None, assignments)
    assert str(caught.value) == WRONG[assignments]


@pytest.mark.parametrize(
    "assignments",
    [
        ("profile=behavioural", "layer.1.scale=3.0", "layer.0.adc_full_scale=0.3"),
        ("profile=behavioural", "tile.noise_management=abs-max"),
        ("algorithm=digital-sgd", "layer.1.scale=3.0", "tile.noise_management=shift"),
        ("tile.dac.bound=0.25", "tile.dac.noise=0.01", "tile.read_noise=0.01"),
        ("tile.bound_management=iterative", "tile.bound_bits=6", "tile.bound_factor=2"),
        ("tile.bound_management=iterative-worst-case", "tile.bound_weight=0.3"),
        ("profile=behavioural", "tile.dac.bound=0.3", "tile.noise_value=0.5"),
        ("profile=behavioural", "tile.noise_management=average-abs-max", "tile.noise_decay=1.0"),
        ("network.loss=mse", "layer.2.activation=tanh"),
        ("tile.update.lfsr_bits=12",),
        ("tile.digital_bits=12",),
        ("tile.dac.bits=12", "tile.output_noise=65527.0"),
        ("schedule=fill-drain", "run.batched=true"),
        ("schedule=fill-drain", "schedule.S=9", "run.samples=9"),
        ("data=idx", "data.path=mnist"),
        ("device.dead_fraction=0.5", "device.stuck_fraction=0.5"),
        ("device.family=piecewise-step", "device.nodes_up=[1.0,0.5]"),
        ("device.family=exponential-step", "device.exponent_slope=3"),
        CHANNEL,
    ],
    ids=" ".join,
)
def test_what_does_not_contradict_passes(assignments):
    read_design(None, assignments)
