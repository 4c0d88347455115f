"""`pulsetrain reproduce`: list, errors, a run that is stopped and goes on, and what it leaves."""

import json
import os
import re
import signal
import tomllib
from pathlib import Path

import matplotlib.image
import pytest

from models.version import __version__
from scripts.reproduce import catalogue
from scripts.reproduce.catalogue import CATALOGUE
from scripts.reproduce.cell import Cell, Results
from scripts.reproduce.reproduction import Claim, Report, Reproduction, Scale, Table
from scripts.reproduce.run import check, run_cells
from scripts.reproduce.store import Store
from scripts.reproduce.trial import design_path

ROOT = Path(__file__).parents[2]


def counting(done: list[str], stop_at: int | None = None, data: str = "no") -> Reproduction:
    """Three cells that add up their numbers; one of them is interrupted."""

    def cell(number: int) -> Cell:
        def work(results, tell):
            tell(0.5)
            if number == stop_at:
                os.kill(os.getpid(), signal.SIGINT)
            done.append(f"n{number}")
            return {"square": number**2, "before": len(results.pairs)}

        return Cell({"number": number, "seed": number + 5}, 1.0, work)

    def report(results, scale):
        total = int(sum(results.values("square")))
        claim = Claim("sum", "squares add up", "Gauss, 1", "14", str(total), total == 14)
        table = Table(scale.level, ("n", "square"), [("3", "9")])
        return Report([table], [claim], ["nothing differs"])

    def draw(results, figure):
        figure.subplots().plot([one["square"] for one in results.where()])

    return Reproduction(
        "counting", "sums", "Gauss", lambda scale: [*map(cell, (1, 2, 3))], report, draw,
        data=data,
    )  # fmt: skip


@pytest.fixture
def offered(monkeypatch):
    def offer(one: Reproduction) -> None:
        monkeypatch.setattr(catalogue, "CATALOGUE", {one.name: one})

    return offer


def test_a_run_leaves_text_figure_and_everything_that_led_to_them(pulsetrain, offered):
    offered(counting(done := []))
    code, out, _ = pulsetrain("reproduce", "counting", "--quick", "--out", "c")
    assert (code, done) == (0, ["n1", "n2", "n3"])
    text = Path("c/table.txt").read_text()
    assert text in out
    assert text.startswith("$ pulsetrain reproduce counting --quick --out c\nsums: Gauss\n")
    assert f"pulsetrain {__version__}, " in text
    assert "seeds [6, 7, 8]" in text
    assert "holds: squares add up (Gauss, 1)\n    paper  14\n    ours   14\n" in text
    assert matplotlib.image.imread("c/figure.png").shape[1] > 1000
    found = json.loads(Path("c/result.json").read_text())
    assert found["command"] == "pulsetrain reproduce counting --quick --out c"
    assert (found["version"], found["level"], found["seeds"]) == (__version__, "quick", [6, 7, 8])
    assert found["claims"][0]["holds"] is True
    assert [one["found"]["square"] for one in found["cells"]] == [1, 4, 9]


def test_a_stopped_run_says_so_and_goes_on_from_there(pulsetrain, offered):
    offered(counting(done := [], stop_at=2))
    code, _, err = pulsetrain("reproduce", "counting", "--out", "c")
    assert (code, done) == (130, ["n1"])
    assert err == (
        "pulsetrain: c: stopped with 1 of 3 cells finished; the same command goes on from there\n"
    )
    assert not Path("c/table.txt").exists()
    offered(counting(done))
    code, out, _ = pulsetrain("reproduce", "counting", "--out", "c")
    assert (code, done) == (0, ["n1", "n2", "n3"])
    assert "c: 1 of 3 cells are finished already" in out
    last = json.loads(Path("c/result.json").read_text())["cells"][2]["found"]
    assert (last["square"], last["before"]) == (9, 2)


def test_force_begins_anew_and_another_level_is_another_run(pulsetrain, offered):
    offered(counting(done := []))
    call = ("reproduce", "counting", "--out", "c")
    for options, runs in (((), 3), ((), 3), (("--force",), 6), (("--quick",), 9)):
        assert pulsetrain(*call, *options)[0] == 0
        assert len(done) == runs


def test_a_damaged_cell_is_run_again(tmp_path):
    cells = counting(done := []).plan(Scale("full"))
    store = Store(tmp_path, {"level": "full"})
    run_cells(cells, store)
    (tmp_path / "cells" / f"{cells[1].id}.json").write_text("{")
    assert run_cells(cells, store).values("square") == [1, 4, 9]
    assert done == ["n1", "n2", "n3", "n2"]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("nope",), "reproduce: no nope; there are counting"),
        (("counting",), "reproduce counting: give --data FOLDER with MNIST's four IDX files"),
        (("counting", "--data", "no"), "--data no: there is no such folder"),
        (("counting", "--data", "."), "--data .: holds no train-labels-idx1-ubyte"),
    ],
)
def test_a_mistake_is_one_sentence(pulsetrain, offered, arguments, sentence):
    offered(counting([], data="required"))
    code, _, err = pulsetrain("reproduce", *arguments)
    assert (code, err) == (2, f"pulsetrain: {sentence}\n")


def test_images_for_what_uses_none_are_refused(pulsetrain, offered):
    offered(counting([]))
    code, _, err = pulsetrain("reproduce", "counting", "--data", ".")
    assert (code, err) == (2, "pulsetrain: --data: counting uses no images of a folder\n")


def test_the_list_has_every_name_with_source_and_time(pulsetrain):
    code, out, _ = pulsetrain("reproduce", "--list")
    assert code == 0
    for name, one in CATALOGUE.items():
        assert f"{name}: {one.title}\n    {one.source}\n    about " in out


@pytest.mark.parametrize("name", CATALOGUE)
@pytest.mark.parametrize("level", ["least", "quick", "full"])
def test_every_cell_has_a_name_of_its_own_and_keys_that_json_keeps(name, level):
    cells = check(CATALOGUE[name].plan(Scale(level, Path("images"))))
    assert cells
    for cell in cells:
        assert json.loads(json.dumps(cell.keys)) == cell.keys
        assert re.fullmatch(r"[\w.+-]+", cell.id)


@pytest.mark.parametrize("name", CATALOGUE)
def test_a_quick_run_is_expected_to_take_less_than_two_minutes_of_one_core(name):
    assert sum(cell.seconds for cell in CATALOGUE[name].plan(Scale("quick", Path("images")))) < 120


def test_results_are_found_by_their_keys():
    results = Results()
    for cell in counting([]).plan(Scale("full")):
        results.add(cell, {"square": cell.keys["number"] ** 2})
    assert results.one(number=3) == {"square": 9}
    assert results.values("square", seed=7) == [4.0]
    assert results.seeds() == [6, 7, 8]
    with pytest.raises(KeyError, match="0 cells have"):
        results.one(number=9)


def test_the_wheel_carries_the_designs_that_reproductions_use():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    carried = project["tool"]["hatch"]["build"]["targets"]["wheel"]["force-include"]
    files = (ROOT / "scripts" / "reproduce").glob("*.py")
    used = {
        name for file in files for name in re.findall(r'design_path\("(.*?)"\)', file.read_text())
    }
    used |= {"lstm-digits", "adapter-digits"}
    for name in used:
        assert design_path(name).is_file()
        place = f"scripts/reproduce/design/{name}.toml"
        assert carried.get(f"examples/{name}.toml") == place
