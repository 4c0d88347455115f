"""What every learning rule states: its keys, its arrays, and the work of its operations."""

from abc import abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from pydantic import Field

from models.table import MANY, Section

#: Takes what was read of a source in: ADC codes of a line, what the line has gathered, the source's
#: own memory of it, constants, the chopper's sign, and 1 where it flips after, else 0. All arrays
#: are of float64.
Take = Callable[[Any, Any, Any, Any, float, float], None]
#: Gives out: what the line has gathered, constants, and where to write what the targets are to get.
Give = Callable[[Any, Any, Any], None]
#: Rounds a constant to what a profile can hold.
Round = Callable[[float], float]


@dataclass(frozen=True)
class Work:
    """Digital operations and bits moved to or from memory, an element of the vectors at work."""

    operations: int = 0
    bits: int = 0


@dataclass(frozen=True)
class Units:
    """Units of one layer's transfers: constants of a digest are made with them.

    `code`: weight that a code of the transfer's ADC stands for; `step`: weight of a coincidence;
    """

    code: float
    step: float
    decay: float
    rounded: Round


@dataclass(frozen=True)
class Transfer:
    """One transfer of a rule: a line is read, digested and written elsewhere.

    What is read of the line is gathered (`take`, source after source), then what the targets are to
    get is taken out of it (`give`). Both are plain Python on numbers, so that they compile.

    Parameters
    ----------
    sources
        Numbers of the arrays that are read; none where something else gathers.
    targets
        Numbers of the arrays that are written, all with the same.
    every
        Updates between two transfers.
    columns
        Lines (columns of W) that one transfer takes, one after another.
    writes
        `pulses`: what the digest wants is an expected number of coincidences over `gain`, written
        as a pulse train; `counts`: it is a signed number of pulses.
    most
        Pulses that a write has room for; only with `counts`.
    take, give
        The digital steps.
    memory
        Digital numbers kept of every device of a source, beside what is gathered.
    constants
        What `take` and `give` are handed, in the units of a layer.
    gain
        Coincidences for one unit of what is wanted; only with `pulses`.
    work
        Digital work an element of a line.
    """

    sources: tuple[int, ...]
    targets: tuple[int, ...]
    every: int
    columns: int
    writes: Literal["pulses", "counts"]
    take: Take
    give: Give
    constants: Callable[[Units], Sequence[float]]
    gain: Callable[[Units], float] = lambda _: 1.0
    most: int = 0
    memory: int = 0
    work: Work = Work()


@dataclass(frozen=True)
class Arrangement:
    """The arrays of a layer under a learning rule, W = sum of gamma_n W^(n), and their traffic.

    A layer may have replicas: views of its arrays, of which each reads its share of a mini-batch.

    Parameters
    ----------
    gamma
        Factor of each array in the weight that a view reads, view after view.
    gradient
        Array that an update pulses, for each view; none where the first transfer gathers updates
        digitally.
    start
        Arrays that hold the initial weights; the others start at 0.
    transfers
        In the order in which those due after one update are executed.
    chop
        Probability that the chopper of a line flips after a transfer of it; 0 without choppers.
    update_work
        Digital work of an update, an element of both its vectors.
    dense_work
        Digital work of an update, a device.
    warm
        Targets of the first transfer, alone at work, in one phase of the warm start after another.
    batch
        Samples of a mini-batch, which the views take in turn: each reads its share at once with the
        others.
    """

    gamma: tuple[tuple[float, ...], ...] = ((1.0,),)
    gradient: tuple[int, ...] = (0,)
    start: tuple[int, ...] = (0,)
    transfers: tuple[Transfer, ...] = ()
    chop: float = 0.0
    update_work: Work = Work(1)
    dense_work: Work = Work()
    warm: tuple[int, ...] = ()
    batch: int = 1

    @property
    def arrays(self) -> int:
        """Number of arrays a layer has."""
        return len(self.gamma[0])

    @property
    def views(self) -> int:
        """Number of views."""
        return len(self.gamma)

    @property
    def collects(self) -> bool:
        """Whether updates are gathered digitally."""
        return not self.gradient


#: The one array of a layer without a learning rule of several.
ALONE = Arrangement()


class Algorithm(Section):
    """`[algorithm]`: the learning rule; rates are per sample, on the layer's weights W."""

    name: str
    lr: float = Field(0.02, ge=1e-12, le=MANY)
    """Rate of the gradient."""
    lr_decay_after: float = Field(0.7, ge=0, le=1)
    """Share of the samples after which the rates are multiplied by `lr_decay`."""
    lr_decay: float = Field(0.125, ge=1e-6, le=1)
    """Factor on the rates after that; 1 leaves them as they are."""

    #: Whether weights are exact numbers, without converters, devices and pulses.
    digital: ClassVar[bool] = False

    @abstractmethod
    def arrangement(self, batch: int) -> Arrangement:
        """Return the arrays and transfers of a layer; `batch` is the mini-batch, 1 without."""
