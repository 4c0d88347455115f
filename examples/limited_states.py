"""Devices of 10 and of 4 states: Analog SGD, Tiki-Taka and multi-tile residual learning.

    python -m examples.limited_states [FILE]

arXiv 2510.02516, section 4, on the digits. Rules of one block see the same samples; the rates of
each are the best of 24 to 64 settings by other seeds than those shown. All rates, those of the
transfers too, are multiplied by 1/8 after 70 % of the samples.
"""

from pathlib import Path

from examples.trials import HEAD, Trials, train
from examples.written import Written
from scripts.reproduce.multi_tile import LONG, MORE, SETTINGS

DESIGN = Path(__file__).with_name("limited-states.toml")
SEEDS, FEW = range(10, 15), range(10, 13)


def trained(
    states: int, rule: str, seeds: range = SEEDS, epochs: int = 15, **other: float | str
) -> Trials:
    """Return the trainings of a rule on devices of so many states; `other` keys replace its own."""
    omega, keys = SETTINGS[states][rule]
    own = {"name": rule} | keys | other
    return train(
        DESIGN,
        (
            f"run.epochs={epochs}",
            f"device.states={states}",
            *(f"layer.{stage}.omega={omega}" for stage in range(3)),
            *(f"algorithm.{key}={value}" for key, value in own.items()),
        ),
        seeds,
    )


def row(states: int, epochs: int, rule: str, found: Trials, keys: dict[str, float | str]) -> str:
    """Return a line of the table."""
    said = " ".join(f"{key} {value}" for key, value in keys.items())
    return f"{states:6}  {epochs:6}  {rule:12}  {found}  {said}"


def main() -> None:
    """Write the study."""
    written = Written("examples.limited_states")
    written.add(f"test accuracy, %, over {len(SEEDS)} seeds; of {LONG} epochs over {len(FEW)}")
    written.add(f"states  epochs  {'rule':12}  {HEAD}  keys")
    for states, rules in SETTINGS.items():
        for rule, (omega, keys) in rules.items():
            own: dict[str, float | str] = {"omega": omega, **keys}
            written.add(row(states, 15, rule, trained(states, rule), own))
    for states, rules in SETTINGS.items():
        omega, keys = rules["multi-tile"]
        warm = trained(states, "multi-tile", warm_start="true")
        own = {"omega": omega, **keys, "warm_start": "true"}
        written.add(row(states, 15, "multi-tile", warm, own))
    for states, rules in SETTINGS.items():
        omega, keys = rules["tiki-taka"]
        found = trained(states, "tiki-taka", FEW, LONG)
        written.add(row(states, LONG, "tiki-taka", found, {"omega": omega, **keys}))
        omega, keys = rules["multi-tile"]
        for tiles, more in MORE.items():
            found = trained(states, "multi-tile", FEW, LONG, tiles=tiles, **more)
            own = {"omega": omega, **keys, **more, "tiles": tiles}
            written.add(row(states, LONG, "multi-tile", found, own))


if __name__ == "__main__":
    main()
