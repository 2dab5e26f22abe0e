"""Files that ask for more work than they look: built by hand, and at random.

`NAMED` holds one of each kind that once hung or killed a reader. `make` builds
mutants: files whose structure is sound enough to reach a decoder, with extreme numbers
in it. The same seed and index give the same file.
"""

import io
import random
import struct
import zipfile
import zlib
from collections.abc import Callable
from typing import Any, Final

import dicom_files as dicom
import imagecodecs
import numpy as np
import picture_files as pictures
from PIL import Image

Random = random.Random

_WIDTH, _HEIGHT = pictures.SHAPE[1], pictures.SHAPE[0]
_NUMBERS: Final = [
    0,
    1,
    2,
    3,
    7,
    8,
    15,
    16,
    17,
    31,
    63,
    64,
    72,
    80,
    255,
    256,
    1000,
    4095,
]
_LARGE: Final = [
    5000,
    7000,
    16_383,
    16_384,
    32_767,
    65_535,
    2**24 - 1,
    2**31 - 1,
    2**32 - 1,
]
_END_OF_IMAGE: Final = b"\xff\xd9"
_ITEM, _ITEM_END = b"\xfe\xff\x00\xe0", b"\xfe\xff\x0d\xe0" + bytes(4)
_SEQUENCE_END: Final = b"\xfe\xff\xdd\xe0" + bytes(4)
_UNDEFINED: Final = b"\xff" * 4
_REGION_SEQUENCE: Final = b"\x08\0\x18\x22SQ\0\0"


def number(source: Random, most: int = 2**32 - 1) -> int:
    """Choose a number that programs get wrong, or any other."""
    kind = source.randrange(4)
    if kind == 0:
        return source.randrange(most + 1)
    return min(source.choice(_LARGE if kind == 1 else _NUMBERS), most)


def _repeats(source: Random) -> int:
    return source.choice([0, 1, 2, 3, 10, 100, 1000, 20_000])


def _grey() -> Image.Image:
    return pictures.grey_image()


def _tamper(data: bytes, source: Random, chance: float = 0.3) -> bytes:
    """Change a few bytes, or none."""
    changed = bytearray(data)
    while changed and source.random() < chance:
        at = source.randrange(
            min(len(changed), source.choice([64, 1000, len(changed)]))
        )
        changed[at] = source.randrange(256)
    return bytes(changed)


# JPEG


def jpeg(*, progressive: bool = False, side: int = 64) -> bytes:
    pixels = np.resize(pictures.draw_grey(), (side, side))
    return pictures.encode(Image.fromarray(pixels), "JPEG", progressive=progressive)


def repeat_scans(data: bytes, count: int) -> bytes:
    """Append the last scan of a JPEG so many times."""
    last = data[data.rindex(b"\xff\xda") : -2]
    return data[:-2] + last * count + _END_OF_IMAGE


def mutate_jpeg(source: Random) -> bytes:
    data = jpeg(progressive=source.random() < 0.5)
    frame = next(at for m in (b"\xff\xc0", b"\xff\xc2") if (at := data.find(m)) > 0)
    way = source.randrange(8)
    if way == 0:
        return repeat_scans(data, _repeats(source))
    if way == 1:
        size = struct.pack(">HH", number(source, 65_535), number(source, 65_535))
        return data[: frame + 5] + size + data[frame + 9 :]
    if way == 2:
        marker = bytes([0xFF, source.choice([0xC0, 0xC2, 0xC3, 0xC9, 0xF7])])
        return data[:frame] + marker + data[frame + 2 :]
    if way == 3:
        segment = b"\xff\xdd\0\4" + struct.pack(">H", number(source, 65_535))
        return data[:frame] + segment + data[frame:]
    if way == 4:
        filling = source.choice(
            [b"\xff", b"\xff\xfe\0\2", b"\xff\xd0", b"\xff\xe1\0\7Exif\0"]
        )
        return data[:2] + filling * _repeats(source) + data[2:]
    if way == 5:
        at = data.rindex(b"\xff\xda")
        end = at + 2 + int.from_bytes(data[at + 2 : at + 4], "big")
        scan = bytes(number(source, 255) for _ in range(3))
        return data[: end - 3] + scan + data[end:]
    if way == 6:
        return data[:-2] + source.choice([b"\xff", b"\xff\xd0", b"\0"]) * 50_000
    return data[:frame] + data[frame : frame + 20] * _repeats(source) + data[frame:]


# JPEG 2000


def codestream(
    width: int,
    height: int,
    *,
    components: int = 1,
    tile: tuple[int, int] | None = None,
    levels: int = 0,
    layers: int = 1,
    order: int = 0,
    block: tuple[int, int] = (4, 4),
    precincts: bytes = b"",
    further: bytes = b"",
) -> bytes:
    """Write a JPEG 2000 codestream whose tiles are empty."""
    across, down = tile or (width, height)
    size = struct.pack(
        ">HHIIIIIIIIH",
        *(38 + 3 * components, 0, width, height, 0, 0, across, down, 0, 0, components),
    )
    style = struct.pack(
        ">HBBHBBBBBB",
        *(12 + len(precincts), bool(precincts), order, layers, 0, levels, *block, 0, 1),
    )
    steps = bytes([8 << 3]) * (3 * levels + 1)
    head = (
        b"\xff\x4f\xff\x51"
        + size
        + b"\7\1\1" * components
        + b"\xff\x52"
        + style
        + precincts
        + b"\xff\x5c"
        + struct.pack(">HB", 3 + len(steps), 0x40)
        + steps
        + further
    )
    tiles = min(-(-width // max(across, 1)) * -(-height // max(down, 1)), 5000)
    parts = (
        b"\xff\x90" + struct.pack(">HHIBB", 10, index, 16, 0, 1) + b"\xff\x93\0\0"
        for index in range(tiles)
    )
    return head + b"".join(parts) + _END_OF_IMAGE


def as_jp2(stream: bytes, *boxes: bytes) -> bytes:
    """Put a codestream into a JP2 file, behind further boxes."""
    width, height = struct.unpack(">II", stream[8:16])
    header = struct.pack(">I4sIIHBBBB", 22, b"ihdr", height, width, 1, 7, 7, 0, 0)
    colour = struct.pack(">I4sBBBI", 15, b"colr", 1, 0, 0, 17)
    return (
        b"\0\0\0\x0cjP  \r\n\x87\n\0\0\0\x14ftypjp2 \0\0\0\0jp2 "
        + struct.pack(">I4s", 8 + len(header) + len(colour), b"jp2h")
        + header
        + colour
        + b"".join(boxes)
        + struct.pack(">I4s", 0, b"jp2c")
        + stream
    )


def mutate_jpeg_2000(source: Random) -> bytes:
    side = source.choice([80, 80, 80, 1000, 3000, 7000])
    levels = source.choice([0, 0, 1, 5, 32])
    precincts = bytes(
        source.choice([0, 0x11, 0x22, 0x55, 0x88, 0xFF, 0x0F, 0xF0])
        for _ in range(source.choice([0, levels + 1]))
    )
    tile = source.choice([None, (number(source), number(source)), (64, 64), (side, 1)])
    poc = b"\xff\x5f" + struct.pack(">HBBHBBB", 9, 0, 0, 65_535, 33, 255, 4)
    stream = codestream(
        side,
        side,
        tile=tile if tile and all(tile) else None,
        levels=levels,
        layers=source.choice([1, 1, 20, 1000, 65_535]),
        order=source.randrange(5),
        block=source.choice([(4, 4), (0, 0), (8, 0), (2, 2)]),
        precincts=precincts,
        further=poc * source.choice([0, 0, 1, 30]),
    )
    way = source.randrange(4)
    if way == 0:
        stream = bytes(
            imagecodecs.jpeg2k_encode(pictures.draw_grey(), 0, codecformat="j2k")
        )
        stream = _tamper(stream, source, 0.8)
    if way == 1:
        return in_dicom(stream, dicom.JPEG_2000, side, side)
    boxes = [b"\0\0\0\x08free" * _repeats(source)]
    if way == 2:
        decoy = codestream(_WIDTH, _HEIGHT)
        boxes.append(struct.pack(">I4s", 8 + len(decoy), b"uuid") + decoy)
    return _tamper(as_jp2(stream, *boxes), source, 0.1)


# Other pictures


def gif_of(frames: int, *, blocks: int = 1, comments: int = 0) -> bytes:
    data = pictures.encode(_grey(), "GIF")
    frame = b"\x2c\0\0\0\0\1\0\1\0\0\2" + b"\2\x44\1" * blocks + b"\0"
    return data[:-1] + b"!\xfe\1a\0" * comments + frame * frames + b";"


def mutate_gif(source: Random) -> bytes:
    data = gif_of(
        _repeats(source), blocks=_repeats(source) % 2000, comments=_repeats(source)
    )
    if source.random() < 0.5:
        sides = struct.pack("<HH", number(source, 65_535), number(source, 65_535))
        at = source.choice([6, data.find(b"\x2c\0\0\0\0") + 5])
        data = data[:at] + sides + data[at + 4 :]
    return _tamper(data, source)


def webp_of(width: int, height: int, frames: int) -> bytes:
    """Write an animated WebP with a canvas of any size."""
    picture = pictures.encode(_grey(), "WEBP", lossless=True)[12:]
    sides = struct.pack("<I", width - 1)[:3] + struct.pack("<I", height - 1)[:3]
    body = b"VP8X\x0a\0\0\0\2\0\0\0" + sides + b"ANIM\6\0\0\0" + bytes(6)
    frame = bytes(6) + b"\x47\0\0\x4f\0\0\x0a\0\0\0" + picture
    body += (b"ANMF" + struct.pack("<I", len(frame)) + frame) * frames
    return b"RIFF" + struct.pack("<I", 4 + len(body)) + b"WEBP" + body


def mutate_webp(source: Random) -> bytes:
    width, height = (max(1, number(source, 2**24)) for _ in range(2))
    return _tamper(webp_of(width, height, _repeats(source) % 3000), source)


def chunk(name: bytes, body: bytes) -> tuple[bytes, bytes]:
    return name, body


def mutate_png(source: Random) -> bytes:
    names = (
        b"tRNS PLTE acTL fcTL fdAT iCCP zTXt iTXt tEXt sBIT gAMA eXIf IHDR IDAT teSt"
    )
    bomb = b"a\0\0" + zlib.compress(bytes(2**22))
    chunks = []
    for _ in range(source.randrange(4)):
        body = source.choice([b"", bomb, source.randbytes(number(source, 5000))])
        chunks += [(source.choice(names.split()), body)] * source.choice(
            [1, 1, _repeats(source)]
        )
    data = bytearray(pictures.build_grey_png(*chunks))
    way = source.randrange(4)
    if way == 0:
        data[16:24] = struct.pack(">II", number(source), number(source))
    elif way == 1:
        data[24:29] = bytes(
            source.choice(options)
            for options in ([1, 2, 4, 8, 16], [0, 2, 3, 4, 6], [0], [0], [0, 1])
        )
    data[29:33] = struct.pack(">I", zlib.crc32(data[12:29]))
    return bytes(data)


def palette_png(transparency: bytes) -> bytes:
    """Write a palette PNG that names the transparency of some colours, or of more."""
    palette = bytes(level for level in range(256) for _ in range(3))
    data = pictures.build_grey_png((b"PLTE", palette), (b"tRNS", transparency))
    header = data[12:25] + b"\3" + data[26:29]
    return data[:12] + header + struct.pack(">I", zlib.crc32(header)) + data[33:]


def bmp_of_runs(runs: int) -> bytes:
    packed = b"\1\x40" * runs + b"\0\1"
    colours = b"".join(bytes([level, level, level, 0]) for level in range(256))
    header = struct.pack(
        "<IiiHHIIiiII", 40, 2000, 1000, 1, 8, 1, len(packed), 0, 0, 256, 0
    )
    start = 14 + len(header) + len(colours)
    head = b"BM" + struct.pack("<IHHI", start + len(packed), 0, 0, start)
    return head + header + colours + packed


def tiff_of(
    shape: tuple[int, ...] = pictures.SHAPE,
    *,
    directories: int = 0,
    tags: int = 1,
    **further: Any,
) -> bytes:
    """Write a TIFF of one picture and so many small directories."""
    page_tags: pictures.TiffTags = {int(k[1:]): v for k, v in further.items()}
    pixels = pictures.draw_grey().tobytes()
    data = bytearray(pictures.build_tiff_of([(shape, page_tags, [pixels])]))
    (at,) = struct.unpack("<I", data[4:8])
    link = at + 2 + 12 * int.from_bytes(data[at : at + 2], "little")
    for _ in range(directories):
        data[link : link + 4] = struct.pack("<I", len(data))
        data += (
            struct.pack("<H", tags)
            + struct.pack("<HHII", 254, 4, 1, 1) * tags
            + bytes(4)
        )
        link = len(data) - 4
    return bytes(data)


def tiff_of_a_cut_off_directory() -> bytes:
    """Write a TIFF whose second directory names a value that lies behind the end."""
    data = tiff_of(directories=1)
    return data[:-16] + struct.pack("<HHII", 254, 4, 2, 2**31) + bytes(4)


def mutate_tiff(source: Random) -> bytes:
    known = [
        254,
        256,
        257,
        258,
        259,
        262,
        273,
        277,
        278,
        279,
        284,
        317,
        322,
        323,
        324,
        325,
        339,
        347,
        513,
        514,
        700,
        34_675,
    ]
    changes: dict[str, Any] = {}
    for tag in source.sample(known, source.randrange(4)):
        count = source.choice([1, 1, 1, 3, 1000])
        wide = source.random() < 0.5
        values = [number(source, 2**32 - 1 if wide else 65_535) for _ in range(count)]
        changes[f"t{tag}"] = (4 if wide else 3, values)
    if source.random() < 0.3:
        changes["t259"] = (3, [source.choice([1, 5, 6, 7, 8, 32_773, 34_712, 50_000])])
    data = tiff_of(
        directories=_repeats(source), tags=source.choice([1, 10, 200]), **changes
    )
    changed = bytearray(data)
    if source.random() < 0.4:  # a count, or where the values lie
        at = int.from_bytes(data[4:8], "little")
        entry = at + 2 + 12 * source.randrange(9) + source.choice([2, 4, 8])
        changed[entry : entry + 4] = struct.pack("<I", number(source))
    return _tamper(bytes(changed), source, 0.1)


# DICOM


def in_dicom(
    frame: bytes, syntax: str, rows: int, columns: int, **attributes: Any
) -> bytes:
    """Put any bytes into a DICOM file as its compressed frame."""
    attributes = {"Rows": rows, "Columns": columns, **attributes}
    return dicom.build(dicom.ramp(8), syntax=syntax, frame=frame, **attributes)


def before_picture(*elements: bytes) -> bytes:
    """Insert encoded elements of explicit VR before the description of the picture."""
    data = dicom.build(dicom.ramp(12), bits=12)
    at = data.index(b"\x28\0\x02\0US")
    return data[:at] + b"".join(elements) + data[at:]


def before_pixels(element: bytes) -> bytes:
    """Insert an encoded element of explicit VR before the pixels."""
    data = dicom.build(dicom.ramp(12), bits=12)
    at = data.index(b"\xe0\x7f\x10\0")
    return data[:at] + element + data[at:]


def nested(depth: int, *, stated: bool = False) -> bytes:
    """Encode a sequence in a sequence, and so on, with or without stated lengths."""
    if not stated:
        head = _REGION_SEQUENCE + _UNDEFINED + _ITEM + _UNDEFINED
        return head * depth + (_ITEM_END + _SEQUENCE_END) * depth
    body = b""
    for _ in range(depth):
        item = _ITEM + struct.pack("<I", len(body)) + body
        body = _REGION_SEQUENCE + struct.pack("<I", len(item)) + item
    return body


def items(count: int) -> bytes:
    """Encode a sequence of so many empty items."""
    return _REGION_SEQUENCE + _UNDEFINED + (_ITEM + bytes(4)) * count + _SEQUENCE_END


def text_element(group: int, element: int, vr: bytes, text: bytes) -> bytes:
    return struct.pack("<HH2sH", group, element, vr, len(text)) + text


def mutate_dicom(source: Random) -> bytes:
    way = source.randrange(8)
    if way == 0:
        return before_picture(nested(_repeats(source), stated=source.random() < 0.5))
    if way == 1:
        return before_picture(items(_repeats(source)) * source.choice([1, 3]))
    if way == 2:
        unknown = b"\x09\0\2\0UN\0\0" + struct.pack("<I", number(source))
        return before_picture(unknown * max(1, _repeats(source)))
    if way == 3:  # long texts in what is read of a file
        keyword = source.choice(
            [
                (0x10, 0x1010, b"AS"),
                (0x28, 0x1050, b"DS"),
                (0x28, 0x30, b"DS"),
                (0x18, 0x1164, b"DS"),
                (0x08, 0x20, b"DA"),
                (0x18, 0x15, b"CS"),
                (0x28, 0x1053, b"DS"),
                (0x20, 0x20, b"CS"),
            ]
        )
        text = source.choice([b"1", b"1\\", b"9 ", b".", b"-", b"1e9", b"\xff"])
        element = text_element(
            *keyword, text * (source.choice([10, 1000, 60_000]) // len(text))
        )
        data = dicom.build(dicom.ramp(12), bits=12)
        tag = struct.pack("<HH", *keyword[:2])
        at = next((i for i in range(300, len(data), 2) if data[i : i + 4] >= tag), 400)
        return data[:at] + element + data[at:]
    if way == 4:
        choices: dict[str, list[Any]] = {
            "Rows": [0, 1, 64, 65_535],
            "Columns": [1, 80, 65_535],
            "BitsStored": [1, 8, 12, 16, 255],
            "BitsAllocated": [1, 8, 16, 32, 64],
            "HighBit": [0, 15, 65_535],
            "SamplesPerPixel": [1, 3, 255],
            "NumberOfFrames": ["1", "0", "2147483647"],
        }
        attributes = {
            name: source.choice(values)
            for name, values in choices.items()
            if source.random() < 0.3
        }
        return dicom.build(dicom.ramp(12), bits=12, **attributes)
    if way == 5:  # lengths of any element
        data = dicom.build(dicom.ramp(12), bits=12)
        at = 132 + source.randrange(500)
        return data[:at] + struct.pack("<I", number(source)) + data[at + 4 :]
    if way == 6:
        plain = b"\x08\0\x60\0CS\2\0CR" + bytes(source.choice([2**16, 2**24, 2**28]))
        deflated = dicom.build(dicom.ramp(12), bits=12, syntax=dicom.DEFLATED)
        packer = zlib.compressobj(9, wbits=-15)
        return deflated[:300] + packer.compress(plain) + packer.flush()
    fragment = _ITEM + struct.pack("<I", source.choice([0, 2, 2**31]))
    data = in_dicom(jpeg(), dicom.JPEG_BASELINE, 64, 64)
    at = data.index(_ITEM)
    return data[:at] + fragment * _repeats(source) + data[at:]


def mutate_jpeg_ls(source: Random) -> bytes:
    frame = bytes(imagecodecs.jpegls_encode(dicom.ramp(8), source.choice([0, 2])))
    preset = b"\xff\xf8" + struct.pack(
        ">HB5H", 13, 1, *(number(source, 65_535) for _ in range(5))
    )
    frame = frame[:2] + preset * source.choice([0, 1, 100]) + frame[2:]
    return in_dicom(_tamper(frame, source, 0.7), dicom.JPEG_LS, 64, 80)


def mutate_rle(source: Random) -> bytes:
    header = [
        number(source) if source.random() < 0.3 else n for n in (1, 64, *[0] * 14)
    ]
    runs = source.choice(
        [b"\x81\0", b"\x7f", b"\x80", b"\0\1", b"\xff\xff"]
    ) * _repeats(source)
    frame = struct.pack("<16I", *header) + runs
    rows = source.choice([64, 7000])
    return in_dicom(frame + b"\0" * (len(frame) % 2), dicom.RLE, rows, rows)


# ZIP and polyglots


def archive_of(members: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as made:
        for name, data in members.items():
            made.writestr(zipfile.ZipInfo(name), data, method)
    return file.getvalue()


def archive_list(count: int) -> bytes:
    """Write a ZIP archive that lists so many files and holds none."""
    entry = struct.pack(
        "<4s4B4H3I5H2I",
        b"PK\1\2",
        20,
        0,
        20,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        1,
        0,
        0,
        0,
        0,
        0,
        0,
    )
    listed = (entry + b"a") * count
    end = struct.pack(
        "<4s4H2IH", b"PK\5\6", 0, 0, count % 65_536, count % 65_536, len(listed), 44, 0
    )
    return b"PK\3\4" + bytes(40) + listed + end


def larger_member(real: int, claimed: int) -> bytes:
    """Pack a file that claims to be shorter than it is, with a fitting checksum."""
    data = bytearray(archive_of({"a.dcm": bytes(real)}))
    listed = data.index(b"PK\1\2")
    checksum = struct.pack("<I", zlib.crc32(bytes(claimed)))
    for at in (14, listed + 16):
        data[at : at + 4] = checksum
        data[at + 8 : at + 12] = struct.pack("<I", claimed)
    return bytes(data)


def deep_archive(depth: int) -> bytes:
    data = pictures.encode(_grey(), "PNG")
    for level in range(depth):
        data = archive_of({f"{level}.zip" if level else "a.png": data})
    return data


def mutate_archive(source: Random) -> bytes:
    way = source.randrange(6)
    if way == 0:
        return archive_list(source.choice([1, 5000, 5001, 40_000, 100_000]))
    if way == 1:
        return larger_member(source.choice([100, 2**20, 2**26]), number(source, 1000))
    if way == 2:
        return deep_archive(source.randrange(1, 30))
    if way == 3:
        return archive_of({"a.png": bytes(source.choice([2**10, 2**24, 2**26]))})
    names = [
        "../a.png",
        "/etc/a.png",
        "a\0.png",
        "x" * 60_000,
        "\u202ea.png",
        "DICOMDIR",
        "a\\b.png",
    ]
    data = bytearray(
        archive_of({n: palette_png(bytes(3)) for n in source.sample(names, 3)})
    )
    for _ in range(way - 3):
        listed = data.index(b"PK\1\2")
        at = listed + source.randrange(46)
        data[at : at + 4] = struct.pack("<I", number(source))
    return bytes(data)


def mutate_polyglot(source: Random) -> bytes:
    """Make a file that begins as one kind and goes on as another."""
    makers = [m for m in MUTANTS if m is not mutate_polyglot]
    one, other = (source.choice(makers)(source) for _ in range(2))
    way = source.randrange(3)
    if way == 0:
        return one + other
    if way == 1:
        return one[:128].ljust(128, b"\0") + dicom.build(dicom.ramp(12), bits=12)[128:]
    return one[: source.randrange(1, 200)] + other


MUTANTS: Final[list[Callable[[Random], bytes]]] = [
    mutate_jpeg,
    mutate_jpeg_2000,
    mutate_gif,
    mutate_webp,
    mutate_png,
    mutate_tiff,
    mutate_dicom,
    mutate_jpeg_ls,
    mutate_rle,
    mutate_archive,
    mutate_polyglot,
]


def make(index: int, seed: int) -> tuple[str, bytes]:
    """Build a mutant.

    Parameters
    ----------
    index, seed : int

    Returns
    -------
    kind : str
    data : bytes
    """
    source = random.Random(f"{seed}/{index}")  # noqa: S311
    maker = MUTANTS[index % len(MUTANTS)]
    return maker.__name__.removeprefix("mutate_"), maker(source)


# What once hung, killed or misled a reader, with the code that it gets.
NAMED: Final[dict[str, tuple[Callable[[], bytes], str]]] = {
    "JPEG 2000 with precincts of one pixel, in DICOM": (
        lambda: in_dicom(
            codestream(5000, 5000, precincts=b"\0"), dicom.JPEG_2000, 5000, 5000
        ),
        "too_complex",
    ),
    "JPEG 2000 with precincts of one pixel": (
        lambda: as_jp2(codestream(5000, 5000, precincts=b"\0")),
        "too_complex",
    ),
    "JPEG 2000 with code blocks of 4 x 4 pixels": (
        lambda: as_jp2(codestream(7000, 7000, block=(0, 0))),
        "too_complex",
    ),
    "JPEG 2000 of 65,535 layers": (
        lambda: as_jp2(codestream(2000, 2000, layers=65_535, precincts=b"\x66")),
        "too_complex",
    ),
    "JPEG 2000 whose places of precincts cross": (
        lambda: as_jp2(
            codestream(5000, 5000, order=3, levels=1, precincts=b"\x0f\xf0")
        ),
        "too_complex",
    ),
    "JPEG 2000 of very many boxes": (
        lambda: as_jp2(codestream(80, 80), b"\0\0\0\x08free" * 100_000),
        "too_complex",
    ),
    "JPEG 2000 behind a harmless one": (
        lambda: as_jp2(
            codestream(5000, 5000, precincts=b"\0"),
            b"\0\0\0\x80uuid" + codestream(80, 80).ljust(120, b"\0"),
        ),
        "too_complex",
    ),
    "progressive JPEG of repeated scans": (
        lambda: repeat_scans(jpeg(progressive=True, side=1000), 500),
        "too_complex",
    ),
    "JPEG of very many segments": (
        lambda: jpeg()[:2] + b"\xff\xfe\0\2" * 1_000_000 + jpeg()[2:],
        "too_complex",
    ),
    "JPEG that ends in many bytes FF": (
        lambda: jpeg()[:-2] + b"\xff" * 1_000_000,
        "damaged_picture",
    ),
    "JPEG that begins with many bytes FF": (
        lambda: jpeg()[:2] + b"\xff" * 1_000_000 + jpeg()[2:],
        "too_complex",
    ),
    "TIFF of a directory that is cut off": (
        tiff_of_a_cut_off_directory,
        "unknown_format",
    ),
    "TIFF of 20,000 directories": (lambda: tiff_of(directories=20_000), "too_complex"),
    "TIFF of very many tags": (
        lambda: tiff_of(directories=500, tags=1000),
        "too_complex",
    ),
    "TIFF of very many planes": (
        lambda: tiff_of(
            (700, 72), t277=(3, [60_000]), t284=(3, [2]), t278=(4, [1]), t258=(3, [8])
        ),
        "too_complex",
    ),
    "GIF of very many blocks": (lambda: gif_of(1, comments=1_000_000), "too_complex"),
    "GIF of 20,000 frames": (lambda: gif_of(20_000), "multi_frame"),
    "WebP of 1,001 frames": (lambda: webp_of(80, 80, 1001), "too_complex"),
    "WebP on a large canvas": (lambda: webp_of(12_000, 12_000, 1), "too_large"),
    "PNG of very many chunks": (
        lambda: pictures.build_grey_png(*[(b"teSt", b"")] * 200_000),
        "too_complex",
    ),
    "BMP of very many runs": (lambda: bmp_of_runs(3_000_000), "too_complex"),
    "DICOM of very many items": (
        lambda: before_picture(items(1_000_000)),
        "too_complex",
    ),
    "DICOM of many items in a stated length": (
        lambda: before_picture(
            _REGION_SEQUENCE + struct.pack("<I", 400_000) + (_ITEM + bytes(4)) * 50_000
        ),
        "too_complex",
    ),
    "DICOM of nested sequences": (lambda: before_picture(nested(100)), "too_complex"),
    "DICOM of a number of 30,000 digits": (
        lambda: before_pixels(text_element(0x28, 0x1050, b"DS", b"1" * 29_999 + b"x")),
        "read",
    ),
    "DICOM of 30,000 numbers": (
        lambda: before_pixels(text_element(0x28, 0x1050, b"DS", b"1\\" * 30_000)),
        "read",
    ),
    "DICOM of very many meta elements": (
        lambda: bytes(128) + b"DICM" + b"\2\0\2\0UI\0\0" * 1_000_000,
        "too_complex",
    ),
    "ZIP that lists two million files": (lambda: archive_list(2_000_000), "too_large"),
    "ZIP of a file that is larger than it claims": (
        lambda: larger_member(100_000_000, 1000),
        "damaged_archive",
    ),
    "ZIP of 5,000 files of one name": (lambda: archive_list(5000), "damaged_archive"),
    "ZIP that unpacks to a thousand times": (
        lambda: archive_of({"a.png": bytes(2**26)}),
        "too_large",
    ),
    "ZIP of 30 levels": (lambda: deep_archive(30), "nested_archive"),
}
