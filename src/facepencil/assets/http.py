"""One file over HTTP: resumed where it was cut, retried with back-off, mirrors in turn."""

import time
from dataclasses import dataclass
from pathlib import Path

import requests

from facepencil.assets.registry import AssetError
from facepencil.progress import track

_CHUNK = 1 << 20


@dataclass(frozen=True)
class Patience:
    """How long a server is given; times in seconds."""

    attempts: int = 6
    backoff_s: float = 1.0
    connect_s: float = 15.0
    read_s: float = 60.0


class _Refused(Exception):
    """This address will not give the file; asking again is no use."""


class _Interrupted(Exception):
    """The transfer failed in a way that may pass."""


def fetch_url(urls: list[str], part: Path, patience: Patience) -> None:
    """Leave the whole body of the first address that gives it in `part`.

    A `part` of an earlier, cut transfer is continued if the server still has the same file.

    Args:
        urls: the address, then its mirrors.
        part: partial file; a note on what it is part of lies beside it.
        patience: attempts at each address (waits double in between) and timeouts.

    Raises:
        AssetError: no address gave the file; names each with its reason.
    """
    reasons: list[str] = []
    for url in urls:
        try:
            _persist(url, part, patience)
            return
        except (_Refused, _Interrupted) as error:
            reasons.append(f"{url}: {error}")
    raise AssetError("no address gave the file: " + "; ".join(reasons))


def _persist(url: str, part: Path, patience: Patience) -> None:
    for attempt in range(patience.attempts):
        try:
            return _transfer(url, part, patience)
        except _Interrupted:
            if attempt + 1 == patience.attempts:
                raise
            time.sleep(patience.backoff_s * 2**attempt)


def _transfer(url: str, part: Path, patience: Patience) -> None:
    note = part.with_name(part.name + ".note")
    have = part.stat().st_size if part.exists() and note.exists() else 0
    headers = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={have}-"} if have else {})
    timeouts = (patience.connect_s, patience.read_s)
    try:
        with requests.get(url, headers=headers, stream=True, timeout=timeouts) as response:
            _check_status(response)
            start = _start(response, have, note)
            note.write_text(_identity(response))
            _receive(response, part, start)
    except requests.RequestException as error:
        raise _Interrupted(str(error)) from error
    note.unlink()


def _check_status(response: requests.Response) -> None:
    if response.status_code >= 500 or response.status_code in (408, 429):
        raise _Interrupted(f"status {response.status_code}")
    if response.status_code not in (200, 206, 416):
        raise _Refused(f"status {response.status_code}")
    if response.ok and response.headers.get("Content-Type", "").startswith("text/html"):
        # Google Drive answers so, with status 200, when a file's daily quota is used up.
        raise _Refused("a web page came instead of the file")


def _start(response: requests.Response, have: int, note: Path) -> int:
    """Where in the file the answer begins, `have` bytes of which are here already."""
    if response.status_code == 200:
        return 0
    span = response.headers.get("Content-Range", "")
    if have and span.startswith(f"bytes {have}-") and _identity(response) == note.read_text():
        return have
    # Another file by now, or nothing left of it: the next attempt begins anew.
    note.unlink(missing_ok=True)
    raise _Interrupted(f"cannot resume at byte {have} (status {response.status_code})")


def _identity(response: requests.Response) -> str:
    """What tells one version of a file from another: validator and whole length."""
    headers = response.headers
    validator = headers.get("ETag") or headers.get("Last-Modified") or ""
    whole = headers.get("Content-Range", "").rpartition("/")[2]
    return f"{validator}|{whole or headers.get('Content-Length', '')}"


def _receive(response: requests.Response, part: Path, start: int) -> None:
    left = response.headers.get("Content-Length")
    chunks = None if left is None else -(-int(left) // _CHUNK)
    received = 0
    with part.open("ab" if start else "wb") as file:
        for chunk in track(response.iter_content(_CHUNK), part.name, chunks, "MiB"):
            received += file.write(chunk)
    if left is not None and received != int(left):
        raise _Interrupted(f"{received} bytes came where Content-Length announced {left}")
