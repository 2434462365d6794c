import os
import signal

import pytest

from facepencil.training.leaving import SIGNALS, asked_to_leave


@pytest.mark.parametrize("number", SIGNALS)
def test_a_signal_asks_and_ends_nothing(number: signal.Signals) -> None:
    usual = signal.getsignal(number)
    with asked_to_leave() as asked:
        assert not asked()
        os.kill(os.getpid(), number)
        assert asked()
    assert signal.getsignal(number) == usual


def test_the_handler_is_given_back_after_an_error() -> None:
    usual = signal.getsignal(signal.SIGTERM)
    with pytest.raises(KeyError), asked_to_leave():
        raise KeyError
    assert signal.getsignal(signal.SIGTERM) == usual
