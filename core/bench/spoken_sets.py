"""What engines are given to hear: sentences spoken by synthesisers, and recordings whose words are known."""

import json
import random
import subprocess
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from core.audio.files import Recording
from core.audio.frames import SPEECH_RATE_HZ, Pcm
from core.audio.telephone_line import through_telephone
from core.bench.accuracy import TRUE_KINDS
from core.bench.sentences_heard import NAMES_AND_NUMBERS, SENTENCES

CLEAR, SLOWER, FASTER, TELEPHONE = "clear", "slower", "faster", "telephone band"
IN_CALLS = "clear, in calls"
OTHER_SYNTHESISER = "another synthesiser"
AT_8_KHZ = "recorded at 8 kHz"
VOICES = ("slt", "rms", "awb")
"""Of flite. Its kal16 is what the engine was tuned with."""
OTHER_VOICES = ("en-us", "en-gb")
"""Of espeak-ng, which is less like a person than flite is."""
_ORDER = 1
_SLOWER, _FASTER = 1.3, 0.77
_EVERY = 2
"""Only each second sentence is heard in every way: it takes long."""
Sentence = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Spoken:
    of_set: str
    pcm: Pcm
    reference: str
    entities: tuple[str, ...] = ()
    folder: str = ""
    """Of the recording."""
    party: str = ""
    """Utterances of one that follow each other are heard in one session; without, each in a session of its own."""


def synthetic(
    sentences: Sequence[Sentence] = SENTENCES, clear_only: Sequence[Sentence] = NAMES_AND_NUMBERS
) -> Iterator[Spoken]:
    """Every sentence by one voice of flite, the voices taking turns; every second of `sentences` in other ways, too."""
    for number, (text, *entities) in enumerate((*sentences, *clear_only)):
        pcm = _flite(text, number)
        ways = {CLEAR: pcm}
        if number < len(sentences) and number % _EVERY == 0:
            ways[TELEPHONE] = through_telephone(pcm)
            ways[SLOWER], ways[FASTER] = (_flite(text, number, stretch) for stretch in (_SLOWER, _FASTER))
        for name, sound in ways.items():
            yield Spoken(name, framed(sound), text, tuple(entities))


def in_calls(utterances: Iterable[Spoken]) -> list[Spoken]:
    """The clear ones once more, one call of a few minutes after the other, each by one voice. In it the order is left
    to chance: otherwise all sentences of one kind would come before an engine knows the voice."""
    clear = [one for one in utterances if one.of_set == CLEAR]
    said = [replace(one, of_set=IN_CALLS, party=VOICES[number % len(VOICES)]) for number, one in enumerate(clear)]
    random.Random(_ORDER).shuffle(said)
    return sorted(said, key=lambda one: VOICES.index(one.party))


def by_other_synthesiser(sentences: Sequence[Sentence] = SENTENCES) -> Iterator[Spoken]:
    """Every second sentence by espeak-ng, its voices taking turns."""
    for number, (text, *entities) in enumerate(sentences[1::_EVERY]):
        pcm = _from(["espeak-ng", "-v", OTHER_VOICES[number % len(OTHER_VOICES)], text, "-w"])
        yield Spoken(OTHER_SYNTHESISER, framed(pcm), text, tuple(entities))


def recorded(folder: Path) -> Iterator[Spoken]:
    """Recordings with a true reference; those at 8 kHz are a set of their own."""
    for line in (folder / "references.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        if not row["reference"] or not row["reference_kind"].startswith(TRUE_KINDS):
            continue
        path = folder / row["file"]
        of_set = AT_8_KHZ if row["sample_rate"] == 8000 else "recorded"
        yield Spoken(of_set, framed(read(path)), row["reference"], folder=path.parent.name)


def said(text: str) -> Pcm:
    """By a voice that depends on the text."""
    return framed(_flite(text, len(text)))


def read(path: Path) -> Pcm:
    with Recording.open(path) as recording:
        return np.concatenate([next(iter(block.values())) for block in recording])


def framed(pcm: Pcm) -> Pcm:
    """With the silence around it that endpointing leaves, in the quiet noise of a room."""
    silence = round(0.3 * SPEECH_RATE_HZ)
    peak = max(1, int(np.abs(pcm.astype(np.int32)).max()))
    sound = np.concatenate([np.zeros(silence), pcm * (12_000 / peak), np.zeros(silence)])
    return (sound + np.random.default_rng(len(pcm)).normal(0, 3, len(sound))).astype(np.int16)


def _flite(text: str, number: int, stretch: float = 1.0) -> Pcm:
    voice = VOICES[number % len(VOICES)]
    return _from(["flite", "-voice", voice, "--setf", f"duration_stretch={stretch}", "-t", text, "-o"])


def _from(command: list[str]) -> Pcm:
    """The sound a command writes into the file whose name it takes last."""
    with tempfile.TemporaryDirectory(prefix="sidetone-spoken-") as folder:
        path = Path(folder) / "spoken.wav"
        subprocess.run([*command, str(path)], check=True)
        return read(path)
