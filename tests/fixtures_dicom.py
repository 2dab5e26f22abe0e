"""Read drawn DICOM files, or tell why they are refused."""

from typing import Any

import dicom_files as files
import pytest
from numpy.typing import NDArray

from pneumonia.errors import UnsupportedRadiographError
from pneumonia.reading.dicom import DicomImage, read_dicom
from pneumonia.reading.radiograph import read_radiograph

GREY = files.ramp(12)


def read(pixels: NDArray[Any] = GREY, **options: Any) -> DicomImage:
    options.setdefault("bits", 12 if pixels.dtype.itemsize == 2 else 8)
    data = files.build(pixels, **options)
    return read_dicom(data, max_pixels=20_000, min_side=8)


def code_of(data: bytes) -> str:
    with pytest.raises(UnsupportedRadiographError) as caught:
        read_radiograph(data)
    return caught.value.code
