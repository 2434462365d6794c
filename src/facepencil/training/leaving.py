"""Leaving early: a training that is asked to go by a signal saves its state and ends.

Batch systems send SIGTERM when they cancel or preempt a job and when its time is over, seconds
before they kill it, and SIGUSR1 earlier if asked to.
"""

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager

SIGNALS = (signal.SIGTERM, signal.SIGUSR1)
EXIT_CODE = 75
"""Of a process that left: EX_TEMPFAIL of sysexits.h, `the user is invited to retry`."""

Asked = Callable[[], bool]


class Left(SystemExit):
    """A training leaves before its end; its state is saved, and the next run goes on from there."""

    def __init__(self, photos: int) -> None:
        """After so many photos seen."""
        super().__init__(EXIT_CODE)
        self.photos = photos


@contextmanager
def asked_to_leave() -> Iterator[Asked]:
    """Tells inside the block whether one of `SIGNALS` came; they end nothing there.

    For the main thread alone, as Python demands of whoever handles signals.
    """
    came: list[int] = []
    usual = {one: signal.signal(one, lambda number, _: came.append(number)) for one in SIGNALS}
    try:
        yield lambda: bool(came)
    finally:
        for one, handler in usual.items():
            signal.signal(one, handler)


def never() -> bool:
    """For a training that nobody asks to leave."""
    return False
