"""Fixed, named perturbations that leave the lungs on a radiograph as they are.

They imitate other scanners, other technicians and other file formats. A network that
relies on the lungs keeps its score under each. Validation and the held-out internal
test are scored under all of them. No network is trained on them.
"""

import io
import zlib
from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

Grey = NDArray[np.uint8]
Perturbation = Callable[[Grey], Grey]


def _table(
    change: Callable[[NDArray[np.float64]], NDArray[np.float64]],
) -> Perturbation:
    """Make a perturbation from a function of grey levels in [0, 255]."""
    levels = np.arange(256, dtype=np.float64)
    table = np.asarray(np.rint(np.clip(change(levels), 0, 255)), np.uint8)
    return lambda grey: np.asarray(table[grey])


def _gamma(exponent: float) -> Perturbation:
    return _table(lambda levels: 255 * (levels / 255) ** exponent)


def _contrast(factor: float) -> Perturbation:
    return _table(lambda levels: (levels - 127.5) * factor + 127.5)


def _brightness(offset: float) -> Perturbation:
    return _table(lambda levels: levels + offset)


def _blur(sigma_at_224: float) -> Perturbation:
    """Blur by a Gaussian; sigma is given for a square of 224 pixels."""

    def perturb(grey: Grey) -> Grey:
        sigma = sigma_at_224 * min(grey.shape) / 224
        return np.asarray(cv2.GaussianBlur(grey, (0, 0), sigma), np.uint8)

    return perturb


def scale_local_contrast(grey: Grey, factor: float, reach: float = 15.0) -> Grey:
    """Scale local contrast, as the processing of a radiograph does.

    Parameters
    ----------
    grey : ndarray of uint8, shape (H, W)
    factor : float
        Scales the difference from the blurred radiograph. Below 1 the lungs look
        hazy, above 1 clear.
    reach : float
        Standard deviation of that blur, in pixels of a square of 224. The default is
        about the size of a lung zone.

    Returns
    -------
    ndarray of uint8, shape (H, W)
    """
    blurred = cv2.GaussianBlur(grey, (0, 0), reach * min(grey.shape) / 224)
    return np.asarray(cv2.addWeighted(grey, factor, blurred, 1 - factor, 0))


def _local_contrast(factor: float, reach: float = 15.0) -> Perturbation:
    return lambda grey: scale_local_contrast(grey, factor, reach)


def _noise(grey: Grey) -> Grey:
    """Add Gaussian noise with sigma 10, the same for the same radiograph."""
    rng = np.random.default_rng(zlib.crc32(grey.tobytes()))
    noisy = grey + 10 * rng.standard_normal(grey.shape, np.float32)
    return np.asarray(np.rint(np.clip(noisy, 0, 255)), np.uint8)


def _jpeg(grey: Grey) -> Grey:
    """Compress as JPEG at quality 30."""
    file = io.BytesIO()
    Image.fromarray(grey).save(file, "JPEG", quality=30)
    return np.array(Image.open(file))


def _through_half(grey: Grey) -> Grey:
    """Halve the side and enlarge again, by other resampling than the reader's."""
    size = (grey.shape[1], grey.shape[0])
    half = cv2.resize(grey, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.resize(half, size, interpolation=cv2.INTER_LINEAR), np.uint8)


def _crop(grey: Grey) -> Grey:
    """Cut 8 % off each side."""
    rows, columns = (round(0.08 * side) for side in grey.shape)
    return grey[rows:-rows, columns:-columns]


def _collimate(grey: Grey) -> Grey:
    """Blacken a border of 6 % of the side, like the shadow of a collimator."""
    rows, columns = (round(0.06 * side) for side in grey.shape)
    framed = np.zeros_like(grey)
    framed[rows:-rows, columns:-columns] = grey[rows:-rows, columns:-columns]
    return framed


def _affine(matrix: NDArray[np.float64], grey: Grey) -> Grey:
    """Map about the centre; what comes into view from outside is black."""
    rows, columns = grey.shape
    centre = np.array([(columns - 1) / 2, (rows - 1) / 2])
    placed = np.column_stack([matrix, centre - matrix @ centre])
    return np.asarray(cv2.warpAffine(grey, placed, (columns, rows)), np.uint8)


def _rotate(degrees: float) -> Perturbation:
    angle = np.deg2rad(degrees)
    matrix = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    return lambda grey: _affine(matrix, grey)


def _stretch(*, horizontal: float = 1.0, vertical: float = 1.0) -> Perturbation:
    """Change the anatomy's aspect ratio inside an unchanged frame."""
    return lambda grey: _affine(np.diag([horizontal, vertical]), grey)


def _mark(grey: Grey) -> Grey:
    """Paste a side marker and a line of text into opposite corners."""
    marked = grey.copy()
    unit = min(grey.shape) / 224
    for text, place, size in (
        ("R", (0.05, 0.14), 0.8),
        ("AP SUPINE", (0.62, 0.95), 0.35),
    ):
        origin = (round(place[0] * grey.shape[1]), round(place[1] * grey.shape[0]))
        cv2.putText(
            marked,
            text,
            origin,
            cv2.FONT_HERSHEY_SIMPLEX,
            size * unit,
            255,
            max(1, round(2 * unit * size)),
            cv2.LINE_AA,
        )
    return marked


# Mean native widths of the two classes of the training folder, in pixels.
_NORMAL_WIDTH, _PNEUMONIA_WIDTH = 1674, 1205


def _through_width(factor: float) -> Perturbation:
    """Resample as if the detector had had `factor` times as many columns.

    Normals of the training folder have wider files than pneumonias. The factors below
    resample a radiograph through the mean width of the other class and back.
    """

    def perturb(grey: Grey) -> Grey:
        image = Image.fromarray(grey)
        through = (round(grey.shape[1] * factor), round(grey.shape[0] * factor))
        small = image.resize(through, Image.Resampling.BICUBIC)
        return np.array(small.resize(image.size, Image.Resampling.BICUBIC))

    return perturb


CORRUPTIONS: dict[str, Perturbation] = {
    "gamma 0.7": _gamma(0.7),
    "gamma 1.4": _gamma(1.4),
    "contrast 0.6": _contrast(0.6),
    "contrast 1.4": _contrast(1.4),
    "local contrast 0.6": _local_contrast(0.6),
    "local contrast 1.6": _local_contrast(1.6),
    "brightness -35": _brightness(-35),
    "brightness +35": _brightness(35),
    "blur": _blur(1.2),
    # Unsharp masking as processing stations apply it.
    "sharpen": _local_contrast(2.0, reach=2.0),
    "noise": _noise,
    "JPEG quality 30": _jpeg,
    "through half size": _through_half,
    "crop 8 %": _crop,
    "collimation border": _collimate,
    "rotation +7°": _rotate(7),
    "rotation -7°": _rotate(-7),
    "markers": _mark,
    "vertical stretch 1.22": _stretch(vertical=1.22),
    "vertical stretch 0.82": _stretch(vertical=0.82),
    "horizontal stretch 1.22": _stretch(horizontal=1.22),
    "horizontal stretch 0.82": _stretch(horizontal=0.82),
    "through narrower width": _through_width(_PNEUMONIA_WIDTH / _NORMAL_WIDTH),
    "through wider width": _through_width(_NORMAL_WIDTH / _PNEUMONIA_WIDTH),
}
