"""What every table of a design file shares."""

from pydantic import BaseModel, ConfigDict

#: Bounds beyond which a number is a slip of the pen: they keep every sum and every memory finite.
MANY, MOST = 1_000_000, 1_000_000_000


class Section(BaseModel):
    """One table of a design file: frozen, no unknown keys, no silent conversion of text."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        strict=True,
        allow_inf_nan=False,
        use_attribute_docstrings=True,
    )
