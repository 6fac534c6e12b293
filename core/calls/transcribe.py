"""From a recording to words: the part of the pipeline that needs no log, no customers and no assistant."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from core.audio.files import Recording
from core.audio.frames import SPEECH_RATE_HZ, AudioChunk
from core.calls.events import Event, Party, ProviderFailed, TranscriptFinal
from core.calls.hearing import Append, told_already
from core.calls.leg import Leg

MakeLeg = Callable[[Party, Append], Leg]


def pump(recording: Recording, legs: Sequence[Leg]) -> Iterator[float]:
    """Feed a recording to its legs; the position in seconds after each block, all finals up to there settled."""
    by_party = {leg.party: leg for leg in legs}
    read = 0
    try:
        for block in recording:
            for party, pcm in block.items():
                by_party[party].feed(AudioChunk(pcm, read / SPEECH_RATE_HZ))
            read += len(next(iter(block.values())))
            for leg in legs:
                if leg.awaiting_final:
                    leg.settle()
            yield read / SPEECH_RATE_HZ
    finally:
        for leg in legs:
            leg.finish()
    yield read / SPEECH_RATE_HZ


def transcribe(
    path: Path,
    make_leg: MakeLeg,
    parties: tuple[Party, ...] | None = None,
    on_problem: Callable[[ProviderFailed], None] = lambda _: None,
) -> Iterator[TranscriptFinal]:
    """The words of a recording, utterance by utterance, without storing a call; `on_problem` hears of engines that
    failed or were passed over. Raises AudioError, and SpeechError when no engine serves."""
    finals: list[TranscriptFinal] = []
    problems: list[ProviderFailed] = []

    def keep(event: Event, _: float) -> None:
        if isinstance(event, TranscriptFinal) and event.text:
            finals.append(event)
        elif isinstance(event, ProviderFailed) and not told_already(event, problems):
            problems.append(event)
            on_problem(event)

    with Recording.open(path, parties) as recording:
        legs = [make_leg(party, keep) for party in recording.parties]
        for _ in pump(recording, legs):
            yield from finals
            finals.clear()
