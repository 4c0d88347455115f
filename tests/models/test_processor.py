"""The same bits on every processor: trainings in processes that are told to be another one."""

import os
import platform
import subprocess
import sys
from collections.abc import Iterator
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


def supported(name: str) -> bool:
    present = get_host_cpu_features()
    return "haswell" not in name or all(present.get(feature) for feature in HASWELL)


@pytest.fixture(scope="module")
def running(tmp_path_factory) -> Iterator[dict[str, tuple[subprocess.Popen, Path]]]:
    """All processes at once: most of their time they compile."""
    found = {}
    for name, (kind, environment) in PROCESSES.items():
        if not supported(name):
            continue
        cache = tmp_path_factory.mktemp("cache")
        made = subprocess.Popen(
            [sys.executable, "-m", "tests.models.digest", kind],
            cwd=ROOT,
            env=os.environ | {"NUMBA_CACHE_DIR": str(cache)} | environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        found[name] = (made, cache)
    yield found
    for made, _ in found.values():
        made.kill()
        made.communicate()


@pytest.fixture(scope="module")
def here() -> list[str]:
    """The digests of this process, compiled for the host."""
    return [digest(case(raw, samples=60), compiled=True) for raw in DESIGNS]


def test_compiled_and_plain_leave_the_same_bits_here(here):
    assert here == [digest(case(raw, samples=60), compiled=False) for raw in DESIGNS]


@pytest.mark.parametrize("name", PROCESSES)
def test_another_processor_leaves_the_same_bits(name, running, here):
    if not supported(name):
        pytest.skip("this host has not all of its instructions")
    made, cache = running[name]
    out, err = made.communicate(timeout=300)
    assert (made.returncode, err) == (0, "")
    assert out.split() == here
    compiled = PROCESSES[name][0] == "executor"
    assert bool(list(cache.rglob("executor.run-*.nbc"))) == compiled


def test_the_designs_train(here):
    """The hashes are of states that changed: every stage had coincidences."""
    for raw in DESIGNS:
        one = case(raw, samples=60)
        assert digest(one, compiled=True) in here
        untrained = case(raw, samples=1)
        assert digest(untrained, compiled=True) not in here
