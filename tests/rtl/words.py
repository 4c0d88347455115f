"""A naive file of words: what the registers of an accelerator should hold."""

from models.csr import Access, Register, register_map

OKAY, SLVERR = 0, 2


class Words:
    """Registers by name, changed by whole accesses."""

    def __init__(self, stages: int) -> None:
        self.map = register_map(stages)
        #: What was written, and what the outside shows: of pairs without half.
        self.held: dict[str, int] = {}
        self.shown: dict[str, int] = {}
        self.kept = self.errors = self.state = 0
        #: Biases by stage and output, and what they saturate at.
        self.biases: dict[tuple[int, int], int] = {}
        self.rail = 0

    def at(self, address: int) -> Register | None:
        """The register of an address, whichever of its bytes."""
        return next((one for one in self.map if one.offset == address // 4 * 4), None)

    def refuse(self) -> int:
        """Keep that an access was wrong."""
        self.errors |= 1
        return SLVERR

    def write(self, address: int, data: int, strobe: int) -> int:
        """Write bytes of a word; return the response."""
        register = self.at(address)
        if register is None or (register.access == Access.READ):
            return self.refuse()
        if register.name == "bias_low":
            return self.store_bias(data, strobe)
        bytes_of = [value.to_bytes(4, "little") for value in (self.old(register.name), data)]
        merged = bytes(bytes_of[strobe >> n & 1][n] for n in range(4))
        given = bytes(bytes_of[1][n] if strobe >> n & 1 else 0 for n in range(4))
        return self.store(register, int.from_bytes(merged, "little"), given)

    def old(self, name: str) -> int:
        """What a register holds that can be written."""
        return self.state if name == "seed" else self.held.get(name, 0)

    def store(self, register: Register, value: int, given: bytes) -> int:
        """Take a whole word."""
        name = register.name
        if name == "errors":
            self.errors &= ~int.from_bytes(given, "little")
        elif name == "seed":
            if value == 0 or self.held.get("control", 0) & 1:
                return self.refuse()
            self.state = value
        elif name == "control":
            running = value & 3
            self.held[name] = running & 2 if value & 4 else running
            if value & 4:
                self.biases = dict.fromkeys(self.biases, 0)
        else:
            self.held[name] = value & register.mask
        return OKAY

    def chosen(self) -> tuple[int, int] | None:
        """The bias that is selected, of those that are there now."""
        select = self.held.get("select", 0)
        place = (select >> 16 & 0xFF, select & 0x7F)
        return place if place in self.biases and not self.held.get("control", 0) & 1 else None

    def store_bias(self, data: int, strobe: int) -> int:
        """Take the low word of a bias, with the high word that was written before."""
        place = self.chosen()
        if place is None or strobe != 15:
            return self.refuse()
        value = self.held.get("bias_high", 0) << 32 | data
        value -= (value >> 39) << 40
        self.biases[place] = max(-self.rail, min(self.rail, value))
        return OKAY

    def read_bias(self) -> tuple[int, int]:
        """Return the low word of a bias."""
        place = self.chosen()
        if place is None:
            return 0, self.refuse()
        value = self.biases[place] & (1 << 40) - 1
        self.kept = value >> 32
        return value & 0xFFFFFFFF, OKAY

    def read(self, address: int) -> tuple[int, int]:
        """Return a word and the response."""
        register = self.at(address)
        if register is None:
            return 0, self.refuse()
        if register.name == "bias_low":
            return self.read_bias()
        name, _, half = register.name.rpartition("_")
        if half == "low":
            self.kept = self.shown[name] >> 32
            return self.shown[name] & 0xFFFFFFFF, OKAY
        if half == "high":
            return self.kept, OKAY
        known = self.shown | self.held | {"errors": self.errors, "seed": self.state}
        return known.get(register.name, 0), OKAY
