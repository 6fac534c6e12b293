from hypothesis import given
from hypothesis import strategies as st

from core.speech.worker_messages import Audio, Begin, End, Request, Unpacking, packed

requests = st.one_of(
    st.builds(Audio, st.integers(), st.binary(max_size=50)),
    st.builds(Begin, st.integers(), st.text(max_size=5), st.booleans()),
    st.builds(End, st.integers()),
)


@given(st.lists(requests, max_size=8), st.lists(st.integers(1, 40), min_size=1, max_size=20))
def test_messages_arrive_whole_however_the_pipe_cuts_them(messages: list[Request], sizes: list[int]) -> None:
    sent = b"".join(map(packed, messages))
    unpacking = Unpacking()
    arrived, at = [], 0
    for number in range(len(sent)):
        size = sizes[number % len(sizes)]
        arrived += unpacking.push(sent[at : at + size])
        at += size
    assert arrived == messages
