"""Devices of 10 and of 4 states: Analog SGD, Tiki-Taka and multi-tile residual learning.

    python -m examples.limited_states [FILE]

arXiv 2510.02516, section 4, on the digits. Rules of one block see the same samples; the rates of
each are the best of 24 to 64 settings by other seeds than those shown. All rates, those of the
transfers too, are multiplied by 1/8 after 70 % of the samples.
"""

from pathlib import Path

from examples.trials import HEAD, Trials, train
from examples.written import Written

DESIGN = Path(__file__).with_name("limited-states.toml")
SEEDS, FEW = range(10, 15), range(10, 13)

#: Omega and the keys of `[algorithm]` by states and rule, found with seeds 0 and 1 at 15 epochs.
SETTINGS: dict[int, dict[str, tuple[float, dict[str, float | str]]]] = {
    10: {
        "analog-sgd": (0.45, {"lr": 0.002}),
        "tiki-taka": (0.45, {"lr": 0.1, "transfer_lr": 0.05}),
        "multi-tile": (
            0.3,
            {"gamma": 0.5, "lr": 0.1, "transfer_lr": 0.05, "transfer_ratio": 5, "tiles": 4},
        ),
    },
    4: {
        "analog-sgd": (0.6, {"lr": 0.002}),
        "tiki-taka": (0.45, {"gamma": 0.2, "lr": 0.05, "transfer_lr": 0.02}),
        "multi-tile": (
            0.3,
            {
                "gamma": 0.4,
                "lr": 0.1,
                "transfer_lr": 0.05,
                "transfer_every": 2,
                "transfer_ratio": 5,
                "tiles": 4,
            },
        ),
    },
}
#: Epochs of the longer runs, and rates of more arrays, found with seed 0.
LONG = 60
MORE: dict[int, dict[str, float | str]] = {
    4: {"gamma": 0.4, "lr": 0.2, "transfer_lr": 0.1, "transfer_every": 2},
    6: {"gamma": 0.5, "lr": 0.1, "transfer_lr": 0.1, "transfer_every": 1},
    8: {"gamma": 0.5, "lr": 0.05, "transfer_lr": 0.4, "transfer_every": 1, "transfer_ratio": 3},
}


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
