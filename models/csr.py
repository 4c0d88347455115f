"""The control and status registers of an accelerator: one table for hardware, host and documents.

All registers are words of 32 bits. What is wider lies in two of them, the low word first; a read of
the low one keeps the high one as it is in that moment for the next read of a high word.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

from models.control import BIAS_BITS, LIMIT_BITS, LINE_BITS, RATE_BITS, STAGE_BITS
from models.schedule import CAUSES
from models.version import __version__

ADDRESS_BITS = 16
WORD_BYTES = 4
#: "PULS".
IDENTITY = 0x50554C53
#: Words of the design's SHA-256.
DESIGN_WORDS = 8
#: Where the counters of stage 0 begin, and the bytes of a stage.
STAGE_BASE, STAGE_BYTES = 0x100, 0x80
#: Most stages whose counters have addresses.
MOST_STAGES = 1 << STAGE_BITS
#: Bits that are built of a counter of 64.
COUNTER_BITS = 48

#: Causes that a scheduler can know, of `models.schedule.CAUSES`.
KNOWN_CAUSES = CAUSES[:5]
#: Counters of a stage and what they count.
COUNTERS = {
    "forward": "Architectural cycles in which F runs.",
    "backward": "Architectural cycles in which B runs.",
    "update": "Architectural cycles in which U runs.",
    "transfer": "Architectural cycles in which T runs.",
    "program": "Architectural cycles in which all arrays are written first.",
    **{
        f"idle_{cause}": f"Architectural cycles in which no op runs and the cause is `{cause}` "
        f"(R10), at a stage of one array."
        for cause in KNOWN_CAUSES
    },
    "slots": "Slots of updates in which a row and a column fired.",
    "pulses": "Pulses of all lines in updates, before they are shared out to sign phases.",
    "coincidences": "Pairs of a row and a column that fired in the same slot of an update.",
}


class Access(Enum):
    """What a host may do with a register."""

    READ = "r"
    WRITE = "rw"
    CLEAR = "rw1c"
    """A bit that is written as 1 falls."""


@dataclass(frozen=True)
class Field:
    """Bits of a register, from `low` up."""

    name: str
    low: int
    bits: int
    text: str
    signed: bool = False
    """Two's complement, whose sign is not spread over the bits above."""

    @property
    def mask(self) -> int:
        """The field's bits in their place."""
        return ((1 << self.bits) - 1) << self.low


@dataclass(frozen=True)
class Register:
    """One word at a byte address; bits without a field read 0 and are not written."""

    name: str
    offset: int
    access: Access
    text: str
    fields: tuple[Field, ...] = ()

    def field(self, name: str) -> Field:
        """Return one of its fields."""
        return next(one for one in self.fields if one.name == name)

    @property
    def mask(self) -> int:
        """Bits that are there."""
        found = 0
        for field in self.fields:
            found |= field.mask
        return found if self.fields else (1 << 32) - 1


ERRORS = (
    Field(
        "address", 0, 1, "An access to no register, or one that the register does not take (now)."
    ),
    Field("label", 1, 1, "A class that the last stage does not have; it was not passed on."),
    Field("packet", 2, 1, "A host's packet for no stage; it was not passed on."),
    Field("frame", 3, 1, "A byte of the link without its stop bit."),
    Field("check", 4, 1, "A frame of the link with a wrong check sum or length."),
    Field("lost", 5, 1, "A frame of the link that came while another was being served."),
)
_CONTROL = (
    Field("run", 0, 1, "Architectural cycles pass. Falls with `reset`."),
    Field("freeze", 1, 1, "Updates take their cycles and change nothing: the machine infers."),
    Field("reset", 2, 1, "Written as 1: reset the accelerator and its counters. Reads 0."),
)
_STATUS = (Field("done", 0, 1, "All updates of the run have ended."),)
_RATE = (Field("log2", 0, RATE_BITS, "Logarithm of a factor of every learning rate.", signed=True),)
_LIMIT = (
    Field("slots", 0, LIMIT_BITS, "Slots of an update: 0 all that are built, n at most 2^(n-1)."),
)
_SELECT = (
    Field("line", 0, LINE_BITS, "Number of the register: 0 where a side has one; the output."),
    Field("side", 8, 1, "0: of the rows, 1: of the columns."),
    Field("stage", 16, STAGE_BITS, "Stage, from 0."),
)
_BIAS_HIGH = (Field("value", 0, BIAS_BITS - 32, "Bits of the bias from 32 up.", signed=True),)


def version_code() -> int:
    """Return the version of PulseTrain as major * 2^16 + minor * 2^8 + patch."""
    major, minor, patch = (int(part) for part in __version__.split(".")[:3])
    return major << 16 | minor << 8 | patch


def _pair(name: str, offset: int, text: str) -> Iterator[Register]:
    yield Register(f"{name}_low", offset, Access.READ, text)
    yield Register(f"{name}_high", offset + WORD_BYTES, Access.READ, "Its upper 32 bits.")


def _common() -> Iterator[Register]:
    yield Register("identity", 0x00, Access.READ, f'"PULS": 0x{IDENTITY:08x}.')
    yield Register("version", 0x04, Access.READ, "Major * 2^16 + minor * 2^8 + patch.")
    yield Register("stages", 0x08, Access.READ, "Number of stages.")
    for word in range(DESIGN_WORDS):
        text = f"Digits {8 * word} to {8 * word + 7} of the design's SHA-256."
        yield Register(f"design{word}", 0x20 + WORD_BYTES * word, Access.READ, text)
    yield Register("control", 0x40, Access.WRITE, "What the machine does.", _CONTROL)
    yield Register("status", 0x44, Access.READ, "How far it is.", _STATUS)
    yield Register("errors", 0x48, Access.CLEAR, "What has gone wrong since.", ERRORS)
    yield Register("rate", 0x4C, Access.WRITE, "Learning rate, from the next update on.", _RATE)
    yield Register("limit", 0x50, Access.WRITE, "BL; not to be changed during a run.", _LIMIT)
    text = "The shift register that `seed` shows, and the output whose bias `bias_low` shows."
    yield Register("select", 0x54, Access.WRITE, text, _SELECT)
    text = "State with which the next update begins; written before a run alone, and never to 0."
    yield Register("seed", 0x58, Access.WRITE, text)
    yield from _pair("cycle", 0x60, "Architectural cycles since reset, until `done`.")
    yield from _pair("clock", 0x68, "Clocks since reset, until `done`.")
    text = "A bias, signed, in its own units; read and written at rest alone, all bytes at once."
    yield Register("bias_low", 0x70, Access.WRITE, text)
    text = "What is written here is taken with the next word that is written to `bias_low`."
    yield Register("bias_high", 0x74, Access.WRITE, text, _BIAS_HIGH)


def register_map(stages: int) -> tuple[Register, ...]:
    """Return all registers of an accelerator, by address."""
    assert stages <= MOST_STAGES
    found = list(_common())
    for stage in range(stages):
        for place, (name, text) in enumerate(COUNTERS.items()):
            offset = STAGE_BASE + STAGE_BYTES * stage + 2 * WORD_BYTES * place
            found += _pair(f"stage{stage}_{name}", offset, f"Stage {stage}: {text}")
    return tuple(found)


def design_words(sha256: str) -> list[int]:
    """Return what the registers of a design's SHA-256 hold."""
    return [int(sha256[8 * word : 8 * word + 8], 16) for word in range(DESIGN_WORDS)]
