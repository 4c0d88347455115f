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
        else:
            self.held[name] = value & register.mask
        return OKAY

    def read(self, address: int) -> tuple[int, int]:
        """Return a word and the response."""
        register = self.at(address)
        if register is None:
            return 0, self.refuse()
        name, _, half = register.name.rpartition("_")
        if half == "low":
            self.kept = self.shown[name] >> 32
            return self.shown[name] & 0xFFFFFFFF, OKAY
        if half == "high":
            return self.kept, OKAY
        known = self.shown | self.held | {"errors": self.errors, "seed": self.state}
        return known.get(register.name, 0), OKAY
