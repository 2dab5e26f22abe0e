"""What a file is that no reader here takes, by its first bytes."""

from typing import Final

# Pictures that are read, so that their header must be damaged.
_READ: Final = (
    (b"\xff\xd8\xff", "JPEG"),
    (b"\x89PNG", "PNG"),
    (b"II*\0", "TIFF"),
    (b"MM\0*", "TIFF"),
    (b"II+\0", "TIFF"),
    (b"MM\0+", "TIFF"),
    (b"BM", "BMP"),
    (b"RIFF", "WebP"),
    (b"GIF8", "GIF"),
    (b"\0\0\0\x0cjP  \r\n\x87\n", "JPEG 2000"),
    (b"\xff\x4f\xff\x51", "JPEG 2000"),
)
_NAMED: Final = (
    (b"\xff\x0a", "JPEG XL"),
    (b"\0\0\0\x0cJXL \r\n\x87\n", "JPEG XL"),
    (b"II\xbc\x01", "JPEG XR"),
    (b"8BPS", "Photoshop"),
    (b"qoif", "QOI"),
    (b"\0\0\1\0", "icon (ICO)"),
    (b"gimp xcf", "GIMP"),
    (b"\x8aMNG", "MNG"),
    (b"v/1\x01", "OpenEXR"),
    (b"NRRD", "NRRD"),
    (b"\x93NUMPY", "NumPy"),
    (b"\x89HDF", "HDF5"),
    (b"Rar!", "RAR"),
    (b"7z\xbc\xaf", "7-Zip"),
    (b"\x1f\x8b", "gzip"),
    (b"BZh", "bzip2"),
    (b"\xfd7zXZ", "XZ"),
    (b"\xd0\xcf\x11\xe0", "Microsoft Office"),
    (b"MZ", "Windows program"),
    (b"\x1aE\xdf\xa3", "Matroska video"),
    (b"OggS", "Ogg"),
)
# Brands of the ISO base media file format (ISO/IEC 14496-12), which many formats share.
_BRANDS: Final = {
    "HEIC": ("heic", "heix", "heim", "heis", "hevc", "hevx", "mif1", "msf1"),
    "AVIF": ("avif", "avis"),
    "QuickTime video": ("qt  ",),
}
_NIFTI_MAGIC: Final = (b"n+1\0", b"ni1\0")
_NIFTI_AT: Final = 344


def recognise(data: bytes) -> tuple[str, str]:
    """Tell what a file is that could not be opened as a picture.

    Parameters
    ----------
    data : bytes
        The whole file.

    Returns
    -------
    code : str
        A key of `pneumonia.reasons.refusals.RECEIVED`.
    name : str
        Of the format; empty where the code says it all.
    """
    if data.startswith(b"%PDF"):
        return "pdf", ""
    if data.startswith(b"PK\x03\x04"):
        return "zip_archive", ""
    if data[:512].isascii() and b"\0" not in data[:512]:
        return "text", ""
    for signature, name in _READ:
        if data.startswith(signature):
            return "rare_or_damaged_header", name
    for signature, name in _NAMED:
        if data.startswith(signature):
            return "named_format", name
    if data[4:8] == b"ftyp":
        name = _name_of_brand(data)
        return ("rare_or_damaged_header" if name == "AVIF" else "named_format"), name
    if data[_NIFTI_AT : _NIFTI_AT + 4] in _NIFTI_MAGIC:
        return "named_format", "NIfTI"
    return "unknown_bytes", ""


def _name_of_brand(data: bytes) -> str:
    """Name a file by its main brand, else by one that it is compatible with."""
    end = min(int.from_bytes(data[:4], "big"), 256)
    brands = [data[8:12], *(data[at : at + 4] for at in range(16, end, 4))]
    for brand in brands:
        for name, known in _BRANDS.items():
            if brand.decode("latin-1") in known:
                return name
    return "MP4 video"
