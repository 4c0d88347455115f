"""A report as plain text."""

from textwrap import fill

from scripts.reproduce.reproduction import Claim, Report, Table

#: Of sentences.
WIDTH = 110


def table_text(table: Table) -> str:
    """Return a table: title, heads over a rule, and rows; all columns but the first right."""
    rows = [table.head, *table.rows]
    widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
    lines = [
        "  ".join(
            cell.rjust(width) if place else cell.ljust(width)
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]
    rule = "─" * (sum(widths) + 2 * len(widths) - 2)
    return "\n".join([table.title, lines[0], rule, *lines[1:]])


def claim_text(claim: Claim) -> str:
    """Return a claim: found or not, where it stands, and both numbers."""
    sign = "holds" if claim.holds else "NOT FOUND"
    found = [fill(f"{sign}: {claim.text} ({claim.source})", WIDTH, subsequent_indent="    ")]
    for who, said in (("paper", claim.paper), ("ours ", claim.ours)):
        if said:
            head = f"    {who}  "
            found.append(fill(said, WIDTH, initial_indent=head, subsequent_indent=" " * len(head)))
    return "\n".join(found)


def report_text(report: Report) -> str:
    """Return tables, claims and what differs."""
    parts = [table_text(table) for table in report.tables]
    parts.append("\n".join(["Claims", *map(claim_text, report.claims)]))
    said = [fill(f"- {one}", WIDTH, subsequent_indent="  ") for one in report.differs]
    parts.append("\n".join(["What differs", *said]))
    text = "\n\n".join(parts)
    return f"{text}\n\n* not seen in the source's own text" if "*" in text else text
