from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sounds import key_tone, noise
from synthetic_voice import Voice

from core.audio.endpointing import (
    FRAME_S,
    FRAME_SAMPLES,
    Endpointer,
    EndpointerConfig,
    SpeechBegan,
    SpeechContinued,
    SpeechEvent,
    SpeechOver,
    SpeechPaused,
)
from core.audio.frames import SPEECH_RATE_HZ, AudioChunk, Pcm

CONFIG = EndpointerConfig(
    pre_roll_s=0.12,
    onset_speech_s=0.09,
    onset_window_s=0.15,
    end_silence_s=0.3,
    long_utterance_s=1.5,
    long_end_silence_s=0.15,
    max_utterance_s=2.4,
    cut_from=1.0,
)
ONSET_FRAMES = 3
WINDOW_FRAMES = 5
MAX_SAMPLES = 80 * FRAME_SAMPLES

runs = st.lists(st.tuples(st.booleans(), st.integers(1, 40) | st.integers(75, 90)), max_size=8)
cuts = st.lists(st.integers(50, 5000), min_size=1, max_size=20)
law = settings(max_examples=60)


@dataclass
class Utterance:
    start: int
    pcm: Pcm
    end_s: float | None = None


def flags_of(spans: list[tuple[bool, int]]) -> list[bool]:
    return [flag for flag, frames in spans for _ in range(frames)]


def stream_of(flags: list[bool], tail: int = 0) -> Pcm:
    """Samples that tell where they are, so that a lost or doubled one shows."""
    return (np.arange(len(flags) * FRAME_SAMPLES + tail) % 30_011).astype(np.int16)


def endpoint(flags: list[bool], pcm: Pcm, sizes: list[int]) -> list[SpeechEvent]:
    answers = iter(flags)
    endpointer = Endpointer(CONFIG, is_speech=lambda frame: next(answers))
    events: list[SpeechEvent] = []
    at = 0
    for size in endless(sizes):
        if at >= len(pcm):
            break
        events += endpointer.push(AudioChunk(pcm[at : at + size], at / SPEECH_RATE_HZ))
        at += size
    return events + endpointer.finish()


def endless(sizes: list[int]) -> Iterator[int]:
    while True:
        yield from sizes


def utterances_of(events: list[SpeechEvent]) -> list[Utterance]:
    found: list[Utterance] = []
    for event in events:
        match event:
            case SpeechBegan(start_s, pcm):
                assert not found or found[-1].end_s is not None
                found.append(Utterance(round(start_s * SPEECH_RATE_HZ), pcm))
            case SpeechContinued(pcm):
                assert found[-1].end_s is None
                found[-1].pcm = np.concatenate([found[-1].pcm, pcm])
            case SpeechOver(end_s):
                assert found[-1].end_s is None
                found[-1].end_s = end_s
    return found


@law
@given(runs, cuts, st.integers(0, FRAME_SAMPLES - 1))
def test_utterances_are_exact_ordered_bounded_stretches_of_the_stream(
    spans: list[tuple[bool, int]], sizes: list[int], tail: int
) -> None:
    flags = flags_of(spans)
    pcm = stream_of(flags, tail)
    reached = 0
    for utterance in utterances_of(endpoint(flags, pcm, sizes)):
        end = utterance.start + len(utterance.pcm)
        assert reached <= utterance.start <= end <= len(pcm)
        assert np.array_equal(utterance.pcm, pcm[utterance.start : end])
        assert len(utterance.pcm) <= MAX_SAMPLES + FRAME_SAMPLES
        assert utterance.end_s is not None
        assert utterance.start / SPEECH_RATE_HZ <= utterance.end_s <= end / SPEECH_RATE_HZ
        reached = end


@law
@given(runs)
def test_speech_long_enough_to_be_no_click_is_all_covered(spans: list[tuple[bool, int]]) -> None:
    flags = flags_of(spans)
    covered = np.zeros(len(flags) * FRAME_SAMPLES, bool)
    for utterance in utterances_of(endpoint(flags, stream_of(flags), [160])):
        covered[utterance.start : utterance.start + len(utterance.pcm)] = True
    run = 0
    for index, flag in enumerate([*flags, False]):
        if flag:
            run += 1
            continue
        if run >= ONSET_FRAMES:
            assert covered[(index - run) * FRAME_SAMPLES : index * FRAME_SAMPLES].all()
        run = 0


@law
@given(runs, cuts, cuts)
def test_the_way_the_stream_is_cut_changes_nothing(
    spans: list[tuple[bool, int]], some: list[int], others: list[int]
) -> None:
    flags = flags_of(spans)
    pcm = stream_of(flags)
    assert spelled(endpoint(flags, pcm, some)) == spelled(endpoint(flags, pcm, others))


def spelled(events: list[SpeechEvent]) -> list[tuple[object, ...]]:
    return [
        (type(event).__name__, getattr(event, "start_s", None), getattr(event, "end_s", None), *pcm_bytes(event))
        for event in events
    ]


def pcm_bytes(event: SpeechEvent) -> list[bytes]:
    return [event.pcm.tobytes()] if isinstance(event, SpeechBegan | SpeechContinued) else []


@law
@given(st.lists(st.integers(1, ONSET_FRAMES - 1), max_size=8))
def test_clicks_are_no_speech(clicks: list[int]) -> None:
    flags = [flag for frames in clicks for flag in [True] * frames + [False] * WINDOW_FRAMES]
    assert endpoint(flags, stream_of(flags), [480]) == []


def test_pre_roll_is_part_of_the_utterance_and_end_is_where_speech_stopped() -> None:
    flags = [False] * 20 + [True] * 10 + [False] * 20
    (utterance,) = utterances_of(endpoint(flags, stream_of(flags), [480]))
    assert utterance.start == (20 - 4) * FRAME_SAMPLES
    assert utterance.end_s == pytest.approx(30 * FRAME_S)


def test_a_breath_ends_an_utterance_that_is_already_long() -> None:
    flags = [True] * 55 + [False] * 5 + [True] * 20 + [False] * 4 + [True] * 10
    assert len(utterances_of(endpoint(flags, stream_of(flags), [480]))) == 2


def test_a_cut_monologue_goes_on_as_the_next_utterance_without_losing_a_sample() -> None:
    flags = [True] * 200
    found = utterances_of(endpoint(flags, stream_of(flags), [480]))
    assert [len(utterance.pcm) // FRAME_SAMPLES for utterance in found] == [80, 80, 40]
    assert np.array_equal(np.concatenate([utterance.pcm for utterance in found]), stream_of(flags))


def test_a_monologue_is_cut_where_the_voice_is_lowest_and_loses_no_sample() -> None:
    """A voice that draws no breath for a minute, with a dip of 0.15 s between two words every 1.7 s."""
    seconds = np.arange(60 * SPEECH_RATE_HZ) / SPEECH_RATE_HZ
    dips = seconds % 1.7 < 0.15
    pcm = np.where(dips, 30, 3000).astype(np.int16)
    endpointer = Endpointer(EndpointerConfig(), is_speech=lambda frame: True)
    events: list[SpeechEvent] = []
    for at in range(0, len(pcm), 1600):
        events += endpointer.push(AudioChunk(pcm[at : at + 1600], at / SPEECH_RATE_HZ))
    found = utterances_of(events + endpointer.finish())
    assert np.array_equal(np.concatenate([utterance.pcm for utterance in found]), pcm)
    assert [17 <= len(utterance.pcm) / SPEECH_RATE_HZ <= 20 for utterance in found[:-1]] == [True] * (len(found) - 1)
    assert all(dips[utterance.start] for utterance in found[1:])


def test_silence_after_a_cut_is_not_taken_for_more_speech() -> None:
    flags = [True] * 80 + [False] * 50
    assert len(utterances_of(endpoint(flags, stream_of(flags), [480]))) == 1


def chunk(frames: int, start_s: float) -> AudioChunk:
    return AudioChunk(np.ones(frames * FRAME_SAMPLES, np.int16), start_s)


def test_a_short_gap_is_filled_and_a_long_one_ends_the_utterance() -> None:
    endpointer = Endpointer(CONFIG, is_speech=lambda frame: bool(frame.any()))
    events = endpointer.push(chunk(10, 0.0))
    events += endpointer.push(chunk(10, 10 * FRAME_S + 0.06))
    (utterance,) = utterances_of(events)
    assert utterance.end_s is None
    assert np.count_nonzero(utterance.pcm == 0) == round(0.06 * SPEECH_RATE_HZ)
    events += endpointer.push(chunk(10, 60.0)) + endpointer.finish()
    first, second = utterances_of(events)
    assert first.end_s == pytest.approx(22 * FRAME_S)
    assert second.start == 60 * SPEECH_RATE_HZ
    assert second.end_s == pytest.approx(60 + 10 * FRAME_S)


def test_sound_that_comes_twice_is_taken_once() -> None:
    endpointer = Endpointer(CONFIG, is_speech=lambda frame: True)
    events = endpointer.push(chunk(10, 0.0)) + endpointer.push(chunk(10, 5 * FRAME_S)) + endpointer.finish()
    (utterance,) = utterances_of(events)
    assert len(utterance.pcm) == 15 * FRAME_SAMPLES


@pytest.mark.parametrize("dbfs", [-70.0, -50.0, -40.0, -30.0, -20.0, -12.0])
def test_steady_noise_is_no_utterance(dbfs: float) -> None:
    assert Endpointer().push(AudioChunk(noise(dbfs), 0.0)) == []


def test_hum_and_digital_silence_are_no_utterance() -> None:
    seconds = np.arange(10 * SPEECH_RATE_HZ) / SPEECH_RATE_HZ
    hum = (3000 * np.sin(2 * np.pi * 120 * seconds)).astype(np.int16)
    endpointer = Endpointer()
    assert endpointer.push(AudioChunk(np.zeros_like(hum), 0.0)) == []
    assert endpointer.push(AudioChunk(hum, 10.0)) == []


def test_every_silence_that_may_end_an_utterance_is_told_once_before_it_does() -> None:
    flags = flags_of([(True, 10), (False, 8), (True, 8), (False, 2), (True, 3), (False, 10)])
    events = endpoint(flags, stream_of(flags), [FRAME_SAMPLES])
    kinds = [type(event) for event in events if not isinstance(event, SpeechContinued)]
    assert kinds == [SpeechBegan, SpeechPaused, SpeechPaused, SpeechOver]


def test_patience_makes_the_silence_longer_until_the_utterance_is_over() -> None:
    def silent_frames(patience: float) -> int:
        flags = flags_of([(True, 20), (False, 60)])
        answers = iter(flags)
        endpointer = Endpointer(CONFIG, is_speech=lambda frame: next(answers))
        frame = np.ones(FRAME_SAMPLES, np.int16)
        for number in range(len(flags)):
            if number == 10:
                endpointer.patience = patience
            events = endpointer.push(AudioChunk(frame, number * FRAME_S))
            if any(isinstance(event, SpeechOver) for event in events):
                assert endpointer.patience == patience
                return number + 1 - 20
        raise AssertionError("it never ended")

    assert (silent_frames(0.7), silent_frames(1.0), silent_frames(1.8)) == (7, 10, 18)


def voice(seconds: float = 2.0, dbfs: float = -20.0, room_dbfs: float = -90.0) -> Pcm:
    """Something like a voice between half a second of silence before and one second after."""
    said = Voice(level_db=dbfs, room_db=room_dbfs).says(3, seconds)
    return np.concatenate([noise(room_dbfs, 0.5), said, noise(room_dbfs, 1.0)])


def heard(pcm: Pcm) -> list[Utterance]:
    endpointer = Endpointer()
    return utterances_of(endpointer.push(AudioChunk(pcm, 0.0)) + endpointer.finish())


@pytest.mark.parametrize("dbfs", [-20.0, -40.0, -50.0, -60.0, -64.0])
def test_a_voice_is_heard_however_quiet(dbfs: float) -> None:
    found = heard(voice(dbfs=dbfs, room_dbfs=dbfs - 30))
    assert len(found) == 1
    assert len(found[0].pcm) > 1.8 * SPEECH_RATE_HZ


@pytest.mark.parametrize("dbfs", [-90.0, -80.0, -70.0])
def test_silence_of_a_room_is_not_amplified_into_speech(dbfs: float) -> None:
    assert heard(noise(dbfs, 20.0)) == []


def test_once_somebody_was_loud_a_murmur_is_not_amplified_into_their_speech() -> None:
    murmur = Voice(level_db=-66.0, room_db=-96.0).says(4, 2.0)
    assert len(heard(murmur)) == 1
    assert len(heard(np.concatenate([voice(dbfs=-20.0), murmur]))) == 1


def test_a_clipped_voice_is_one_utterance() -> None:
    pcm = np.clip(voice(dbfs=-10.0).astype(np.int32) * 8, -32768, 32767).astype(np.int16)
    assert np.mean(np.abs(pcm.astype(np.int32)) > 32000) > 0.1, "or nothing is clipped"
    (found,) = heard(pcm)
    assert len(found.pcm) > 1.8 * SPEECH_RATE_HZ


@pytest.mark.parametrize("seconds", [0.35, 0.5, 1.0])
def test_an_answer_of_one_word_is_heard(seconds: float) -> None:
    assert len(heard(voice(seconds))) == 1


@pytest.mark.parametrize("key_s", [0.04, 0.06, 0.08, 0.1, 0.15, 0.2, 0.3, 0.5])
@pytest.mark.parametrize("room_dbfs", [-90.0, -70.0, -60.0, -50.0, -40.0])
def test_the_keys_of_a_telephone_are_no_speech(key_s: float, room_dbfs: float) -> None:
    keys = np.concatenate([key_tone(key, key_s) for key in "78901#42*"])
    room = noise(room_dbfs, 1.0 + len(keys) / SPEECH_RATE_HZ)
    room[SPEECH_RATE_HZ : SPEECH_RATE_HZ + len(keys)] += keys[: len(room) - SPEECH_RATE_HZ]
    assert heard(room) == []
