"""Calls in a process of their own, which is ended when one takes too long."""

import resource
import signal
import threading
from collections.abc import Callable
from multiprocessing import get_context
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from typing import ParamSpec, TypeVar, cast

import cv2

from facepencil.serving.refused import Refused

P = ParamSpec("P")
T = TypeVar("T")
_SPAWN = get_context("spawn")
MEMORY = 4_000_000_000
"""Bytes that the process may allocate; a picture of 50 million px takes 1.5 GB."""


class ChildProcess:
    """Makes one call at a time, for a few callers that wait."""

    def __init__(self, patience_s: float, most: int = 4, memory: int = MEMORY) -> None:
        """The process starts with the first call.

        Args:
            patience_s: seconds for a call.
            most: callers at once, of whom one is served.
            memory: bytes for a call and for what stays from calls before it.
        """
        self._patience_s = patience_s
        self._memory = memory
        self._callers = threading.BoundedSemaphore(most)
        self._lock = threading.Lock()
        self._pipe: Connection | None = None
        self._process: SpawnProcess | None = None

    def call(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """What `function`, of a module's own level, returns or raises.

        Raises:
            Refused: too many callers, or the call takes too long or ends the process.
        """
        if not self._callers.acquire(blocking=False):
            raise Refused("too many pictures at once; try again", 503)
        try:
            with self._lock:
                done, value = self._asked((function, args, kwargs))
        finally:
            self._callers.release()
        if not done:
            raise cast(Exception, value)
        return cast(T, value)

    def close(self) -> None:
        """End the process."""
        with self._lock:
            self._end()

    def _asked(self, message: object) -> tuple[bool, object]:
        if self._process and not self._process.is_alive():
            self._end()  # between two calls, by no fault of this one
        pipe = self._pipe or self._start()
        try:
            pipe.send(message)
            if pipe.poll(self._patience_s):
                return cast(tuple[bool, object], pipe.recv())
        except (EOFError, OSError):
            self._end()
            raise _too_large() from None
        self._end()
        raise Refused(f"the picture takes more than {self._patience_s:g} s to trace")

    def _start(self) -> Connection:
        self._pipe, theirs = _SPAWN.Pipe()
        self._process = _SPAWN.Process(target=_work, args=(theirs, self._memory), daemon=True)
        self._process.start()
        theirs.close()
        return self._pipe

    def _end(self) -> None:
        if self._process and self._pipe:
            self._process.kill()
            self._process.join()
            self._pipe.close()
        self._process = self._pipe = None


def _work(pipe: Connection, memory: int) -> None:
    # Ctrl-C at a terminal goes to all of its processes; the parent ends this one when it is done.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # Of data alone: libraries reserve addresses that they never use.
    resource.setrlimit(resource.RLIMIT_DATA, (memory, memory))
    while True:
        try:
            function, args, kwargs = pipe.recv()
        except EOFError:
            return
        try:
            pipe.send((True, function(*args, **kwargs)))
        except Exception as error:  # whatever it is, the caller must hear of it
            pipe.send((False, _too_large() if _is_of_memory(error) else error))


def _is_of_memory(error: Exception) -> bool:
    of_cv2 = isinstance(error, cv2.error) and error.code == cv2.Error.StsNoMem
    return isinstance(error, MemoryError) or of_cv2


def _too_large() -> Refused:
    return Refused("the picture could not be traced: it takes too much memory")
