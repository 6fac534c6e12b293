"""How well two voices in one channel are told apart, and how fast."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

import numpy as np

from core.audio.diarization import Diarization, DiarizerConfig, diarize
from core.audio.diarization_error import DiarizationError, Turn, diarization_error, read_rttm
from core.audio.endpointing import Endpointer, EndpointerConfig, SpeechBegan, SpeechOver
from core.audio.files import Recording
from core.audio.frames import SPEECH_RATE_HZ, AudioChunk, Pcm
from core.audio.voice_features import FeatureStream, VoiceFeatures
from core.bench.conditions import Options
from core.bench.measurement import Measurement
from core.errors import AudioError

COLLAR_S = 0.25
_HALVES = (
    {"librivox": "*.wav", "whisper": "*.flac", "fsdd": "*_george_*.wav", "tau2_tts": "*.wav"},
    {"speechbrain": "*.wav", "cards": "*.wav", "fsdd": "*_jackson_*.wav"},
)
"""Voices of the short referenced clips. The window that is measured on one half was chosen on the other; what
else there is in `DiarizerConfig` was chosen on conversations made of both."""
_WINDOWS_S = (0.75, 1.0, 1.5)
_REAL = ("Auto_Repairs_40_UTC_caller.wav", "Auto_Repairs_40_UTC_agent.wav")
_LEVEL = 2_000.0
_LONGEST_CLIP_S = 6


@dataclass(frozen=True, slots=True)
class _Conversation:
    features: VoiceFeatures
    turns: list[Turn]


def measure(options: Options) -> list[Measurement]:
    """Diarization error rates in percent of the speech, and the speed."""
    folder = options.evaluation
    if folder is None:
        return [
            Measurement(what="diarization", unit="%", not_measured="no evaluation folder; name one with --eval DIR")
        ]
    calls = folder / "audio_calls"
    return [*_sample(calls / "pyannote"), *_made(folder / "audio_ref"), *_real(calls / "aws_lca")]


def _sample(folder: Path) -> list[Measurement]:
    what = "diarization error: pyannote sample"
    sound, reference = folder / "sample.wav", folder / "sample.rttm"
    if not sound.is_file():
        return [Measurement(what=what, unit="%", not_measured=f"there is no {sound.name} in {folder}")]
    features = _features(_mono(sound))
    if not reference.is_file():
        missing = f"who really speaks when is unknown: there is no {reference.name} beside {sound.name}"
        return [Measurement(what=what, unit="%", not_measured=missing), *_unreferenced(diarize(features))]
    found = _as_turns(diarize(features, _two_certain()))
    turns = read_rttm(reference)
    return _rates(what, [diarization_error(turns, found, collar) for collar in (0, COLLAR_S)])


def _unreferenced(found: Diarization) -> list[Measurement]:
    """What can be said of a sample without a reference: how many voices there seem to be, and how long each speaks."""
    sure = f"separation {found.separation:.3f}; two voices from {DiarizerConfig().two_voices_from} on"
    told = [Measurement(what="pyannote sample: voices found", unit="voices", values=(float(found.voices),), note=sure)]
    for voice in sorted({turn.voice for turn in found.turns}):
        lengths_s = [turn.end_s - turn.start_s for turn in found.turns if turn.voice == voice]
        speech = Measurement(
            what=f"pyannote sample: speech of voice {voice + 1}",
            unit="s",
            values=(sum(lengths_s),),
            note=f"in {len(lengths_s)} turns, as found; whether rightly is not known",
        )
        told.append(speech)
    return told


def _made(folder: Path) -> list[Measurement]:
    """Every two voices of one half in turn, with the window that was best on the other half."""
    what = "diarization error: made conversations"
    try:
        halves = [_conversations(folder, patterns) for patterns in _HALVES]
    except AudioError as error:
        return [Measurement(what=what, unit="%", not_measured=str(error))]
    errors = []
    for number, held_out in enumerate(halves):
        chosen = min(_WINDOWS_S, key=lambda window_s: _total(halves[1 - number], window_s, COLLAR_S).rate)
        errors.append([_total(held_out, chosen, collar) for collar in (0, COLLAR_S)])
    return _rates(what, [one + other for one, other in zip(*errors, strict=True)])


def _real(folder: Path) -> list[Measurement]:
    what = "diarization error: real call, both channels mixed"
    paths = [folder / name for name in _REAL]
    if not all(path.is_file() for path in paths):
        return [Measurement(what=what, unit="%", not_measured=f"the recordings are not in {folder}")]
    one, other = (_mono(path) for path in paths)
    length = max(len(one), len(other))
    mixed = np.zeros(length, np.int32)
    mixed[: len(one)] += one
    mixed[: len(other)] += other
    turns = [*_spoken(one, "customer"), *_spoken(other, "agent")]
    begun_s = time.process_time()
    found = _as_turns(diarize(_features(np.clip(mixed, -32768, 32767).astype(np.int16)), _two_certain()))
    speed = length / SPEECH_RATE_HZ / (time.process_time() - begun_s)
    return [
        *_rates(what, [diarization_error(turns, found, collar) for collar in (0, COLLAR_S)]),
        Measurement(
            what="telling voices apart", unit="× real time", values=(speed,), note="of that call, decoded already"
        ),
    ]


def _rates(what: str, errors: Sequence[DiarizationError]) -> list[Measurement]:
    notes = (
        "missed, false alarm and wrong voice ÷ speech of the reference; two voices were known to be there",
        f"the same without {COLLAR_S} s around the reference's boundaries",
    )
    return [
        Measurement(
            what=what + (", with collar" if number else ""),
            unit="%",
            values=(100 * error.rate,),
            note=f"{note}; wrong voice {100 * error.confused_s / error.speech_s:.1f} %",
        )
        for number, (error, note) in enumerate(zip(errors, notes, strict=True))
    ]


def _total(conversations: Sequence[_Conversation], window_s: float, collar_s: float) -> DiarizationError:
    config = _two_certain(window_s)
    total = DiarizationError(missed_s=0, false_alarm_s=0, confused_s=0, speech_s=0)
    for conversation in conversations:
        found = diarize(conversation.features, config)
        total += diarization_error(conversation.turns, _as_turns(found), collar_s)
    return total


def _two_certain(window_s: float = DiarizerConfig().window_s) -> DiarizerConfig:
    return DiarizerConfig(window_s=window_s, two_voices_from=0.0)


def _conversations(folder: Path, patterns: dict[str, str]) -> list[_Conversation]:
    voices = {name: [_mono(path) for path in sorted((folder / name).glob(p))] for name, p in patterns.items()}
    missing = [name for name, clips in voices.items() if not clips]
    if missing:
        raise AudioError(f"there are no clips in {folder / missing[0]}")
    return [
        _conversation({one: voices[one], other: voices[other]}, seed)
        for seed, (one, other) in enumerate(combinations(voices, 2))
    ]


def _conversation(voices: dict[str, list[Pcm]], seed: int) -> _Conversation:
    """Two voices in turn, one or two clips at a time with short pauses, until one has no clip left."""
    random = np.random.default_rng(seed)
    left = {name: [clips[number] for number in random.permutation(len(clips))] for name, clips in voices.items()}
    names = list(voices)
    pieces: list[Pcm] = [_pause(random)]
    turns: list[Turn] = []
    while all(left.values()):
        for _ in range(min(int(random.integers(1, 3)), len(left[names[0]]))):
            clip = _levelled(left[names[0]].pop())
            at_s = sum(map(len, pieces)) / SPEECH_RATE_HZ
            turns += [Turn(at_s + t.start_s, at_s + t.end_s, t.speaker) for t in _spoken(clip, names[0])]
            pieces += [clip, _pause(random)]
        names.reverse()
    noise = random.normal(0, 15, sum(map(len, pieces)))
    return _Conversation(_features((np.concatenate(pieces) + noise).astype(np.int16)), turns)


def _pause(random: np.random.Generator) -> Pcm:
    return np.zeros(round(float(random.uniform(0.05, 0.5)) * SPEECH_RATE_HZ), np.int16)


def _levelled(clip: Pcm) -> Pcm:
    clip = clip[: _LONGEST_CLIP_S * SPEECH_RATE_HZ]
    loudness = float(np.sqrt(np.mean(clip.astype(np.float64) ** 2))) + 1
    levelled: Pcm = np.clip(clip * (_LEVEL / loudness), -30_000, 30_000).astype(np.int16)
    return levelled


def _spoken(pcm: Pcm, speaker: str) -> list[Turn]:
    """When a voice that is alone in its channel speaks: what is measured is who, not whether."""
    endpointer = Endpointer(EndpointerConfig(pre_roll_s=0.0, end_silence_s=0.3))
    turns: list[Turn] = []
    start_s = 0.0
    for event in [*endpointer.push(AudioChunk(pcm, 0.0)), *endpointer.finish()]:
        if isinstance(event, SpeechBegan):
            start_s = event.start_s
        elif isinstance(event, SpeechOver):
            turns.append(Turn(start_s, event.end_s, speaker))
    return turns


def _features(pcm: Pcm) -> VoiceFeatures:
    stream = FeatureStream()
    stream.push(pcm)
    return stream.finish()


def _as_turns(found: Diarization) -> list[Turn]:
    return [Turn(turn.start_s, turn.end_s, str(turn.voice)) for turn in found.turns]


def _mono(path: Path) -> Pcm:
    with Recording.open(path) as recording:
        blocks: list[Pcm] = [next(iter(block.values())) for block in recording]
    joined: Pcm = np.concatenate(blocks)
    return joined
