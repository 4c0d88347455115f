"""Everything that training changes or looks up, packed flat for the compiled executor.

Stages differ in size, so each kind of array is one flat block with an offset a stage. The layers of
the network become views of these blocks: both executors work on the same memory.
"""

from dataclasses import replace
from functools import cached_property

import numpy as np

from models.activation import CODES, code_tables, exponential_table, table_gain
from models.adapting import pack_adapting
from models.aging import pack_aging
from models.coincidence import step_row
from models.combining import pack_combining
from models.crossbar import Crossbar
from models.data import Images
from models.dropout import make_dropping
from models.held import Kept
from models.layer.linear import Linear
from models.learned import pack_learned
from models.lfsr import LfsrBank
from models.loss import target_levels
from models.network import Network
from models.normal import pack_normal
from models.packed import NEVER, Ints, Plan, State
from models.part import make_parts
from models.passing import make_passing
from models.placing import make_placing, starts
from models.pulsing import pack_pulsing
from models.reading import pack_reading
from models.seed import COLUMNS, ROWS
from models.settling import pack_settling
from models.tally import Tally
from models.transfer.packed import pack_transferring, transfer_banks
from models.transfer.plain import TileTransfers


class Memory:
    """The packed network of one run; `layers` are views of `state`.

    Parameters
    ----------
    network
        As drawn from the seed.
    images
        Training images.
    x_depth, d_depth
        Stash depths of each stage (S and Q).
    window
        Samples whose last pre-activations are kept.
    """

    def __init__(
        self,
        network: Network,
        images: Images,
        x_depth: tuple[int, ...],
        d_depth: tuple[int, ...],
        window: int,
    ) -> None:
        self.network = network
        self.bars = [bar for layer in network.layers for bar in layer.grid.flat]
        self.banks = [
            (LfsrBank(bar.config, ROWS), LfsrBank(bar.config, COLUMNS)) for bar in self.bars
        ]
        self.transfer_banks = transfer_banks(network.design, self.bars)
        self.plan = self._plan(images, np.array(x_depth, np.int64), np.array(d_depth, np.int64))
        self.state = self._state(window)
        self.layers = tuple(self._view(stage) for stage in range(len(network.layers)))

    @cached_property
    def kept(self) -> tuple[Kept, Kept, Kept]:
        """Plan, state and the parts of an update as compiled code takes them."""
        plan, state = Kept(self.plan), Kept(self.state)
        parts = make_parts(self.network, self.plan, (plan.kind, state.kind))
        return plan, state, Kept(parts)

    def _plan(self, images: Images, x_samples: Ints, d_samples: Ints) -> Plan:
        network, numerics, bars = self.network, self.network.numerics, self.bars
        layers = network.layers
        first = [layer.crossbar for layer in layers]
        design_parts = network.design.parts
        rows = np.array([part.rows for part in design_parts], np.int64)
        columns = np.array([part.columns for part in design_parts], np.int64)
        passing = make_passing(design_parts, network.units, x_samples, d_samples)
        x_depth, d_depth = x_samples * passing.reads, d_samples * passing.errors
        values, slopes = code_tables(numerics.fraction_bits)
        loss = network.design.network
        label, other = target_levels(int(columns[-1]), numerics, loss.label_smoothing)
        kind = bars[0].devices
        return Plan(
            placing=make_placing(tuple(layer.grid.config for layer in layers)),
            passing=passing,
            rows=rows,
            columns=columns,
            column_at=starts(columns),
            x_depth=x_depth,
            d_depth=d_depth,
            x_at=starts(rows * x_depth),
            d_at=starts(columns * d_depth),
            scale=np.array([layer.scale for layer in layers]),
            adc_lsb=np.array([bar.adc_lsb for bar in first]),
            noise=np.array([bar.noise for bar in first]),
            grid=np.array([bar.devices.grid for bar in bars]),
            exponent=np.array([bar.devices.exponent for bar in bars], np.int64),
            activation=np.array([CODES[layer.activation] for layer in layers], np.int64),
            biased=np.array([layer.biased for layer in layers], np.int64),
            devices=np.concatenate([own.by_rows().ravel() for bar in bars for own in bar.members]),
            planes=len(kind.planes),
            shape=int(kind.shape),
            additive=kind.additive,
            step_noise=kind.noise,
            step=step_row(),
            taking=np.array([bar.taking for bar in bars], np.int64),
            combining=pack_combining(bars),
            settling=pack_settling(network),
            aging=pack_aging(bars),
            values=values,
            slopes=slopes,
            table_gain=np.array([table_gain(name, numerics.fraction_bits) for name in CODES]),
            exponential=exponential_table(numerics.fraction_bits),
            exponential_gain=table_gain("exp", numerics.fraction_bits),
            amplitude=network.rates.amplitude,
            bias_rate=network.rates.bias,
            decay_from=network.rates.decay_from,
            learned=pack_learned(network.design, columns, x_depth),
            normal=pack_normal(network.design, columns, x_depth),
            pulsing=pack_pulsing(network, self.banks),
            transferring=pack_transferring(network.design, bars, self.transfer_banks),
            weights=sum(bar.weights.size for bar in bars),
            lines=sum(bar.config.columns for bar in bars),
            dropping=make_dropping(design_parts, network.design.run.seed),
            adapting=pack_adapting(network),
            reading=pack_reading(network),
            integer=numerics.integer,
            scaling=int(numerics.scaling),
            unit=numerics.unit,
            limit=numerics.limit,
            bias_unit=numerics.bias_unit,
            mse=loss.loss == "mse",
            target_label=label,
            target_other=other,
            levels=network.levels,
            pixels=np.ascontiguousarray(images.pixels),
            labels=images.labels,
        )

    def _state(self, window: int) -> State:
        plan, layers, bars = self.plan, self.network.layers, self.bars
        passing, placing, counted = plan.passing, plan.placing, int(plan.pulsing.counted)
        lines = int(max(plan.rows.max(), plan.columns.max()))
        sheet = int(max(passing.inputs.max(), passing.elements.max()))
        vectors = int(passing.reads.max())
        weights = np.concatenate(
            [(bar.weights if bar.views is None else bar.views).ravel() for bar in bars]
        )
        apart = plan.settling.noise > 0 or plan.combining.devices > 1
        return State(
            weights=weights,
            held=np.concatenate([bar.states.ravel() for bar in bars]) if apart else weights,
            bias=np.concatenate([layer.bias for layer in layers]),
            x=np.zeros(int(plan.rows @ plan.x_depth)),
            slope=np.zeros(int(passing.slope_size @ passing.x_samples)),
            x_factor=np.ones((len(placing.row_lines), int(plan.x_depth.max()))),
            d=np.zeros(int(plan.columns @ plan.d_depth)),
            d_factor=np.ones((len(placing.column_lines), int(plan.d_depth.max()))),
            row_registers=np.concatenate([bank.states(0) for bank, _ in self.banks]),
            column_registers=np.concatenate([bank.states(0) for _, bank in self.banks]),
            counters=np.zeros((len(layers), 3), np.int64),
            used=np.zeros(int(passing.errors.sum()), np.int64),
            found=np.zeros(4, np.int64),
            logits=np.zeros((window, int(plan.columns[-1]))),
            row_pulses=np.zeros(counted * sum(bar.config.rows for bar in bars), np.int64),
            column_pulses=np.zeros(counted * sum(bar.config.columns for bar in bars), np.int64),
            coincidences=np.zeros(counted * int(plan.rows @ plan.columns), np.int64),
            x_average=np.full(len(placing.row_lines), -1.0),
            d_average=np.full(len(placing.column_lines), -1.0),
            retried=np.zeros((vectors, len(bars), 2), np.int64),
            retries=np.zeros((len(bars), 2), np.int64),
            refreshed=np.zeros((len(bars), 2, 3), np.int64),
            gain=np.ones(int(plan.columns.sum())),
            sums=np.zeros(plan.learned.size),
            normed=np.zeros(plan.normal.size),
            switches=np.full(len(plan.transferring.warm), NEVER),
            digital=np.zeros(plan.transferring.number * plan.transferring.memory * plan.weights),
            chopper=np.ones(sum(bar.config.rows for bar in bars)),
            transfer_registers=np.concatenate(
                [np.zeros(0, np.uint64), *(bank.states(0) for bank in self.transfer_banks)]
            ),
            transferred=np.zeros((len(layers), 3), np.int64),
            renewed=np.zeros((vectors, len(bars), 3), np.int64),
            value=np.zeros(int(passing.inputs @ passing.x_samples)),
            cells=np.zeros(int(passing.cell_size @ plan.x_depth)),
            gradient=np.zeros(int(passing.gradient_size @ passing.d_samples)),
            sheet=np.zeros((2, sheet)),
            work=np.zeros((5, lines)),
        )

    def _tile(self, tile: int) -> Crossbar:
        """Return a tile whose weights and states are views of `state`."""
        bar, state, count = self.bars[tile], self.state, self.plan.combining.devices
        at, views = int(self.plan.placing.weight_at[tile]), len(self.plan.combining.gamma)
        end = at + bar.weights.size
        weights = state.weights[views * at : views * end].reshape(views, *bar.weights.shape)
        held = state.held[count * at : count * end]
        found = bar.with_weights(weights[0], held.reshape(bar.states.shape))
        return found if views == 1 else replace(found, views=weights)

    def _view(self, stage: int) -> Linear:
        plan, layer = self.plan, self.network.layers[stage]
        first, column = int(plan.placing.tiles[stage]), int(plan.column_at[stage])

        def view(number: int, rows: slice, columns: slice, bar: Crossbar) -> Crossbar:
            del rows, columns, bar
            return self._tile(first + number)

        bias = self.state.bias[column : column + int(plan.columns[stage])]
        gain = self.state.gain[column : column + int(plan.columns[stage])]
        return replace(layer, grid=layer.grid.map(view), bias=bias, gain=gain)

    def transfers(self, tile: int) -> TileTransfers | None:
        """Return the transfers of a tile on views of `state`; None where its rule has none."""
        own, found = self.plan.transferring, self.network.design.arrangement.transfers
        if not found:
            return None
        bar, state = self.bars[tile], self.state
        at, row = int(self.plan.placing.weight_at[tile]), int(self.plan.placing.row_at[tile])
        size, count = bar.weights.size, own.memory
        memory = state.digital.reshape(own.number, -1)[:, count * at : count * (at + size)]
        return TileTransfers(
            bar=self._tile(tile),
            number=tile,
            transfers=found,
            own=own,
            memory=memory.reshape(own.number, bar.config.rows, count, bar.config.columns),
            chopper=state.chopper[row : row + bar.config.rows],
            integer=bool(self.plan.integer),
            switches=state.switches,
            collects=self.network.design.arrangement.collects,
        )

    def tallies(self, stage: int) -> list[Tally | None]:
        """Return the counts of a stage's tiles."""
        part = self.plan.placing.tiles_of(stage)
        return [self.tally(tile) for tile in range(part.start, part.stop)]

    def tally(self, tile: int) -> Tally | None:
        """Return the counts of a tile, views of `state`; None unless they are asked for."""
        placing, state, config = self.plan.placing, self.state, self.bars[tile].config
        if not self.plan.pulsing.counted:
            return None
        rows, columns = config.rows, config.columns
        row, column, at = placing.row_at[tile], placing.column_at[tile], placing.weight_at[tile]
        return Tally(
            state.row_pulses[row : row + rows],
            state.column_pulses[column : column + columns],
            state.coincidences[at : at + rows * columns].reshape(rows, columns),
        )

    def x_slot(self, stage: int, vector: int) -> slice:
        """Return where `state.x` holds the codes of a vector of a stage."""
        rows = int(self.plan.rows[stage])
        at = int(self.plan.x_at[stage]) + vector % int(self.plan.x_depth[stage]) * rows
        return slice(at, at + rows)

    def d_slot(self, stage: int, vector: int) -> slice:
        """Return where `state.d` holds the codes of a vector's errors of a stage."""
        columns = int(self.plan.columns[stage])
        at = int(self.plan.d_at[stage]) + vector % int(self.plan.d_depth[stage]) * columns
        return slice(at, at + columns)

    def value_slot(self, stage: int, sample: int) -> slice:
        """Return where `state.value` holds a sample's inputs of a stage."""
        passing = self.plan.passing
        return _slot(passing.value_at, passing.inputs, passing.x_samples, stage, sample)

    def slope_slot(self, stage: int, sample: int) -> slice:
        """Return where `state.slope` holds the slopes of the stage below, of a sample."""
        passing = self.plan.passing
        return _slot(passing.slope_at, passing.slope_size, passing.x_samples, stage, sample)

    def cell_slot(self, stage: int, sample: int) -> slice:
        """Return where `state.cells` holds what B of a sample looks up."""
        passing = self.plan.passing
        size = passing.cell_size * passing.reads
        return _slot(passing.cell_at, size, passing.x_samples, stage, sample)

    def gradient_slot(self, stage: int, sample: int) -> slice:
        """Return where `state.gradient` holds the gradients of a sample's outputs."""
        passing = self.plan.passing
        return _slot(passing.gradient_at, passing.gradient_size, passing.d_samples, stage, sample)


def _slot(at: Ints, size: Ints, depth: Ints, stage: int, sample: int) -> slice:
    first = int(at[stage] + sample % depth[stage] * size[stage])
    return slice(first, first + int(size[stage]))
