import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.assistant.listening import WINDOW_S, silence_s, talk_over_share
from core.calls.call import Call, Utterance
from core.calls.events import Party

Spoken = tuple[Party, float, float | None]


def call_of(*spoken: Spoken, now_s: float) -> Call:
    lines = {
        f"utt-{number}": Utterance(utterance_id=f"utt-{number}", speaker=speaker, start_s=start_s, end_s=end_s)
        for number, (speaker, start_s, end_s) in enumerate(spoken)
    }
    return Call("call-1", utterances=lines, offset_s=now_s)


@pytest.mark.parametrize(
    ("spoken", "silence"),
    [
        ([], 0.0),
        ([("agent", 0.0, 4.0)], 16.0),
        ([("customer", 5.0, 8.0), ("agent", 0.0, 9.0)], 11.0),
        ([("agent", 0.0, 4.0), ("customer", 10.0, None)], 0.0),
    ],
)
def test_silence_is_since_anybody_spoke(spoken: list[Spoken], silence: float) -> None:
    assert silence_s(call_of(*spoken, now_s=20.0)) == silence


@pytest.mark.parametrize(
    ("spoken", "share"),
    [
        ([], 0.0),
        ([("agent", 0.0, 5.0), ("customer", 5.0, 10.0)], 0.0),
        ([("agent", 0.0, 10.0), ("customer", 5.0, 15.0)], 1 / 3),
        ([("agent", 0.0, 10.0), ("customer", 0.0, 10.0)], 1.0),
        ([("agent", 0.0, 10.0), ("customer", 5.0, None)], 0.25),
    ],
)
def test_talking_at_once_is_a_share_of_the_speech(spoken: list[Spoken], share: float) -> None:
    assert talk_over_share(call_of(*spoken, now_s=20.0)) == pytest.approx(share)


def test_a_short_yes_is_no_talking_over() -> None:
    assert talk_over_share(call_of(("agent", 0.0, 4.0), ("customer", 1.0, 2.0), now_s=5.0)) == 0.0


def test_what_is_long_past_does_not_count() -> None:
    assert talk_over_share(call_of(("agent", 0.0, 9.0), ("customer", 0.0, 9.0), now_s=10.0 + WINDOW_S)) == 0.0


spans = st.tuples(st.sampled_from(["customer", "agent"]), st.floats(0, 50), st.none() | st.floats(0, 20)).map(
    lambda one: (one[0], one[1], None if one[2] is None else one[1] + one[2])
)


@given(st.lists(spans, max_size=8))
def test_a_share_is_a_share_and_silence_is_never_negative(spoken: list[Spoken]) -> None:
    call = call_of(*spoken, now_s=60.0)
    assert 0.0 <= talk_over_share(call) <= 1.0 + 1e-9
    assert 0.0 <= silence_s(call) <= 60.0
