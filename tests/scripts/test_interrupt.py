import os
import signal

import pytest

from models.error import DesignError
from scripts.interrupt import Interrupts, StoppedError


def test_an_interrupt_raises_at_once():
    with pytest.raises(KeyboardInterrupt), Interrupts():
        os.kill(os.getpid(), signal.SIGINT)


def test_an_interrupt_that_was_swallowed_is_raised_at_the_next_check():
    before = signal.getsignal(signal.SIGINT)
    with Interrupts() as interrupts:
        interrupts.check()
        try:
            os.kill(os.getpid(), signal.SIGINT)
        except KeyboardInterrupt:
            swallowed = True
        assert swallowed
        with pytest.raises(KeyboardInterrupt):
            interrupts.check()
    assert signal.getsignal(signal.SIGINT) is before


@pytest.mark.parametrize(
    ("error", "code", "sentence"),
    [
        (StoppedError("half of it is there"), 130, "half of it is there"),
        (KeyboardInterrupt(), 130, "stopped"),
        (RuntimeError("no compiled object yet for f"), 130, "stopped"),
        (DesignError("x: is wrong"), 2, "x: is wrong"),
    ],
)
@pytest.mark.parametrize("verb", ["train", "cosim"])
def test_every_command_ends_an_interrupt_with_one_code(
    pulsetrain, monkeypatch, verb, error, code, sentence
):
    def stop(*arguments):
        raise error

    monkeypatch.setattr(f"scripts.{verb}.load", stop)
    found, _, err = pulsetrain(verb)
    assert (found, err.strip()) == (code, f"pulsetrain: {sentence}")
