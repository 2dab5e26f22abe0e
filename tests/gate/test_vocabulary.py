"""Words that devices and people write for body part, view and modality."""

import pytest

from pneumonia.gate.vocabulary import (
    Meaning,
    understand_body_part,
    understand_modality,
    understand_view,
)


@pytest.mark.parametrize(
    "text",
    """CHEST|chest|Thorax|CHEST_PA|CHESTPA|APCHEST|RX TORAX|RXTORAX|TÓRAX|Tórax AP|PECHO
    |POITRINE|Poumons|BRUST|Brustkorb|TORACE|PEITO|PULMÕES|LUNG FIELDS|KLATKA PIERSIOWA
    |HRUDNÍK|GÖĞÜS|AKCİĞER|ГРУДНАЯ КЛЕТКА|Органы грудной клетки|ОГК|лёгкие|ΘΩΡΑΚΑΣ|胸部
    |胸部正面|肺|흉부|صدر|الصدر|חזה|ngực|Borstkas|THX THORAX""".split("|"),
)
def test_the_chest_is_known_in_many_languages(text: str) -> None:
    assert understand_body_part(text) == Meaning("fits")


@pytest.mark.parametrize(
    ("text", "term"),
    [
        ("HAND", "HAND"),
        ("HANDGELENK", "HAND"),
        ("L KNEE", "KNEE"),
        ("Rodilla", "RODILLA"),
        ("CRÂNE", "CRANE"),
        ("THORACIC SPINE", "SPINE"),
        ("BRUSTWIRBELSÄULE", "WIRBEL"),
        ("COLUMNA TORÁCICA", "COLUMN"),
        ("CHEST/ABDOMEN", "ABDOM"),
        ("RIBS", "RIBS"),
        ("колено", "КОЛЕН"),
        ("膝関節", "膝"),
    ],
)
def test_other_body_parts_are_known_and_named(text: str, term: str) -> None:
    assert understand_body_part(text) == Meaning("other", term)


@pytest.mark.parametrize(
    "text", ["DOE JANE", "ACOSTA", "ROMANO", "PORTABLE", "XYZ", "Ã³"]
)
def test_other_words_are_unknown(text: str) -> None:
    assert understand_body_part(text) == Meaning("unknown")


@pytest.mark.parametrize("text", [None, "", " ", "UNKNOWN", "N/A", "Other"])
def test_a_body_part_may_be_left_unsaid(text: str | None) -> None:
    assert understand_body_part(text) == Meaning("unsaid")


@pytest.mark.parametrize("text", [None, "XYZ"])
@pytest.mark.parametrize(
    ("code", "meaning", "expected"),
    [
        ("T-D3000", "", Meaning("fits")),
        ("51185008", "Thorax", Meaning("fits")),
        ("1", "Chest", Meaning("fits")),
        ("2", "Knee", Meaning("other", "KNEE")),
        ("3", "Zzz", Meaning("unknown")),
    ],
)
def test_the_coded_region_is_asked_where_the_text_says_nothing(
    text: str | None, code: str, meaning: str, expected: Meaning
) -> None:
    assert understand_body_part(text, code, meaning) == expected


@pytest.mark.parametrize(
    "text",
    """AP|PA|A-P|P/A|ap|SUPINE|AP PORTABLE|FRONTAL|Antero-posterior|postero-anterior
    |FACE|Frente|прямая|正位|AP LORDOTIC""".split("|"),
)
def test_frontal_views_are_known(text: str) -> None:
    assert understand_view(text).kind == "fits"


@pytest.mark.parametrize(
    "text",
    """LL|RL|LATERAL|LATERALE|PERFIL|Profil|seitlich|OBLÍCUA|SCHRÄG|боковая|側面|LAO
    |LATERAL DECUBITUS|AP LLD""".split("|"),
)
def test_other_views_are_known(text: str) -> None:
    assert understand_view(text).kind == "other"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("CR", Meaning("fits")),
        ("dx", Meaning("fits")),
        ("CT", Meaning("other", "CT")),
        ("RX", Meaning("unknown")),
        (None, Meaning("unsaid")),
    ],
)
def test_modalities_are_known(text: str | None, expected: Meaning) -> None:
    assert understand_modality(text) == expected
