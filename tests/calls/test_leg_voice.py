"""What a leg says of how its party speaks."""

from itertools import count

import numpy as np
from synthetic_voice import Voice

from core.audio.endpointing import Endpointer
from core.audio.frames import SPEECH_RATE_HZ, AudioChunk, Pcm
from core.calls.events import EchoSuppressed, Event, Party, TranscriptFinal, VoiceMood
from core.calls.leg import Leg
from core.calls.spoken import IsEcho
from core.speech.engines import only
from core.speech.scripted import ScriptedEngine, TimedText

CALM = Voice()
CALL = [voice.says(seed) for seed, voice in enumerate([CALM] * 3 + [CALM.louder()] * 2 + [CALM])]
LASTS_S = sum(map(len, CALL)) / SPEECH_RATE_HZ
WORDS = [TimedText(text="word", start_s=second, end_s=second + 0.5) for second in range(int(LASTS_S))]


def events_of(
    pcm: Pcm, words: list[TimedText], is_echo: IsEcho | None = None, block: int = 1600, party: Party = "customer"
) -> list[Event]:
    events: list[Event] = []
    numbers = count(1)
    leg = Leg(
        party,
        only(ScriptedEngine(words)),
        Endpointer(),
        lambda event, _: events.append(event),
        lambda kind: f"{kind}_{next(numbers)}",
        is_echo,
    )
    for start in range(0, len(pcm), block):
        leg.feed(AudioChunk(pcm[start : start + block], start / SPEECH_RATE_HZ))
    leg.finish()
    return events


def moods(events: list[Event]) -> list[VoiceMood]:
    return [event for event in events if isinstance(event, VoiceMood)]


def test_a_customer_who_gets_loud_is_marked_before_their_words_are_settled() -> None:
    events = events_of(np.concatenate(CALL), WORDS)
    finals = [event.utterance_id for event in events if isinstance(event, TranscriptFinal)]
    assert len(finals) == len(CALL)
    raised = [mood.utterance_id for mood in moods(events) if mood.raised]
    assert raised == finals[3:5]
    assert finals[0] not in {mood.utterance_id for mood in moods(events)}
    for mood in moods(events):
        following = events[events.index(mood) + 1]
        assert isinstance(following, TranscriptFinal)
        assert following.utterance_id == mood.utterance_id


def test_the_same_sound_gives_the_same_moods_however_it_comes() -> None:
    pcm = np.concatenate(CALL)
    assert moods(events_of(pcm, WORDS)) == moods(events_of(pcm, WORDS, block=3200))


def test_sound_without_words_is_not_judged() -> None:
    assert moods(events_of(np.concatenate(CALL), [])) == []


def test_an_echo_is_not_judged_and_is_no_part_of_what_is_usual() -> None:
    """The other party comes back through the loudspeaker, loud, before this one has said much."""
    echoes = [Voice(pitch_hz=150, level_db=-16, tilt=1.4).says(seed) for seed in range(3)]
    until_s = sum(map(len, echoes)) / SPEECH_RATE_HZ
    pcm = np.concatenate([*echoes, *CALL])
    words = [TimedText(text="word", start_s=second, end_s=second + 0.5) for second in range(int(LASTS_S + until_s))]
    events = events_of(pcm, words, lambda start_s, _: start_s < until_s)
    suppressed = {event.utterance_id for event in events if isinstance(event, EchoSuppressed)}
    finals = [event.utterance_id for event in events if isinstance(event, TranscriptFinal)]
    assert suppressed == set(finals[:3])
    assert [mood.utterance_id for mood in moods(events) if mood.raised] == finals[6:8]


def test_an_agents_mood_is_not_read() -> None:
    assert moods(events_of(np.concatenate(CALL), WORDS, party="agent")) == []
