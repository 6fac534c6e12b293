"""Calm and raised voices, beside how the same person spoke before."""

from collections.abc import Callable, Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from synthetic_voice import Voice, amplified, telephone

from core.audio.arousal import Baseline, Mood, mood_of
from core.audio.frames import Pcm
from core.audio.prosody import Prosody, prosody_of

CALM = Prosody(
    voiced_s=2.0,
    loudness_dbfs=-26.0,
    floor_dbfs=-90.0,
    pitch_st=82.0,
    pitch_range_st=5.0,
    brightness_db=-18.0,
    syllables_per_s=4.0,
    pause_share=0.2,
)
LOUD = {"loudness_dbfs": 8.0, "pitch_st": 3.0}
Line = Callable[[Pcm], Pcm]


def moods(utterances: Iterable[Prosody | None]) -> list[Mood | None]:
    """As a leg asks: every utterance beside those before it."""
    found: list[Mood | None] = []
    usual = Baseline()
    for prosody in utterances:
        mood = mood_of(prosody, usual) if prosody else None
        found.append(mood)
        if prosody:
            usual = usual.after(prosody, raised=bool(mood and mood.raised))
    return found


def last(*utterances: Prosody) -> Mood:
    mood = moods(utterances)[-1]
    assert mood is not None
    return mood


def changed(by: dict[str, float]) -> Prosody:
    return Prosody(**{trait: getattr(CALM, trait) + by.get(trait, 0.0) for trait in CALM.__dataclass_fields__})


def spoken(voice: Voice, seeds: Iterable[int], line: Line = lambda pcm: pcm) -> list[Prosody | None]:
    return [prosody_of(line(voice.says(seed))) for seed in seeds]


def quiet(pcm: Pcm) -> Pcm:
    return amplified(pcm, -30)


@pytest.mark.parametrize(
    "line", [lambda pcm: pcm, telephone, quiet], ids=["wide band", "telephone", "quiet microphone"]
)
@pytest.mark.parametrize("pitch_hz", [100, 200, 300])
def test_synthesised_loud_speech_is_marked_and_calm_speech_is_not(pitch_hz: float, line: Line) -> None:
    voice = Voice(pitch_hz=pitch_hz)
    heard = (
        spoken(voice, range(4), line) + spoken(voice.louder(), range(4, 7), line) + spoken(voice, range(7, 10), line)
    )
    found = moods(heard)
    assert found[0] is None, "nothing is said of the first utterance"
    assert [bool(mood and mood.raised) for mood in found] == [False] * 4 + [True] * 3 + [False] * 3
    for mood in found[4:7]:
        assert mood is not None
        assert mood.arousal > 0.4
        assert {f"higher by {semitones} semitones" for semitones in (3, 4, 5)} & set(mood.reasons)
    assert any(reason.startswith("louder by ") for mood in found[4:7] if mood for reason in mood.reasons)
    calm = [mood.arousal for mood in found[7:] if mood]
    assert max(map(abs, calm)) < 0.3


def test_calm_speech_is_never_marked() -> None:
    found = moods(spoken(Voice(), range(40)))
    assert not any(mood.raised for mood in found if mood)


def test_a_change_of_gain_is_no_mood() -> None:
    """Up by 12 dB in mid-call, while the person says the same sort of things."""
    voice = Voice(level_db=-34)
    heard = spoken(voice, range(5)) + spoken(voice, range(5, 15), lambda pcm: amplified(pcm, 12))
    found = [mood for mood in moods(heard)[5:] if mood]
    assert not any(mood.raised for mood in found)
    assert max(abs(mood.arousal) for mood in found) < 0.25


def test_automatic_gain_does_not_hide_a_raised_voice() -> None:
    """It takes the loudness away; how high and how bright the voice is, it cannot."""
    voice = Voice()
    levelled = voice.louder(level_db=voice.level_db, tilt=1.0)
    *_, mood = moods(spoken(voice, range(4)) + spoken(levelled, [4]))
    assert mood is not None
    assert mood.raised


def test_the_explanation_names_what_changed_clearly() -> None:
    louder = changed({**LOUD, "syllables_per_s": 2.0, "pause_share": -0.3, "brightness_db": 1.0})
    mood = last(CALM, CALM, louder)
    assert mood.raised
    assert mood.reasons == (
        "louder by 8 dB",
        "higher by 3 semitones",
        "faster by 2 syllables a second",
        "with fewer pauses",
    )
    calmer = last(CALM, CALM, changed({"loudness_dbfs": -6.0, "pitch_st": -3.0, "syllables_per_s": -1.4}))
    assert calmer.reasons == ("quieter by 6 dB", "lower by 3 semitones", "slower by 1 syllable a second")
    assert calmer.arousal < -0.3
    assert not calmer.raised


@pytest.mark.parametrize(
    "change",
    [{"loudness_dbfs": 15.0}, {"pitch_st": 5.0}, {"loudness_dbfs": 15.0, "pitch_st": 1.0}],
)
def test_louder_alone_and_higher_alone_are_not_raised(change: dict[str, float]) -> None:
    assert not last(CALM, CALM, changed(change)).raised


def test_louder_alone_is_an_amplifier() -> None:
    assert last(CALM, CALM, changed({"loudness_dbfs": 15.0})).arousal == 0


def test_a_room_that_gets_louder_by_the_same_is_an_amplifier() -> None:
    room = {"floor_dbfs": 30.0}
    with_gain = {"loudness_dbfs": LOUD["loudness_dbfs"], "pitch_st": 3.0, "floor_dbfs": 38.0}
    assert not last(changed(room), changed(room), changed(with_gain)).raised
    assert last(changed(room), changed(room), changed({**LOUD, **room})).raised


@pytest.mark.parametrize("change", [{"loudness_dbfs": -20.0}, {"pitch_st": 11.0}, {"pitch_st": -11.0}])
def test_nothing_is_said_of_a_voice_that_is_not_the_speakers(change: dict[str, float]) -> None:
    assert moods([CALM, CALM, changed(change)])[-1] is None


def test_one_odd_utterance_does_not_move_the_baseline() -> None:
    odd = changed({"loudness_dbfs": -14.0, "pitch_st": 9.0})
    assert last(CALM, odd, CALM, CALM, changed(LOUD)).raised


def test_who_varies_much_has_to_change_more() -> None:
    lively = [changed({"pitch_st": step, "loudness_dbfs": step}) for step in (-4.0, 4.0, -3.0, 3.0, 0.0)]
    assert not last(*lively, changed({"pitch_st": 4.0, "loudness_dbfs": 6.0})).raised


def test_who_keeps_shouting_is_marked_for_long_and_usual_at_last() -> None:
    raised = [bool(mood and mood.raised) for mood in moods([CALM] * 3 + [changed(LOUD)] * 60)]
    assert all(raised[3:12])
    assert not raised[-1]


traits = st.builds(
    Prosody,
    voiced_s=st.floats(0.6, 20),
    loudness_dbfs=st.floats(-90, 0),
    floor_dbfs=st.floats(-90, 0),
    pitch_st=st.floats(72, 108),
    pitch_range_st=st.floats(1, 18),
    brightness_db=st.floats(-60, 30),
    syllables_per_s=st.floats(1.5, 12),
    pause_share=st.floats(0, 1),
)


@given(before=st.lists(traits, min_size=2, max_size=8), now=traits)
def test_arousal_is_within_its_bounds_and_a_mark_has_its_reasons(before: list[Prosody], now: Prosody) -> None:
    mood = moods([*before, now])[-1]
    if mood is not None:
        assert -1 <= mood.arousal <= 1
        assert len(mood.reasons) >= 2 or not mood.raised


@given(said=st.lists(traits, min_size=2, max_size=6))
def test_speaking_as_before_is_no_change(said: list[Prosody]) -> None:
    mood = moods([*[said[0]] * 4, said[0]])[-1]
    assert mood is None or mood == Mood(arousal=0.0, raised=False, reasons=())
