"""Events kept in files until somebody has taken them: one folder (a box) for each process.

A box holds `events.jsonl` (one JSON object a line), `files/` (copies of what the events
mention), `sent.json` (how far the reader came) and `lock`, held while its process lives.
"""

import json
import shutil
import threading
import time
import uuid
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from facepencil.store import write_text

LATER = {"FACEPENCIL_TRACKING": "later"}
"""Environment of processes whose events their parent sends when they have ended."""

Event = dict[str, Any]
"""A JSON object with at least `kind` and `time` (ms since 1970)."""


class Box:
    """The events of one process, in the order in which they happened."""

    def __init__(self, folder: Path) -> None:
        """Handle on a box; `new_box` makes one, `waiting` lists those there are."""
        self.folder = folder
        self._events = folder / "events.jsonl"
        self._lock = FileLock(folder / "lock", thread_local=False)
        self._writing = threading.Lock()

    def claim(self) -> bool:
        """Take the box, unless a living process holds it."""
        try:
            self._lock.acquire(timeout=0)
        except Timeout:
            return False
        return True

    def release(self) -> None:
        """Let others claim the box."""
        self._lock.release()

    def append(self, kind: str, **fields: object) -> None:
        """Add an event; safe between threads. A kill can tear only the last line.

        Raises:
            OSError: the disk refuses.
        """
        event = {"kind": kind, "time": time.time_ns() // 1_000_000, **fields}
        line = json.dumps(event).encode() + b"\n"
        with self._writing, self._events.open("ab", buffering=0) as file:
            file.write(line)

    def keep(self, path: Path) -> str:
        """Hold on to a file as it is now, by copying it; returns the copy's name in the box.

        Raises:
            OSError: there is no such file, or the disk refuses.
        """
        name = f"files/{uuid.uuid4().hex}/{path.name}"
        kept = self.folder / name
        kept.parent.mkdir(parents=True)
        shutil.copyfile(path, kept)
        return name

    def events(self, offset: int) -> Iterator[tuple[Event, int]]:
        """Whole events from a byte offset on, each with the offset of the next one."""
        with self._events.open("rb") as file:
            file.seek(offset)
            for line in file:
                if not line.endswith(b"\n"):
                    return
                offset += len(line)
                yield json.loads(line), offset

    def begins_with(self, kind: str) -> bool:
        """Whether the first event is of this kind; a full disk may have refused or torn it."""
        return any(event["kind"] == kind for event, _ in islice(self.events(0), 1))

    @property
    def sent(self) -> tuple[str, int]:
        """Who took the events so far (an empty name at first), and up to which offset."""
        try:
            state = json.loads((self.folder / "sent.json").read_text())
        except FileNotFoundError:
            return "", 0
        return state["taker"], state["offset"]

    def mark(self, taker: str, offset: int) -> None:
        """Remember that `taker` has all before `offset`."""
        write_text(self.folder / "sent.json", json.dumps({"taker": taker, "offset": offset}))

    def discard(self) -> None:
        """Delete the box and all it holds."""
        self._events.unlink()
        self.release()
        # On NFS an open lock file leaves a trace of itself: what is not listed does no harm.
        shutil.rmtree(self.folder, ignore_errors=True)


def new_box(root: Path) -> Box:
    """A box of one's own under `root`, claimed; names sort by age."""
    folder = root / f"{time.time_ns():020d}-{uuid.uuid4().hex[:8]}"
    folder.mkdir(parents=True)
    box = Box(folder)
    box.claim()
    return box


def waiting(root: Path) -> list[Box]:
    """Boxes under `root` that hold events, oldest first."""
    return [Box(path.parent) for path in sorted(root.glob("*/events.jsonl"))]
