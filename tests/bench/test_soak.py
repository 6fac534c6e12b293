"""Calls at once, for a second or two."""

import numpy as np
import pytest

from core.audio.frames import SPEECH_RATE_HZ, Pcm
from core.bench.soak import Soaked, Wait, conversation, monologue, soak, where
from core.bench.talk import FRAME_S, browser_frames, speech_of
from core.bench.words import KeepsSound, Played
from core.bootstrap import Services
from core.calls.events import AudioDropped, Party, TranscriptFinal
from core.scenarios import Scenario
from core.speech.scripted import ScriptedEngine, TimedText

PARTIES: tuple[Party, ...] = ("customer", "agent")


def final(end_s: float, text: str = "yes") -> TranscriptFinal:
    return TranscriptFinal(
        utterance_id="utt_1",
        speaker="customer",
        text=text,
        start_s=0.0,
        end_s=end_s,
        confidence=None,
        engine="scripted",
    )


def test_a_final_is_waited_for_until_it_arrives() -> None:
    soaked = Soaked([Played([(5.5, final(5.0))]), Played([(9.0, final(6.5)), (9.5, final(9.0, text=""))])])
    assert soaked.finals() == [Wait(0.5, 1, "customer", 5.0), Wait(2.5, 2, "customer", 6.5)]


def test_where_it_was_missed_is_said() -> None:
    waits = [Wait(0.5, 1, "agent", 3.0), Wait(2.5, 7, "customer", 372.0), Wait(1.5, 2, "agent", 60.0)]
    said = "; 2 of 3 over 1 s, in calls 2, 7; the longest 2.5 s, call 7, customer, at 6:12"
    assert where(waits, 1.0) == said
    assert where(waits, 2.5) == ""


def test_lost_sound_is_counted_and_placed() -> None:
    lost = AudioDropped(party="agent", duration_s=0.4, reason="queue full")
    soaked = Soaked([Played([]), Played([(61.0, lost), (62.0, lost)])], lasted_s=120.0)
    dropped, *_ = soaked.rows("soak", KeepsSound(ScriptedEngine([])), 2)
    assert dropped.values == pytest.approx((0.8,))
    assert dropped.verdict.startswith("over")
    assert "in calls 2; the longest 0.4 s, call 2, agent, at 1:01" in dropped.note


def test_a_conversation_has_both_parties_and_a_monologue_no_pause(services: Services) -> None:
    scenario = services.scenarios()[0]
    both, alone = conversation(scenario), monologue(scenario)
    assert {party: len(frames) for party, frames in both.items()} == dict.fromkeys(
        ("customer", "agent"), len(both["agent"])
    )
    said_s = sum(turn.end_s - turn.start_s for turn in scenario.timeline() if turn.party == "customer")
    assert alone.keys() == {"customer"}
    assert len(alone["customer"]) * FRAME_S == pytest.approx(said_s, abs=0.1)


def first_second(scenario: Scenario, party: Party) -> Pcm:
    """Of what the party says, and silence after it."""
    first = next(turn for turn in scenario.timeline() if turn.party == party)
    at = round(first.start_s * SPEECH_RATE_HZ)
    said = speech_of(scenario.audio_path, party)[at : at + SPEECH_RATE_HZ]
    return np.concatenate([said, np.zeros(2 * SPEECH_RATE_HZ, np.int16)])


@pytest.mark.slow
@pytest.mark.real_time
def test_calls_are_fed_and_followed_in_real_time(services: Services) -> None:
    """Nothing here says how fast: only that everything that was said arrives, from every call and both parties."""
    engine = KeepsSound(ScriptedEngine([TimedText(text="order seven", start_s=0.2, end_s=0.9)]))
    services.speech.use(engine)
    scenario = services.scenarios()[0]
    frames = {party: list(browser_frames(first_second(scenario, party))) for party in PARTIES}
    progress: list[str] = []
    soaked = soak(services, [frames] * 2, lasts_s=2.0, ramp_s=0.2, progress=progress.append)
    assert {(one.call, one.party) for one in soaked.finals()} == {
        (1, "customer"),
        (1, "agent"),
        (2, "customer"),
        (2, "agent"),
    }
    assert all(one.seconds > 0 for one in soaked.finals())
    assert len(progress) == 1
    rows = {row.what: row for row in soaked.rows("soak", engine, 2)}
    assert len(rows["soak: end of speech → final"].values) == len(soaked.finals())
    assert rows["soak: word spoken → shown"].values
    assert services.log.live_calls() == []
