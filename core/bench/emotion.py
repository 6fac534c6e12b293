"""What listening to how people speak costs a call, and how often it marks recorded people as raising their voice."""

import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from core.audio.arousal import Baseline, mood_of
from core.audio.endpointing import Endpointer, SpeechBegan, SpeechContinued
from core.audio.files import Recording
from core.audio.frames import SPEECH_RATE_HZ, AudioChunk, Pcm
from core.audio.prosody import ProsodyStream
from core.bench.conditions import Options
from core.bench.measurement import Limit, Measurement
from core.scenarios import list_scenarios

BUDGET_PERCENT = 2.0
ONE_VOICE_A_CHANNEL = ("audio_calls/aws_lca/*.wav", "audio_calls/speechmatics/channel_*.wav")


def measure(options: Options) -> list[Measurement]:
    """CPU per call with both parties, and marks per minute of recorded speech."""
    return [_cost(options), _marks(options.evaluation)]


def _cost(options: Options) -> Measurement:
    shares: list[float] = []
    for scenario in list_scenarios(options.settings.scenarios_path):
        sound = _channels(scenario.audio_path)
        used_s = sum(_listened(_utterances(pcm))[1] for pcm in sound)
        shares.append(100 * used_s / (len(sound[0]) / SPEECH_RATE_HZ))
    return Measurement(
        what="voice mood, CPU per call",
        unit="% of a core",
        values=tuple(shares),
        limits=(Limit("max", BUDGET_PERCENT),),
        note="both parties of the demo calls, over the call's length",
    )


def _marks(folder: Path | None) -> Measurement:
    what, unit = "raised voices in recorded calls", "marks a minute of speech"
    paths = [path for pattern in ONE_VOICE_A_CHANNEL for path in sorted(folder.glob(pattern))] if folder else []
    if not paths:
        return Measurement(what=what, unit=unit, not_measured="no evaluation recordings; name a folder with --eval DIR")
    marks, speech_s = 0, 0.0
    for path in paths:
        for pcm in _channels(path):
            utterances = list(_utterances(pcm))
            marks += _listened(utterances)[0]
            speech_s += sum(len(part) for parts in utterances for part in parts) / SPEECH_RATE_HZ
    note = f"{speech_s / 60:.1f} min of speech in ordinary calls, one voice a channel"
    return Measurement(what=what, unit=unit, values=(60 * marks / speech_s,), note=note)


def _listened(utterances: Iterator[list[Pcm]] | list[list[Pcm]]) -> tuple[int, float]:
    """Marks, and CPU seconds, of one party's utterances as a leg goes through them."""
    marks, used_s, usual = 0, 0.0, Baseline()
    for parts in utterances:
        begun_s = time.thread_time()
        stream = ProsodyStream()
        for pcm in parts:
            stream.push(pcm)
        prosody = stream.finish()
        if prosody is not None:
            mood = mood_of(prosody, usual)
            raised = mood is not None and mood.raised
            usual = usual.after(prosody, raised)
            marks += raised
        used_s += time.thread_time() - begun_s
    return marks, used_s


def _utterances(pcm: Pcm) -> Iterator[list[Pcm]]:
    """In the pieces in which a leg gets them."""
    endpointer = Endpointer()
    parts: list[Pcm] = []
    for step in [*endpointer.push(AudioChunk(pcm, 0.0)), *endpointer.finish()]:
        match step:
            case SpeechBegan(pcm=first):
                parts = [first]
            case SpeechContinued(pcm=more):
                parts.append(more)
            case _:
                yield parts


def _channels(path: Path) -> list[Pcm]:
    with Recording.open(path) as recording:
        blocks = list(recording)
    return [np.concatenate([block[party] for block in blocks]) for party in blocks[0]]
