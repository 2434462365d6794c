"""Section `download` of the params: where the photos come from."""

from typing import Literal

from pydantic import Field

from facepencil.config.section import Positive, Section


class DownloadParams(Section):
    """Where the photos come from."""

    source: Literal["celeba-mini", "celeba", "celebamask-hq", "ffhq", "folder"] = Field(
        "celeba-mini", description="registry name of the photos, or `folder` for your own"
    )
    folder: str = Field(
        "photos", min_length=1, description="where your photos are, when source is `folder`"
    )
    limit: Positive | None = Field(None, description="use only the first so many photos (by id)")
