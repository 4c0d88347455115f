"""Sides run in processes of their own, alike on one thread, and may be absent."""

import sys

import pytest

from benchmarks.channel import AbsentError, Channel, RefusedError, environment, peer_side
from tests.benchmarks.fakes import side


def test_what_a_library_prints_does_not_reach_the_answers(tmp_path):
    with side(tmp_path, "fake", 0.5) as fake:
        assert fake.about == {"name": "fake"}
        reply = fake.ask(do="prepare", name="a", work={"kind": "limit"})
        assert reply == {"facts": {"coincidences": 2.5}}
        assert fake.ask(do="time", name="a", repeats=3)["seconds"] == [0.5]
    assert fake.process.poll() is not None


def test_a_refusal_is_the_side_s_own_sentence(tmp_path):
    with (
        side(tmp_path, "fake", 0.5) as fake,
        pytest.raises(RefusedError, match=r"^NotImplementedError: no way back$"),
    ):
        fake.ask(do="prepare", name="a", work={"kind": "backward"})


def test_a_side_that_ends_leaves_its_last_words():
    program = "import sys; input(); sys.exit('out of crossbars')"
    with pytest.raises(AbsentError, match=r"^the fake is left out: out of crossbars$"):
        Channel("the fake", [sys.executable, "-c", program])


def test_a_side_that_ends_in_silence_leaves_its_code():
    program = "input(); raise SystemExit(3)"
    with pytest.raises(AbsentError, match=r"^the fake is left out: it ended with code 3$"):
        Channel("the fake", [sys.executable, "-c", program])


def test_an_interpreter_that_does_not_exist_is_said_so(tmp_path):
    wanted = rf"^aihwkit is left out: {tmp_path}/python: No such file or directory$"
    with pytest.raises(AbsentError, match=wanted):
        peer_side(str(tmp_path / "python"))


def test_an_interpreter_without_aihwkit_is_said_so(tmp_path):
    interpreter = tmp_path / "python"
    interpreter.write_text(f'#!/bin/sh\nexec {sys.executable} -S "$@"\n')
    interpreter.chmod(0o755)
    with pytest.raises(AbsentError, match=r"^aihwkit is left out: ModuleNotFoundError: No module"):
        peer_side(str(interpreter))


def test_both_sides_get_one_thread_and_no_forced_kernels(monkeypatch):
    monkeypatch.setenv("OPENBLAS_CORETYPE", "Haswell")
    monkeypatch.setenv("OPENBLAS_L2_SIZE", "1")
    monkeypatch.setenv("OMP_NUM_THREADS", "8")
    found = environment()
    assert "OPENBLAS_CORETYPE" not in found
    assert "OPENBLAS_L2_SIZE" not in found
    assert {found[f"{name}_NUM_THREADS"] for name in ("OMP", "OPENBLAS", "MKL", "NUMBA")} == {"1"}
