import logging
import os
import warnings
from pathlib import Path

import dicom_files as files
import numpy as np
import pytest
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from pneumonia.errors import (
    RadiographError,
    UnreadableRadiographError,
    UnsupportedRadiographError,
)
from pneumonia.reading.dicom import read_dicom
from pneumonia.reading.dicom_parser import ALLOWED, is_dicom, parse_dicom
from pneumonia.reading.model_input import to_8_bit
from pneumonia.reading.radiograph import read_radiograph

GREY = files.ramp(12)
_BESIDE = Path(__file__).parents[3] / "shared" / "data"
REAL = Path(os.environ.get("PNEUMONIA_DATA", _BESIDE)) / "dicom"
needs_real_files = pytest.mark.skipif(not REAL.is_dir(), reason="no real files here")


def read(pixels=GREY, **options):
    options.setdefault("bits", 12 if pixels.dtype.itemsize == 2 else 8)
    data = files.build(pixels, **options)
    return read_dicom(data, max_pixels=20_000, min_side=8)


def code_of(data):
    with pytest.raises(UnsupportedRadiographError) as caught:
        read_radiograph(data)
    return caught.value.code


# Recognised by content


@pytest.mark.parametrize("preamble", [True, False])
@pytest.mark.parametrize("file_meta", [True, False])
@pytest.mark.parametrize(
    "syntax", [files.IMPLICIT, files.EXPLICIT, files.BIG_ENDIAN, files.RLE]
)
def test_is_recognised_without_preamble_and_header(preamble, file_meta, syntax):
    data = files.build(
        GREY, bits=12, syntax=syntax, preamble=preamble, file_meta=file_meta
    )

    assert is_dicom(data)
    np.testing.assert_array_equal(read_radiograph(data).pixels, GREY)


@pytest.mark.parametrize(
    "start", [b"", b"\x89PNG\r\n", b"\xff\xd8\xff", b"%PDF", b"PK"]
)
def test_other_files_are_no_dicom(start):
    assert not is_dicom(start + b"\1" * (200 if start else 0))


@pytest.mark.parametrize(
    "syntax",
    [files.IMPLICIT, files.EXPLICIT, files.DEFLATED, files.BIG_ENDIAN],
)
def test_reads_every_uncompressed_transfer_syntax(syntax):
    np.testing.assert_array_equal(read(syntax=syntax).pixels, GREY)


@pytest.mark.parametrize(
    "syntax",
    [files.JPEG_LOSSLESS, files.JPEG_LS, files.JPEG_2000_LOSSLESS, files.RLE],
)
def test_reads_compressed_pixels_whose_transfer_syntax_is_missing(syntax):
    image = read(syntax=syntax, state_syntax=False)

    np.testing.assert_array_equal(image.pixels, GREY)


def test_reads_compressed_pixels_that_are_called_uncompressed():
    frame = files.encode(GREY, files.JPEG_LS, 12)
    data = files.build(GREY, bits=12, syntax=files.JPEG_LS, frame=frame)
    data = data.replace(b"1.2.840.10008.1.2.4.80", b"1.2.840.10008.1.2.1\0\0\0")

    np.testing.assert_array_equal(read_radiograph(data).pixels, GREY)


def test_reads_uncompressed_pixels_that_are_called_compressed():
    data = files.build(GREY, bits=12)
    data = data.replace(
        b"UI\x14\x001.2.840.10008.1.2.1\0", b"UI\x16\x001.2.840.10008.1.2.4.80"
    )

    np.testing.assert_array_equal(read_radiograph(data).pixels, GREY)


def test_reads_a_frame_in_several_fragments():
    frame = files.encode(GREY, files.JPEG_LS, 12)
    whole = files.build(GREY, bits=12, syntax=files.JPEG_LS, frame=frame)
    half = len(frame) // 4 * 2
    padded = frame + b"\0" * (len(frame) % 2)

    def items(*fragments):
        return b"".join(
            b"\xfe\xff\x00\xe0" + len(part).to_bytes(4, "little") + part
            for part in fragments
        )

    split = whole.replace(items(padded), items(padded[:half], padded[half:]))

    assert len(split) == len(whole) + 8
    np.testing.assert_array_equal(read_radiograph(split).pixels, GREY)


# Stored values


@pytest.mark.parametrize("bits", [8, 10, 12, 14, 15, 16])
def test_reads_every_depth_in_16_bits(bits):
    grey = files.ramp(bits).astype(np.uint16)

    image = read(grey, bits=bits)

    np.testing.assert_array_equal(image.pixels, grey)
    assert image.pixels.dtype == (np.uint8 if bits == 8 else np.uint16)


@pytest.mark.parametrize("high_bit", [11, 13, 15])
@pytest.mark.parametrize("syntax", [files.EXPLICIT, files.RLE, files.BIG_ENDIAN])
def test_reads_any_high_bit(high_bit, syntax):
    cells = GREY << (high_bit - 11)

    image = read(cells, bits=12, HighBit=high_bit, syntax=syntax)

    np.testing.assert_array_equal(image.pixels, GREY)


def test_bits_beyond_those_stored_are_cut_off():
    cells = GREY | np.uint16(0xF000)  # an overlay, as they were once stored

    np.testing.assert_array_equal(read(cells, bits=12).pixels, GREY)


@pytest.mark.parametrize("syntax", [files.EXPLICIT, files.RLE, files.BIG_ENDIAN])
def test_reads_signed_values(syntax):
    signed = GREY.astype(np.int16) - 2048

    image = read(signed, syntax=syntax)

    np.testing.assert_array_equal(image.pixels, GREY)
    assert image.units.intercept == -2048


@pytest.mark.parametrize("syntax", [files.JPEG_LOSSLESS, files.JPEG_LS])
def test_reads_signed_values_from_codecs_that_know_none(syntax):
    signed = GREY.astype(np.int16) - 2048
    frame = files.encode(signed.view(np.uint16) & 0xFFF, syntax, 12)

    image = read(signed, syntax=syntax, frame=frame)

    np.testing.assert_array_equal(image.pixels, GREY)


def test_signed_jpeg_2000_is_read():
    signed = GREY.astype(np.int16) - 2048
    frame = files.encode(signed, files.JPEG_2000_LOSSLESS, 12)

    image = read(signed, syntax=files.JPEG_2000_LOSSLESS, frame=frame)

    np.testing.assert_array_equal(image.pixels, GREY)


def test_samples_and_representation_may_be_left_out():
    image = read(SamplesPerPixel=None, PixelRepresentation=None, HighBit=None)

    np.testing.assert_array_equal(image.pixels, GREY)


def test_lossy_values_beyond_the_bits_stored_are_clipped():
    frame = files.encode(GREY, files.JPEG_EXTENDED, 12)

    image = read(GREY, bits=10, syntax=files.JPEG_EXTENDED, frame=frame)

    assert image.pixels[-1, -1] == 1023


def test_reads_8_bits_as_8_bits():
    grey = files.ramp(8)

    image = read(grey)

    assert image.pixels.dtype == np.uint8
    np.testing.assert_array_equal(image.pixels, grey)
    assert image.window == (0, 255)


# Colour


@pytest.mark.parametrize(
    "syntax", [files.EXPLICIT, files.BIG_ENDIAN, files.RLE, files.JPEG_LS]
)
def test_grey_in_rgb_is_read(syntax):
    grey = files.ramp(8)

    image = read(np.stack([grey] * 3, -1), syntax=syntax)

    np.testing.assert_array_equal(image.pixels, grey)
    assert image.window is None
    assert image.units is None


@pytest.mark.parametrize("syntax", [files.JPEG_BASELINE, files.JPEG_2000])
@pytest.mark.parametrize("photometric", ["RGB", "YBR_FULL_422", "YBR_ICT"])
def test_grey_in_lossy_colour_is_read_whatever_it_is_called(syntax, photometric):
    grey = files.ramp(8)

    image = read(
        np.stack([grey] * 3, -1), syntax=syntax, PhotometricInterpretation=photometric
    )

    assert np.abs(image.pixels.astype(int) - grey).mean() < 2


def test_grey_in_planes_is_read():
    grey = files.ramp(8)
    data = np.stack([grey] * 3).tobytes()

    image = read(np.stack([grey] * 3, -1), PlanarConfiguration=1, PixelData=data)

    np.testing.assert_array_equal(image.pixels, grey)


def test_grey_in_luma_and_chroma_is_read():
    grey = files.ramp(8)
    channels = np.stack([grey, np.full_like(grey, 128), np.full_like(grey, 128)], -1)

    image = read(channels, PhotometricInterpretation="YBR_FULL")

    np.testing.assert_array_equal(image.pixels, grey)


def test_grey_in_subsampled_chroma_is_read():
    grey = files.ramp(8)
    pairs = np.full((64, 40, 4), 128, np.uint8)  # Y Y Cb Cr
    pairs[..., :2] = grey.reshape(64, 40, 2)

    image = read(
        np.stack([grey] * 3, -1),
        PhotometricInterpretation="YBR_FULL_422",
        PixelData=pairs.tobytes(),
    )

    np.testing.assert_array_equal(image.pixels, grey)


def palette(red, green, blue):
    tables = {}
    for name, table in (("Red", red), ("Green", green), ("Blue", blue)):
        tables[f"{name}PaletteColorLookupTableDescriptor"] = [256, 0, 16]
        data = np.asarray(table, "<u2").tobytes()
        tables[f"{name}PaletteColorLookupTableData"] = data
    return {"PhotometricInterpretation": "PALETTE COLOR", **tables}


def test_grey_palette_is_read():
    greys = np.arange(256) * 257

    image = read(files.ramp(8), **palette(greys, greys, greys))

    np.testing.assert_array_equal(image.pixels, files.ramp(8).astype(int) * 257)


def test_coloured_palette_is_refused():
    greys = np.arange(256) * 257
    data = files.build(files.ramp(8), **palette(greys, greys[::-1], greys))

    assert code_of(data) == "colour_image"


@pytest.mark.parametrize(
    "syntax", [files.EXPLICIT, files.RLE, files.JPEG_BASELINE, files.JPEG_2000]
)
def test_colour_is_refused(syntax):
    grey = files.ramp(8)
    colour = np.stack([grey, grey[::-1], grey[:, ::-1]], -1)

    assert code_of(files.build(colour, syntax=syntax)) == "colour_image"


# Refused before decoding


def test_several_frames_are_refused():
    data = files.build(np.tile(GREY, (2, 1)), bits=12, Rows=64, NumberOfFrames=2)

    assert code_of(data) == "multi_frame"


@pytest.mark.parametrize(
    "attributes",
    [
        {"PresentationIntentType": "FOR PROCESSING"},
        {"SOPClassUID": files.DX_FOR_PROCESSING},
    ],
)
def test_images_for_processing_are_refused(attributes):
    assert code_of(files.build(GREY, bits=12, **attributes)) == "for_processing"


def test_images_for_presentation_are_read():
    image = read(PresentationIntentType="FOR PRESENTATION")

    assert image.attributes.presentation_intent == "FOR PRESENTATION"


@pytest.mark.parametrize(
    ("sop_class", "modality", "name"),
    [
        (files.ENCAPSULATED_PDF, "DOC", "Encapsulated PDF Storage"),
        (files.DICOMDIR, None, "Media Storage Directory Storage"),
        ("1.2.840.10008.5.1.4.1.1.88.11", "SR", "Basic Text SR Storage"),
    ],
)
def test_files_without_pixels_are_refused_by_name(sop_class, modality, name):
    data = files.build(SOPClassUID=sop_class, Modality=modality)

    with pytest.raises(UnsupportedRadiographError, match=name) as caught:
        read_radiograph(data)
    assert caught.value.code == "no_pixels"


def test_empty_pixels_are_refused():
    assert code_of(files.build(GREY, bits=12, PixelData=b"")) == "no_pixels"


def test_small_pictures_are_refused():
    assert code_of(files.build(GREY[:63], bits=12)) == "too_small"


def test_large_pictures_are_refused_by_their_header():
    assert code_of(files.build(GREY, bits=12, Rows=65_535, Columns=800)) == "too_large"


def test_large_colour_pictures_are_refused_by_their_header():
    colour = np.stack([files.ramp(8)] * 3, -1)

    assert code_of(files.build(colour, Rows=5000, Columns=5000)) == "too_large"


def test_a_deflated_bomb_is_refused_before_it_fills_the_memory():
    data = files.build(np.zeros((64, 80), np.uint16), bits=12, syntax=files.DEFLATED)

    with pytest.raises(UnsupportedRadiographError) as caught:
        read_dicom(data, max_pixels=1000, min_side=8)
    assert caught.value.code == "too_large"


def test_an_unknown_transfer_syntax_is_refused_by_name():
    data = files.build(GREY, bits=12, syntax=files.JPEG_LS)
    data = data.replace(b"1.2.840.10008.1.2.4.80", b"1.2.840.10008.1.2.4.93")

    with pytest.raises(UnsupportedRadiographError, match="JPEG 2000 Part 2") as caught:
        read_radiograph(data)
    assert caught.value.code == "missing_decoder"


def test_a_blank_picture_is_refused():
    assert code_of(files.build(np.full((64, 80), 7, np.uint16))) == "low_contrast"


def test_a_picture_that_is_blank_beside_its_padding_is_refused():
    blank = np.full((64, 80), 7, np.uint16)
    blank[:30] = 9

    assert code_of(files.build(blank, PixelPaddingValue=9)) == "low_contrast"


@pytest.mark.parametrize(
    ("attributes", "message"),
    [
        ({"BitsStored": 20}, "Bits Stored"),
        ({"BitsAllocated": 12}, "Bits Allocated"),
        ({"Rows": None}, "needs Rows of at least 1"),
        ({"PhotometricInterpretation": "PURPLE"}, "Received: PURPLE with 1"),
        ({"PhotometricInterpretation": "RGB"}, "Received: RGB with 1"),
        ({"PhotometricInterpretation": None}, "Received: NONE with 1"),
        ({"PixelData": b"\0" * 100}, "damaged"),
    ],
)
def test_files_that_break_the_standard_are_unreadable(attributes, message):
    with pytest.raises(UnreadableRadiographError, match=message):
        read_radiograph(files.build(GREY, **{"bits": 12, **attributes}))


@pytest.mark.parametrize("length", [133, 200, 400, 1000])
def test_a_file_that_is_cut_off_is_no_radiograph(length):
    with pytest.raises(RadiographError):
        read_radiograph(files.build(GREY, bits=12)[:length])


def insert(data, junk):
    """Put elements of group 0009 before those of the picture."""
    at = data.index(b"\x28\0\x02\0US")
    return data[:at] + junk + data[at:]


@pytest.mark.parametrize(
    "junk",
    [
        b"\x09\0\x10\0LO\0\0" * 300_000,
        b"\x09\0\x10\x10SQ\0\0\xff\xff\xff\xff"
        + b"\xfe\xff\0\xe0\0\0\0\0" * 300_000
        + b"\xfe\xff\xdd\xe0\0\0\0\0",
        b"\x09\0\x10\x10SQ\0\0\xff\xff\xff\xff\xfe\xff\0\xe0\xff\xff\xff\xff" * 9000,
    ],
    ids=["elements", "items", "nesting"],
)
def test_a_file_of_very_many_elements_is_given_up(junk):
    with pytest.raises(UnreadableRadiographError):
        read_radiograph(insert(files.build(GREY, bits=12), junk))


def test_a_value_that_is_far_too_long_is_not_read():
    windows = "\\".join(["1"] * 300_000)

    with pytest.raises(UnreadableRadiographError):
        read_radiograph(
            files.build(GREY, bits=12, syntax=files.IMPLICIT, WindowCenter=windows)
        )


def test_pixels_in_very_many_fragments_are_not_read():
    frame = files.encode(GREY, files.JPEG_LS, 12)
    data = files.build(GREY, bits=12, syntax=files.JPEG_LS, frame=frame)
    start = data.index(b"\xfe\xff\0\xe0")

    fragments = b"\xfe\xff\0\xe0\0\0\0\0" * 30_000
    with pytest.raises(UnreadableRadiographError):
        read_radiograph(data[:start] + fragments + data[start:])


# What is known of it


def test_the_depth_is_kept_beside_the_window():
    radiograph = read_radiograph(
        files.build(GREY, bits=12, WindowCenter=1000, WindowWidth=201)
    )

    np.testing.assert_array_equal(radiograph.pixels, GREY)
    assert radiograph.window == (899.5, 1099.5)
    assert to_8_bit(radiograph)[0, 0] == 0
    assert to_8_bit(radiograph)[-1, -1] == 255
    assert 120 <= to_8_bit(radiograph)[GREY == 1000][0] <= 135


def test_the_window_is_applied_to_8_bits_too():
    radiograph = read_radiograph(
        files.build(files.ramp(8), WindowCenter=100, WindowWidth=51)
    )

    assert to_8_bit(radiograph)[0, 0] == 0
    assert (to_8_bit(radiograph)[radiograph.pixels > 125] == 255).all()


def test_pixels_are_read_only():
    assert not read_radiograph(files.build(GREY, bits=12)).pixels.flags.writeable


@pytest.mark.filterwarnings("ignore:Invalid value for VR")
@pytest.mark.parametrize(
    ("text", "years"),
    [
        ("004Y", 4),
        ("018M", 1.5),
        ("026W", 0.498),
        ("010D", 0.0274),
        ("62", 62),
        ("abcY", None),
        ("", None),
        (None, None),
    ],
)
def test_age_is_read_from_patient_age_only(text, years):
    image = read(PatientAge=text, PatientBirthDate="20190101")

    assert image.attributes.patient_age == pytest.approx(years, abs=0.001)


def test_spacing_is_that_of_the_patient_first():
    image = read(PixelSpacing=[0.1, 0.2], ImagerPixelSpacing=[0.3, 0.3])

    assert image.attributes.pixel_spacing == (0.1, 0.2)
    assert not image.attributes.spacing_at_detector


def test_spacing_at_the_detector_is_called_so():
    image = read(ImagerPixelSpacing=[0.3, 0.4])

    assert image.attributes.pixel_spacing == (0.3, 0.4)
    assert image.attributes.spacing_at_detector


def test_impossible_spacing_is_none():
    assert read(PixelSpacing=[0, 1]).attributes.pixel_spacing is None


@pytest.mark.parametrize(
    ("value", "known"), [("YES", True), ("NO", False), (None, None)]
)
def test_burned_in_annotation_is_known_or_not(value, known):
    assert read(BurnedInAnnotation=value).attributes.burned_in_annotation is known


def test_view_comes_from_its_code_where_the_position_is_empty():
    view = Dataset()
    view.CodeMeaning = "lateral"

    image = read(ViewPosition="", ViewCodeSequence=Sequence([view]))

    assert image.attributes.view_position == "LATERAL"


@pytest.mark.filterwarnings("ignore:Invalid value for VR")
def test_attributes_are_in_capitals():
    image = read(BodyPartExamined="chest", ImageLaterality="u")

    assert image.attributes.body_part == "CHEST"
    assert image.attributes.laterality == "U"


# Privacy


def test_identifying_attributes_are_not_allowed():
    forbidden = ("Patient", "Study", "Series", "Date", "Time", "Name", "Instance")
    harmless = {"PatientAge", "PatientOrientation"}

    allowed = set(ALLOWED) - harmless
    assert not [word for word in allowed for part in forbidden if part in word]


def test_identifying_attributes_are_not_parsed():
    dataset = parse_dicom(files.build(GREY, bits=12), max_bytes=10**6)

    assert "PatientName" not in dataset
    assert "PatientID" not in dataset
    assert "StudyDate" not in dataset


def test_a_damaged_file_gives_neither_message_nor_log_with_the_patient(caplog):
    data = files.build(GREY, bits=12, PixelData=b"\0" * 9)

    with (
        caplog.at_level(logging.DEBUG),
        pytest.raises(UnreadableRadiographError) as caught,
    ):
        read_radiograph(data)

    assert "Doe" not in str(caught.value) + caplog.text


def test_odd_values_give_no_python_warning():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        data = files.build(GREY, bits=12, PatientAge="four", WindowCenter="nan")

    read_radiograph(data)  # pytest makes every warning an error


# Real files


@needs_real_files
def test_relabelled_monochrome1_is_the_exact_inverse():
    upright = read_radiograph((REAL / "chest/jpeg_baseline.dcm").read_bytes())
    inverse = read_radiograph((REAL / "chest/monochrome1_relabelled.dcm").read_bytes())

    np.testing.assert_array_equal(inverse.pixels, 255 - upright.pixels)
    np.testing.assert_array_equal(to_8_bit(inverse), 255 - to_8_bit(upright))


@needs_real_files
@pytest.mark.parametrize(
    ("syntax", "worst", "mean"),
    [
        ("J2KR", 0, 0),
        ("JLSL", 0, 0),
        ("JPLL", 0, 0),
        ("JLSN", 4, 2.5),
        ("J2KI", 90, 1.5),
        ("JPLY", 110, 4),
    ],
)
@pytest.mark.parametrize("name", ["RG2", "RG3"])
def test_real_files_decode_to_the_same_picture_within_the_loss(
    name, syntax, worst, mean
):
    folder = REAL / "not_chest"
    plain = read_radiograph((folder / f"{name}_RLE.dcm").read_bytes())
    packed = read_radiograph((folder / f"{name}_{syntax}.dcm").read_bytes())

    difference = np.abs(packed.pixels.astype(int) - plain.pixels)
    assert difference.max() <= worst
    assert difference.mean() <= mean


@needs_real_files
def test_a_real_10_bit_monochrome1_chest_has_dark_lungs():
    data = (REAL / "chest/burned_in_name_rle.dcm").read_bytes()

    levels = to_8_bit(read_radiograph(data)).astype(float)

    # On this film the middle holds the spine, with a lung on either side of it.
    height, width = levels.shape
    rows = slice(height // 4, height // 2)
    right_lung = levels[rows, width // 4 : width // 3].mean()
    spine = levels[rows, int(width * 0.47) : int(width * 0.53)].mean()
    assert right_lung < spine
