"""The same bits on every processor: trainings in processes that are told to be another one."""

import os
import platform
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from llvmlite.binding import get_host_cpu_features

from tests.models.digest import DESIGNS, digest
from tests.models.packed import case

ROOT = Path(__file__).parents[2]

pytestmark = pytest.mark.skipif(
    platform.machine() not in ("x86_64", "AMD64"), reason="names of x86-64 processors"
)


def numpy_features() -> str:
    """The vector extensions that this NumPy would use here and can be told not to."""
    core = np._core._multiarray_umath
    return " ".join(name for name in core.__cpu_dispatch__ if core.__cpu_features__[name])


HASWELL = ("avx2", "bmi", "bmi2", "f16c", "fma", "lzcnt", "movbe", "popcnt")

#: Executor and environment of each process. An empty list of features stands for the name's own.
PROCESSES = {
    "compiled for x86-64": ("executor", {"NUMBA_CPU_NAME": "x86-64", "NUMBA_CPU_FEATURES": ""}),
    "compiled for haswell": ("executor", {"NUMBA_CPU_NAME": "haswell", "NUMBA_CPU_FEATURES": ""}),
    "plain on the baseline": (
        "replay",
        {"NPY_DISABLE_CPU_FEATURES": numpy_features(), "OPENBLAS_CORETYPE": "Nehalem"},
    ),
}


#: First and step of the designs of each process: compiling is most of the work, so two share them.
SHARES = {"compiled for x86-64": (0, 2), "compiled for haswell": (1, 2)}
if "PULSETRAIN_LONG" in os.environ:
    SHARES = {}


def supported(name: str) -> bool:
    present = get_host_cpu_features()
    return "haswell" not in name or all(present.get(feature) for feature in HASWELL)


@pytest.fixture(scope="module")
def here() -> list[str]:
    """The digests of this process, compiled for the host."""
    return [digest(case(raw, samples=60), compiled=True) for raw in DESIGNS]


def test_compiled_and_plain_leave_the_same_bits_here(here):
    assert here == [digest(case(raw, samples=60), compiled=False) for raw in DESIGNS]


@pytest.mark.parametrize("name", PROCESSES)
def test_another_processor_leaves_the_same_bits(name, here, tmp_path):
    if not supported(name):
        pytest.skip("this host has not all of its instructions")
    kind, environment = PROCESSES[name]
    first, step = SHARES.get(name, (0, 1))
    made = subprocess.run(
        [sys.executable, "-m", "tests.models.digest", kind, str(first), str(step)],
        cwd=ROOT,
        env=os.environ | {"NUMBA_CACHE_DIR": str(tmp_path)} | environment,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert (made.returncode, made.stderr) == (0, "")
    assert made.stdout.split() == here[first::step]
    compiled_anew = bool(list(tmp_path.rglob("executor._run-*.nbc")))
    assert compiled_anew == (kind == "executor")


def test_the_designs_train(here):
    """The hashes are of states that changed: every stage had coincidences."""
    for raw in DESIGNS:
        one = case(raw, samples=60)
        assert digest(one, compiled=True) in here
        untrained = case(raw, samples=1)
        assert digest(untrained, compiled=True) not in here
