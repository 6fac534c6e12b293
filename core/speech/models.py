"""The models the embedded engine decodes with, made once from the stock ones and kept on disk.

A set of models is a folder named after everything it was made from, so that a change of the sentences, of the data or
of PocketSphinx makes a new one. It is written elsewhere and moved there when complete.
"""

import hashlib
import re
import shutil
import tempfile
import time
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import pocketsphinx

from core.speech.acoustic_model import AcousticModel
from core.speech.base import Known
from core.speech.domain import CALLS, WIDER, pattern_files, sentences, short_answers
from core.speech.features import Band
from core.speech.language_model import END, START, count, favouring, mix, read, with_vocabulary, write
from core.speech.pronunciation import Dictionary
from core.speech.slots import FIRST, LAST, classes, counted, spoken
from core.speech.telephone import Channel, adapt
from core.speech.word_classes import expanded

SPEECH_FOLDER = Path(__file__).parents[2] / "data" / "speech"
NETWORK = SPEECH_FOLDER / "sentence_network.npz"
SENTENCES = {CALLS: 240_000, WIDER: 400_000}
SHORT_ANSWERS = 6_000
CALLS_WEIGHT = 0.75
DOMAIN_WEIGHT = 0.65
"""Of what is said in calls beside what is said of everything, and of both beside PocketSphinx's own model. Measured by
the perplexity of other people's calls and questions: a tenth more or less does nearly as well."""
_NAMES_FAVOURED = 4.0
"""A person's name matters more than how often it comes. Measured: 3 to 6 times find 2 in a hundred names more, which
costs no other word, also where there is no name; 15 times cost some."""
_NEW_WORD_LOG = -16.0
OTHER_FILES = ("first_names.txt", "last_names.txt", "slots.txt", "pronunciations.txt", "telephone.txt")
_VERSION = "14"
"""Changed when the same input would give other models."""
_KEPT = 3
_NEW = "new-"
_OURS = re.compile(r"[0-9a-f]{12}-[0-9a-f]{12}")
"""Other engines keep theirs beside them."""
_LONGEST_BUILD_S = 3600.0
_STOCK = Path(pocketsphinx.get_model_path()) / "en-us"
_STOCK_ACOUSTIC = _STOCK / "en-us"


@dataclass(frozen=True, slots=True)
class Models:
    """A folder of models."""

    folder: Path

    @property
    def language(self) -> Path:
        return self.folder / "words.lm.bin"

    @property
    def short_answers(self) -> Path:
        """Another language model, of these alone."""
        return self.folder / "short.lm.bin"

    @property
    def dictionary(self) -> Path:
        return self.folder / "words.dict"

    @property
    def _names(self) -> Path:
        return self.folder / "names.txt"

    def names(self) -> dict[str, float]:
        """How likely a name of a person is which. Raises RulesError when the file is wrong."""
        return counted(self._names)

    def write_names(self, shares: Mapping[str, float]) -> None:
        self._names.write_text("".join(f"{name} {share:.3g}\n" for name, share in shares.items()), encoding="utf-8")

    def gaussians(self, band: Band) -> tuple[Path, Path]:
        """Files of the acoustic model's means and variances."""
        if band == "telephone":
            return self.folder / "telephone.means", self.folder / "telephone.variances"
        return _STOCK_ACOUSTIC / "means", _STOCK_ACOUSTIC / "variances"

    def acoustic(self, band: Band) -> AcousticModel:
        """Raises SpeechError when it is not of the expected shape."""
        return AcousticModel.read(_STOCK_ACOUSTIC / "mdef", *self.gaussians(band))


def newest(cache: Path) -> Models | None:
    """The models made last from the present sentences, whatever the data was."""
    found = sorted(cache.glob(f"{_of_sentences()}-*"), key=lambda folder: folder.stat().st_mtime)
    return Models(found[-1]) if found else None


def build(known: Known, cache: Path) -> Models:
    """The models for this data, made now unless they are there. Takes half a minute of one core.

    Raises RulesError for mistakes in the sentences, SpeechError when the stock models are not the expected ones.
    """
    models = Models(cache / f"{_of_sentences()}-{_digest(repr(known).encode())}")
    if models.folder.is_dir():
        models.folder.touch()
        return models
    cache.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=cache, prefix=_NEW) as new:
        made = Models(Path(new) / "models")
        made.folder.mkdir()
        _write(known, made)
        # Another process may have been quicker; its models are the same.
        if not models.folder.is_dir():
            made.folder.rename(models.folder)
    _tidy(cache)
    return models


def _write(known: Known, models: Models) -> None:
    dictionary = Dictionary.read(_STOCK / "cmudict-en-us.dict")
    dictionary.add(SPEECH_FOLDER / "pronunciations.txt")
    said = {of: sentences(SPEECH_FOLDER, known, count, of) for of, count in SENTENCES.items()}
    members = classes(SPEECH_FOLDER, known)
    in_sentences = {word for words in chain(*said.values()) for word in words} - members.keys()
    own = {word for text in (*known.names, *known.products, *known.plans) for word in spoken(text).split()}
    dictionary.learn(sorted(in_sentences), sorted({*members[FIRST], *members[LAST]}), own)
    for name, shares in members.items():
        members[name] = {word: share for word, share in shares.items() if word in dictionary}
    for of, made in said.items():
        said[of] = [each for each in made if all(word in members or word in dictionary for word in each)]
    literal = {word for sentence in chain(*said.values()) for word in sentence} - members.keys()
    words = literal.union(*members.values())
    general = with_vocabulary(read(_STOCK / "en-us.lm.bin"), sorted(words), _NEW_WORD_LOG)
    calls, wider = (expanded(count(said[of], [*general.words, *members]), members) for of in (CALLS, WIDER))
    mixed = mix(mix(calls, wider, CALLS_WEIGHT), general, DOMAIN_WEIGHT)
    write(favouring({*members[FIRST], *members[LAST]}, mixed, _NAMES_FAVOURED), models.language)
    models.write_names(_favoured(members[FIRST], members[LAST]))
    short = short_answers(SPEECH_FOLDER, SHORT_ANSWERS)
    answered = {word for answer in short for word in answer}
    write(count(short, [START, END, *sorted(answered)]), models.short_answers)
    dictionary.only({*general.words, *answered}).write(models.dictionary)
    channel = Channel.load(SPEECH_FOLDER / "telephone.txt")
    adapt(_STOCK_ACOUSTIC, channel, *models.gaussians("telephone"))


def _favoured(*kinds: Mapping[str, float]) -> dict[str, float]:
    """Shares of names of any kind, each kind coming as often, and so much more as names are favoured."""
    shares: defaultdict[str, float] = defaultdict(float)
    for kind in kinds:
        total = sum(kind.values())
        for name, share in kind.items():
            shares[name] += _NAMES_FAVOURED * share / total / len(kinds)
    return shares


def _of_sentences() -> str:
    others = [SPEECH_FOLDER / name for name in OTHER_FILES]
    patterns = [path for of in SENTENCES for path in pattern_files(SPEECH_FOLDER, of)]
    content = b"".join(path.read_bytes() for path in (*patterns, *others))
    return _digest(content, _VERSION.encode(), pocketsphinx.__file__.encode(), repr(SENTENCES).encode())


def _digest(*parts: bytes) -> str:
    return hashlib.sha256(b"\0".join(parts)).hexdigest()[:12]


def _tidy(cache: Path) -> None:
    """Leave the newest models, and what is being made; what was left half made long ago goes too."""
    ours = [folder for folder in cache.iterdir() if folder.name.startswith(_NEW) or _OURS.fullmatch(folder.name)]
    folders = sorted(ours, key=lambda folder: folder.stat().st_mtime)
    made = [folder for folder in folders if not folder.name.startswith(_NEW)]
    given_up = time.time() - _LONGEST_BUILD_S
    left = [folder for folder in folders if folder.name.startswith(_NEW) and folder.stat().st_mtime < given_up]
    for folder in [*made[:-_KEPT], *left]:
        # Another process may be tidying, too.
        shutil.rmtree(folder, ignore_errors=True)
