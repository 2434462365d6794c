"""Photos by which somebody means harm, and photos that met with some."""

import io
import random
import struct
import zlib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from PIL import Image

Maker = Callable[[random.Random, bytes], bytes]

FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "PPM")


def converted(draw: random.Random, photo: bytes) -> bytes:
    """The photo in another format, small."""
    image = Image.open(io.BytesIO(photo)).resize((48, 60))
    file = io.BytesIO()
    image.save(file, draw.choice(FORMATS))
    return file.getvalue()


def fuzzed_header(draw: random.Random, photo: bytes) -> bytes:
    """A few bytes of the first hundred are others."""
    data = bytearray(converted(draw, photo))
    for _ in range(draw.randint(1, 6)):
        data[draw.randrange(min(100, len(data)))] = draw.randrange(256)
    return bytes(data)


def fuzzed(draw: random.Random, photo: bytes) -> bytes:
    """Bits are flipped anywhere."""
    data = bytearray(converted(draw, photo))
    for _ in range(draw.randint(1, 40)):
        data[draw.randrange(len(data))] ^= 1 << draw.randrange(8)
    return bytes(data)


def cut(draw: random.Random, photo: bytes) -> bytes:
    """The end is missing, or all."""
    data = converted(draw, photo)
    return data[: draw.randrange(len(data))]


def noise(draw: random.Random, _: bytes) -> bytes:
    """Bytes by chance, perhaps after the beginning of a format."""
    magic = draw.choice([b"", b"\xff\xd8\xff\xe0", b"\x89PNG\r\n\x1a\n", b"GIF89a", b"II*\0"])
    return magic + draw.randbytes(draw.randrange(2000))


def png_bomb(draw: random.Random, _: bytes) -> bytes:
    """A PNG that claims sides of up to two thousand million pixels, and unpacks to megabytes."""
    side = draw.choice([30_000, 100_000, 2**31 - 1])
    header = struct.pack(">IIBBBBB", side, side, 8, draw.choice([0, 2, 6]), 0, 0, 0)
    zeros = zlib.compress(bytes(4 << 20), 9)
    return _png([(b"IHDR", header), (b"IDAT", zeros), (b"IEND", b"")])


def text_bomb(_: random.Random, __: bytes) -> bytes:
    """A PNG with a comment and a colour profile of 64 MiB each, packed."""
    header = struct.pack(">IIBBBBB", 8, 8, 8, 2, 0, 0, 0)
    packed = zlib.compress(bytes(64 << 20), 9)
    pixels = zlib.compress(bytes(8 * 25))
    more = [(b"iCCP", b"x\0\0" + packed), (b"zTXt", b"Comment\0\0" + packed)]
    return _png([(b"IHDR", header), *more, (b"IDAT", pixels), (b"IEND", b"")])


def program(draw: random.Random, _: bytes) -> bytes:
    """What other programs would run or fetch, were it handed to them."""
    return draw.choice(
        [
            b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n(touch mark) system\n",
            b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
            b"<!DOCTYPE html><html></html>",
            b"push graphic-context\nimage over 0,0 0,0 'https://127.0.0.1/`touch mark`'\n",
        ]
    )


def tiff_circle(_: random.Random, __: bytes) -> bytes:
    """A TIFF whose directory of tags comes after itself."""
    return b"II*\0\x08\0\0\0\x01\0\x00\x01\x03\0\x01\0\0\0\x08\0\0\0\x08\0\0\0"


MAKERS: Sequence[Maker] = (
    *(fuzzed_header, fuzzed_header, fuzzed_header, fuzzed, fuzzed, cut, cut, noise),
    *(png_bomb, text_bomb, program, tiff_circle, lambda draw, photo: b""),
)

NAMES = (
    "new\nline.jpg",
    "bell\a escape \x1b[31m.jpg",
    "tab\t.jpg",
    "-rf.jpg",
    "$(touch mark).jpg",
    "quote ' and \".jpg",
    "back\\slash.jpg",
    "st*r?.jpg",
    "index.json",
    "…jpg",
    "\u202egpj.exe.jpg",
    "é.jpg",
    "e\u0301.jpg",
    "a" * 251 + ".jpg",
    f"{'d' * 120}/{'e' * 120}/{'f' * 120}.jpg",
    " .jpg",
    "x.JPG ",
    "no extension",
)
"""Names that some file system has; all lie in the folder."""


def _png(chunks: Sequence[tuple[bytes, bytes]]) -> bytes:
    body = b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in chunks
    )
    return b"\x89PNG\r\n\x1a\n" + body


def fill(folder: Path, count: int, photos: Mapping[str, bytes]) -> None:
    """Write so many hostile photos, the same every time; some bear strange names."""
    draw, real = random.Random(count), list(photos.values())
    for number in range(count):
        make = MAKERS[number % len(MAKERS)]
        path = folder / f"{number:03d}.jpg"
        path.write_bytes(make(draw, draw.choice(real)))
    for name in NAMES:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(draw.choice(real)[: draw.choice([0, 300, 10**6])])
    (folder / "folder.jpg").mkdir()
    (folder / "folder.jpg/inside.png").write_bytes(converted(draw, real[0]))
    elsewhere = folder.with_name("elsewhere.jpg")
    elsewhere.write_bytes(real[1])
    (folder / "link.jpg").symlink_to(elsewhere)
