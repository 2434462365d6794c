"""The files of the drawing page, in memory: no name in a request is opened as a path."""

import mimetypes
from pathlib import Path

from starlette.responses import Response

PAGE = Path(__file__).with_name("page")
_TYPES = {".js": "text/javascript", ".mjs": "text/javascript", ".wasm": "application/wasm"}


class PageFiles:
    """Answers for the files below a folder, as they were at the start."""

    def __init__(self, folder: Path = PAGE) -> None:
        self._files = {
            path.relative_to(folder).as_posix(): (path.read_bytes(), _type_of(path))
            for path in sorted(folder.rglob("*"))
            if path.is_file()
        }

    def __call__(self, name: str) -> Response | None:
        """The file `name`, that of the empty name being index.html; None where there is none."""
        found = self._files.get(name or "index.html")
        return None if found is None else Response(found[0], media_type=found[1])


def _type_of(path: Path) -> str:
    guessed = mimetypes.guess_type(path.name)[0]
    return _TYPES.get(path.suffix) or guessed or "application/octet-stream"
