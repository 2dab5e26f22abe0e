"""What the words mean that a DICOM file, or the person at the device, writes.

The standard's terms are open (PS3.5, 6.3): a word beyond them is not invalid. So a word
is known to fit, known not to fit, or unknown, which is left to the picture's own gate.
A word of the tables below may be repeated in a message; what the file says may not,
since a name can stand there.
"""

import re
import unicodedata
from typing import Final, Literal, NamedTuple


class Meaning(NamedTuple):
    """What a text says.

    Attributes
    ----------
    kind : {"fits", "other", "unknown", "unsaid"}
    term : str
        The known word of a text that does not fit, which may be repeated.
    """

    kind: Literal["fits", "other", "unknown", "unsaid"]
    term: str = ""


_UNSAID: Final = set(
    "UNKNOWN OTHER UNSPECIFIED UNDEFINED NONE NA NULL NO DEFAULT MISC".split()
)

# Parts of words in languages of Europe; Cyrillic, Greek, Chinese and Japanese, Korean,
# Arabic and Persian, Hebrew, Hindi, Thai and Vietnamese.
_CHEST: Final = tuple(
    """CHEST THORA TORAX TORAC TORAS LUNG PULM CXR PECHO POITRINE PEITO PETTO POUMON
    PULMAO BRUSTKORB BORSTKAS BRYSTKASSE BRYST BROST RINTAKEHA KEUHKO KLATKA HRUDNI
    PLUCA MELLKAS GOGUS AKCIGER KRUTINE ГРУД ЛЕГК ОРГК ΘΩΡΑΚ ΠΝΕΥΜ 胸 肺 가슴 흉부
    폐 صدر الصدر سینه חזה छाती वक्ष ทรวงอก หน้าอก NGUC PHOI""".split()
)
_CHEST_WORDS: Final = {"BRUST", "BORST", "HRUDNIK", "TUDO", "ОГК"}
# Beside the chest these mean more, or other, than a radiograph of the chest.
_BEYOND: Final = tuple(
    """SPINE COLUMN COLONN COLUNA RACHIS VERTEBR WIRBEL KREGOSLUP ПОЗВОН LUMBAR LOMBA
    LENDEN ABDOM BAUCH VENTRE ЖИВОТ БРЮШ PELVI BECKEN BASSIN BACINO BACIA CADERA NECK
    CERVIC CUELLO COSTILLA STERNUM STERNAL CLAVIC KLAVIK SCHLUESSELBEIN SHOULDER
    BREAST MAMM 腹 脊柱 胸椎 頸 颈 骨盆 骨盤 肋 腰 쇄골 척추 복부 بطن""".split()
)
_BEYOND_WORDS: Final = set("TSPINE CSPINE LSPINE ABD RIB RIBS KUB HALS".split())
_OTHER_PARTS: Final = tuple(
    """HEAD SKULL BRAIN CRANI CRANEO CRANE SCHADEL SCHAEDEL CABEZA KOPF TESTA CABECA
    ЧЕРЕП ГОЛОВ FACIAL MANDIB MAXILL TEETH DENTAL ORBIT SINUS NASAL HAND MANO WRIST
    MUNECA POIGNET POLSO PUNHO HANDGELENK FINGER THUMB ELBOW CODO COUDE GOMITO COTOVELO
    ELLBOGEN FOREARM HUMER RADIUS ULNA SCAPUL HOMBRO EPAULE SCHULTER SPALLA OMBRO
    EXTREM FEMUR KNEE RODILLA GENOU GINOCCHIO JOELHO PATELL TIBIA FIBUL ANKLE TOBILLO
    CHEVILLE CAVIGLIA TORNOZELO SPRUNGGELENK FOOT PIED FUSS CALCAN HEEL SACR COCCY
    HUFTE HUEFTE HANCHE КОЛЕН КИСТ СТОП
    頭 头 膝 手 足 肩 肘 股 무릎 머리 ركبة""".split()
)
_OTHER_WORDS: Final = set(
    "ARM LEG HIP TOE EAR EYE JAW MAIN MAO KNIE PIE ANCA BEIN HEART COR".split()
)
# Codes of AnatomicRegionSequence (PS3.16, CID 4031): chest, thorax and lung, in SNOMED
# CT, SNOMED RT and FMA.
_CHEST_CODES: Final = {
    *("51185008", "816094009", "43799004", "39607008", "302551006"),
    *("T-D3000", "T-28000", "T-D3007", "9576", "7195"),
}

# CR Series Module, C.8.1.1.1.2: laterals, decubitus, obliques; and plain words.
_NOT_FRONTAL_WORDS: Final = set(
    """LL RL LLD RLD LLO RLO LAO RAO LPO RPO LAT LATERAL LLAT RLAT LATERO OBLIQUE OBL
    DECUBITUS DECUB PROFIL PERFIL PROFILO SEITLICH SIDE ZIJDELINGS""".split()
)
_NOT_FRONTAL: Final = tuple(
    """LATERAL OBLIQ OBLIC SCHRAG SCHRAEG DECUB PROFIL PERFIL SEITLICH БОКОВ БОК 側 侧
    侧位 側面 측면 جانب""".split()
)
_FRONTAL_WORDS: Final = set(
    """AP PA ANT POST FRONT FACE FRENTE SUPINE ERECT UPRIGHT PORTABLE STANDING SITTING
    BEDSIDE PRONE LORDOTIC""".split()
)
_FRONTAL: Final = tuple(
    """FRONTAL ANTERO POSTERO DORSOV VENTROD ПРЯМ ПЕРЕДН ЗАДН
    正 後前 后前 前後 前后""".split()
)

# Modalities of PS3.3, C.7.3.1.1.1 and its predecessors that are no radiographs.
_OTHER_MODALITIES: Final = set(
    """ANN AR ASMT AU BDUS BI BMD CD CF CP CS CT CTPROTOCOL DD DF DG DM DMS DOC DS EC
    ECG EEG EM EMG EOG EPS ES FA FID FS GM HC HD IO IOL IVOCT IVUS KER KO LEN LP LS MA
    MG MR MS NM OAM OCT OP OPM OPR OPT OPTBSV OPTENF OPV OSS OT3D PA PLAN POS PR PT PX
    REG RESP RF RTDOSE RTIMAGE RTINTENT RTPLAN RTRAD RTRECORD RTSEGANN RTSTRUCT RWV SEG
    SM SMR SR SRF ST STAIN TG TEXTUREMAP US VA VF VIDD XA XAPROTOCOL XC""".split()
)
_RADIOGRAPHS: Final = {"CR", "DX", "DR"}


def fold(text: str) -> str:
    """Put a text in capitals without accents, and its parts one blank apart.

    Parameters
    ----------
    text : str

    Returns
    -------
    str
    """
    plain = unicodedata.normalize("NFKD", text.casefold())
    letters = "".join(each for each in plain if not unicodedata.combining(each))
    # Letters that are no others with an accent.
    for letter, plainer in (("ß", "ss"), ("ł", "l"), ("ø", "o"), ("\u0131", "i")):
        letters = letters.replace(letter, plainer)
    return " ".join(re.findall(r"[^\W\d_]+", letters.upper()))


def understand_modality(text: str | None) -> Meaning:
    """Tell whether a modality is that of radiographs."""
    term = fold(text or "")
    if not term or term in _UNSAID:
        return Meaning("unsaid")
    if term in _RADIOGRAPHS:
        return Meaning("fits")
    return Meaning("other", term) if term in _OTHER_MODALITIES else Meaning("unknown")


def understand_body_part(
    text: str | None, region_code: str | None = None, region: str | None = None
) -> Meaning:
    """Tell whether a radiograph is of the chest alone.

    Parameters
    ----------
    text : str or None
        BodyPartExamined.
    region_code, region : str or None
        Code and meaning of AnatomicRegionSequence, asked where the text says nothing.

    Returns
    -------
    Meaning
    """
    meaning = _of_body_part(text)
    if meaning.kind in ("fits", "other"):
        return meaning
    if (region_code or "").strip().upper() in _CHEST_CODES:
        return Meaning("fits")
    of_region = _of_body_part(region)
    return meaning if of_region.kind == "unsaid" else of_region


def _of_body_part(text: str | None) -> Meaning:
    folded = fold(text or "")
    if _says_nothing(folded):
        return Meaning("unsaid")
    if term := _find(folded, _BEYOND, _BEYOND_WORDS):
        return Meaning("other", term)
    if _find(folded, _CHEST, _CHEST_WORDS):
        return Meaning("fits")
    if term := _find_start(folded, _OTHER_PARTS, _OTHER_WORDS):
        return Meaning("other", term)
    return Meaning("unknown")


def understand_view(text: str | None) -> Meaning:
    """Tell whether a view is frontal.

    Parameters
    ----------
    text : str or None
        ViewPosition, or the meaning of ViewCodeSequence.

    Returns
    -------
    Meaning
    """
    folded = fold(text or "")
    if _says_nothing(folded):
        return Meaning("unsaid")
    if set(folded.split()) >= {"A", "P"}:  # A-P or P/A
        return Meaning("fits")
    if term := _find(folded, (), _NOT_FRONTAL_WORDS):
        return Meaning("other", term)
    if _find(folded, _FRONTAL, _FRONTAL_WORDS):
        return Meaning("fits")
    if term := _find(folded, _NOT_FRONTAL, set()):
        return Meaning("other", term)
    return Meaning("unknown")


def _says_nothing(folded: str) -> bool:
    return set(folded.split()) <= _UNSAID or folded.replace(" ", "") in _UNSAID


def _find(folded: str, parts: tuple[str, ...], whole: set[str]) -> str:
    """Find a known word, or a known part of one."""
    for word in folded.split():
        if word in whole:
            return word
    return next((part for part in parts if fold(part) in folded), "")


def _find_start(folded: str, parts: tuple[str, ...], whole: set[str]) -> str:
    """Find a known word, or the begin of one: within names other words occur."""
    spaced = f" {folded}"
    scripts = tuple(part for part in parts if not part.isascii())
    return _find(folded, scripts, whole) or next(
        (part for part in parts if f" {part}" in spaced), ""
    )
