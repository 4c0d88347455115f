"""The table of the registers as text: Markdown, a C header, a Python module."""

from collections.abc import Sequence

from models.csr import (
    ADDRESS_BITS,
    COUNTERS,
    IDENTITY,
    STAGE_BASE,
    STAGE_BYTES,
    Field,
    Register,
    register_map,
    version_code,
)

_PREFIX = "PULSETRAIN_"


def _bits(field: Field) -> str:
    high = field.low + field.bits - 1
    return f"{field.low}" if field.bits == 1 else f"{high}:{field.low}"


def markdown(registers: Sequence[Register]) -> str:
    """Return a table with a line a register, and one a field."""
    lines = [
        "| address | register | access | bits | |",
        "|---|---|---|---|---|",
    ]
    for one in registers:
        head = f"| 0x{one.offset:03x} | `{one.name}` | {one.access.value} |"
        lines.append(f"{head} | {one.text} |")
        for field in one.fields:
            sign = "signed. " if field.signed else ""
            lines.append(f"| | | | {_bits(field)} | `{field.name}`: {sign}{field.text} |")
    return "\n".join(lines) + "\n"


def c_header(registers: Sequence[Register], sha256: str) -> str:
    """Return offsets, masks and shifts as macros; those of a stage's counters take its number."""
    lines = [
        "/* Registers of an accelerator: 32 bits each, byte addresses, AXI4-Lite. */",
        f"/* Design: SHA-256 {sha256} */",
        "#ifndef PULSETRAIN_REGISTERS_H",
        "#define PULSETRAIN_REGISTERS_H",
        "",
        f"#define {_PREFIX}ADDRESS_BITS {ADDRESS_BITS}",
        f"#define {_PREFIX}IDENTITY_VALUE 0x{IDENTITY:08x}u",
        f"#define {_PREFIX}VERSION_VALUE 0x{version_code():08x}u",
        "",
    ]
    for one in registers:
        if one.offset >= STAGE_BASE:
            continue
        name = _PREFIX + one.name.upper()
        lines += [f"/* {one.text} */", f"#define {name} 0x{one.offset:03x}u"]
        for field in one.fields:
            lines.append(f"#define {name}_{field.name.upper()}_SHIFT {field.low}")
            lines.append(f"#define {name}_{field.name.upper()}_MASK 0x{field.mask:08x}u")
    for place, (counter, text) in enumerate(COUNTERS.items()):
        for half, offset in (("LOW", 0), ("HIGH", 4)):
            base = STAGE_BASE + 8 * place + offset
            name = f"{_PREFIX}STAGE_{counter.upper()}_{half}"
            lines += [f"/* {text} */"] if half == "LOW" else []
            lines.append(f"#define {name}(stage) (0x{base:03x}u + 0x{STAGE_BYTES:02x}u * (stage))")
    return "\n".join([*lines, "", "#endif", ""])


def python_text(registers: Sequence[Register], sha256: str) -> str:
    """Return a module with a dictionary of the registers by name."""
    lines = [
        '"""Registers of an accelerator: 32 bits each, byte addresses, AXI4-Lite."""',
        "",
        f'DESIGN_SHA256 = "{sha256}"',
        "",
        "#: Offset, access, and (lowest bit, number of bits) of each field, by name.",
        "REGISTERS = {",
    ]
    for one in registers:
        fields = ", ".join(f'"{f.name}": ({f.low}, {f.bits})' for f in one.fields)
        lines.append(f'    "{one.name}": (0x{one.offset:03x}, "{one.access.value}", {{{fields}}}),')
    return "\n".join([*lines, "}", ""])


def register_files(stages: int, sha256: str) -> dict[str, str]:
    """Return the files that describe the registers of a design of so many stages."""
    found = register_map(stages)
    return {
        "registers.md": markdown(found),
        "registers.h": c_header(found, sha256),
        "registers.py": python_text(found, sha256),
    }
