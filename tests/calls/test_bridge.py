"""Who hears whom, and how soon."""

import av
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from core.calls.bridge import FRAME_SAMPLES, MOST_SAMPLES, RATE_HZ, START_SAMPLES, Bridge, Floor, Pipe, hears
from core.clock import ManualClock

FRAME_S = 0.02
SEATS = ("customer", "agent", "supervisor:Ann", "supervisor:Bob")
modes = st.sampled_from(("listen", "whisper", "join"))
floors = st.builds(
    Floor,
    on_hold=st.booleans(),
    waiting=st.booleans(),
    muted=st.frozensets(st.sampled_from(SEATS)),
    supervisors=st.dictionaries(st.sampled_from(("Ann", "Bob")), modes),
)
seats = st.sampled_from(SEATS)


def frame(value: int = 1000, rate_hz: int = RATE_HZ, layout: str = "stereo") -> av.AudioFrame:
    channels = 2 if layout == "stereo" else 1
    made = av.AudioFrame.from_ndarray(
        np.full((1, round(FRAME_S * rate_hz) * channels), value, np.int16), format="s16", layout=layout
    )
    made.sample_rate = rate_hz
    return made


def sine(hz: float, number: int, rate_hz: int) -> av.AudioFrame:
    length = round(FRAME_S * rate_hz)
    seconds = (number * length + np.arange(length)) / rate_hz
    made = av.AudioFrame.from_ndarray(
        (8000 * np.sin(2 * np.pi * hz * seconds)).astype(np.int16)[np.newaxis, :], format="s16", layout="mono"
    )
    made.sample_rate = rate_hz
    return made


class Rig:
    def __init__(self, *seats: str, floor: Floor | None = None) -> None:
        self.clock = ManualClock()
        self.bridge = Bridge(self.clock)
        self.bridge.arrange(floor or Floor())
        self.seats = seats
        self.tick()

    def tick(self, **said: av.AudioFrame) -> dict[str, NDArray[np.int16]]:
        """20 ms: what is said goes in, and everybody pulls."""
        for seat, sound in said.items():
            self.bridge.push(seat, sound)
        self.clock.advance(FRAME_S)
        return {seat: self.bridge.pull(seat).to_ndarray()[0] for seat in self.seats}

    def run(self, ticks: int, **said: av.AudioFrame) -> dict[str, NDArray[np.int16]]:
        heard = [self.tick(**said) for _ in range(ticks)]
        return {seat: np.concatenate([block[seat] for block in heard]) for seat in self.seats}


@given(seats, seats, floors)
def test_the_policy(listener: str, speaker: str, floor: Floor) -> None:
    heard = hears(listener, speaker, floor)
    if listener == speaker or speaker in floor.muted:
        assert not heard
    if "customer" in (listener, speaker) and (floor.on_hold or floor.waiting):
        assert not heard
    if speaker.startswith("supervisor:"):
        mode = floor.supervisors.get(speaker.removeprefix("supervisor:"))
        assert not heard or mode in ("whisper", "join")
        assert not heard or listener == "agent" or mode == "join"
    if listener.startswith("supervisor:") and listener.removeprefix("supervisor:") not in floor.supervisors:
        assert not heard


@given(modes)
def test_what_a_free_line_carries(mode: str) -> None:
    floor = Floor(supervisors={"Ann": mode})  # type: ignore[dict-item]
    assert hears("customer", "agent", floor)
    assert hears("agent", "customer", floor)
    assert hears("supervisor:Ann", "agent", floor)
    assert hears("supervisor:Ann", "customer", floor)
    assert hears("agent", "supervisor:Ann", floor) == (mode != "listen")
    assert hears("customer", "supervisor:Ann", floor) == (mode == "join")


def test_a_voice_arrives_within_60_ms_and_only_where_it_should() -> None:
    rig = Rig("customer", "agent")
    heard = rig.run(10, agent=frame(1000))
    first = int(np.flatnonzero(heard["customer"])[0])
    assert first <= START_SAMPLES
    assert set(heard["customer"][first:]) == {1000}
    assert not heard["agent"].any()


def test_voices_are_added_and_cut_off_at_full_scale() -> None:
    rig = Rig("supervisor:Ann", floor=Floor(supervisors={"Ann": "listen"}))
    assert rig.run(5, agent=frame(1000), customer=frame(234))["supervisor:Ann"][-1] == 1234
    assert rig.run(5, agent=frame(30_000), customer=frame(30_000))["supervisor:Ann"][-1] == 32_767
    assert rig.run(9, agent=frame(-30_000), customer=frame(-30_000))["supervisor:Ann"][-1] == -32_768


@pytest.mark.parametrize("floor", [Floor(on_hold=True), Floor(waiting=True)])
def test_a_customer_kept_waiting_hears_a_soft_tone_and_nobody(floor: Floor) -> None:
    rig = Rig("customer", "agent", floor=floor)
    heard = rig.run(200, agent=frame(20_000), customer=frame(20_000))
    assert 500 < np.abs(heard["customer"]).max() < 3000
    assert not heard["agent"].any()


def test_what_was_on_its_way_is_not_heard_after_a_mute_or_hold() -> None:
    for floor in (Floor(muted=frozenset({"agent"})), Floor(on_hold=True)):
        rig = Rig("customer", "agent")
        rig.run(5, agent=frame(20_000), customer=frame(20_000))
        rig.bridge.arrange(floor)
        heard = rig.tick(agent=frame(20_000))
        assert np.abs(heard["customer"]).max() < 3000


def test_a_stall_leaves_no_backlog() -> None:
    rig = Rig("customer", "agent")
    rig.run(10, agent=frame())
    for _ in range(100):
        rig.bridge.push("agent", frame())
        assert rig.bridge.waiting_s("customer", "agent") <= MOST_SAMPLES / RATE_HZ
    rig.run(100, agent=frame())
    assert rig.bridge.waiting_s("customer", "agent") <= START_SAMPLES / RATE_HZ


def test_jitter_below_the_start_buffer_does_not_chop() -> None:
    rig = Rig("customer", "agent")
    heard = [rig.run(4, agent=frame())["customer"]]
    for number in range(200):
        late = number % 2 == 0
        if not late:
            rig.bridge.push("agent", frame())
            rig.bridge.push("agent", frame())
        heard.append(rig.tick()["customer"])
    first = int(np.flatnonzero(heard[0])[0])
    assert (np.concatenate(heard)[first:] == 1000).all()


@given(st.lists(st.one_of(st.just(0), st.integers(1, 8)), max_size=200))
def test_a_pipe_never_holds_more_than_it_may_and_loses_nothing_in_step(bursts: list[int]) -> None:
    pipe = Pipe()
    for burst in bursts:
        for _ in range(burst):
            pipe.put(np.ones(FRAME_SAMPLES, np.int16))
        assert len(pipe) <= MOST_SAMPLES
        assert len(pipe.take(FRAME_SAMPLES)) <= FRAME_SAMPLES


def test_nothing_is_kept_for_whoever_does_not_listen() -> None:
    rig = Rig("agent")
    for _ in range(50):
        rig.bridge.push("agent", frame())
    assert rig.bridge.waiting_s("customer", "agent") == 0
    rig.bridge.pull("customer")
    rig.clock.advance(5)
    rig.bridge.push("agent", frame())
    assert rig.bridge.waiting_s("customer", "agent") == 0
    rig.bridge.leave("customer")
    rig.bridge.push("agent", frame())
    assert rig.bridge.waiting_s("customer", "agent") == 0


def test_a_listener_that_comes_back_hears_nothing_old() -> None:
    rig = Rig("customer", "agent")
    rig.run(5, agent=frame(1000))
    rig.clock.advance(30)
    assert not rig.tick()["customer"].any()


def test_a_recordings_16_khz_voice_keeps_its_pitch() -> None:
    rig = Rig("agent")
    heard = np.concatenate([rig.tick(customer=sine(1000, number, 16_000))["agent"] for number in range(60)])
    spectrum = np.abs(np.fft.rfft(heard[-RATE_HZ // 2 :]))
    assert abs(np.argmax(spectrum) * 2 - 1000) <= 4
