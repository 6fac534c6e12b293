import av
import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from core.audio.frames import SPEECH_RATE_HZ, Pcm
from core.audio.resample import PlanarResampler, Resampler


def tone(rate_hz: int, seconds: float, frequency_hz: float = 440.0, amplitude: float = 8000.0) -> Pcm:
    times = np.arange(round(rate_hz * seconds)) / rate_hz
    return (amplitude * np.sin(2 * np.pi * frequency_hz * times)).astype(np.int16)


def microphone_frame(left: Pcm, right: Pcm) -> av.AudioFrame:
    packed = np.stack([left, right], axis=1).reshape(1, -1)
    frame = av.AudioFrame.from_ndarray(packed, format="s16", layout="stereo")
    frame.sample_rate = 48_000
    return frame


def test_microphone_frames_become_mono_at_the_speech_rate_and_keep_their_sound() -> None:
    source = tone(48_000, 1.0)
    resampler = Resampler()
    parts = [resampler.push(microphone_frame(block, block)) for block in source.reshape(-1, 960)]
    pcm = np.concatenate([*parts, resampler.flush()])
    assert pcm.dtype == np.int16
    assert abs(len(pcm) - SPEECH_RATE_HZ) <= 1
    expected = tone(SPEECH_RATE_HZ, 1.0)[: len(pcm)].astype(float)
    inner = slice(500, len(pcm) - 500)
    assert np.abs(pcm[inner] - expected[inner]).max() < 80


def test_stereo_is_averaged_not_summed() -> None:
    silence = np.zeros(960, np.int16)
    resampler = Resampler()
    loud = np.full(960, 32_000, np.int16)
    both = np.concatenate([resampler.push(microphone_frame(loud, loud)) for _ in range(20)])
    assert 31_000 < np.median(both) <= 32_767
    one = np.concatenate([Resampler().push(microphone_frame(loud, silence)) for _ in range(1)])
    assert 15_000 < np.median(one) < 17_000


@settings(max_examples=25)
@given(
    st.sampled_from([8_000, 11_025, 16_000, 22_050, 44_100, 48_000]),
    st.sampled_from([1, 2]),
    st.lists(st.integers(1, 4000), min_size=1, max_size=12),
)
def test_no_sample_is_lost_whatever_the_rate_and_the_cut(rate_hz: int, channels: int, sizes: list[int]) -> None:
    # The filter is some milliseconds long; a shorter sound does not get through it.
    assume(sum(sizes) >= 0.005 * rate_hz)
    pcm = np.random.default_rng(1).integers(-9000, 9000, (sum(sizes), channels)).astype(np.int16)
    source = pcm[:, 0] if channels == 1 else pcm
    resampler, whole = Resampler(), Resampler()
    parts = [resampler.push_samples(part, rate_hz) for part in np.split(source, np.cumsum(sizes))[:-1]]
    cut = np.concatenate([*parts, resampler.flush()])
    at_once = np.concatenate([whole.push_samples(source, rate_hz), whole.flush()])
    assert np.array_equal(cut, at_once)
    assert len(cut) == pytest.approx(sum(sizes) * SPEECH_RATE_HZ / rate_hz, abs=2)


def test_a_source_that_changes_its_rate_in_mid_stream_is_followed() -> None:
    resampler = Resampler()
    parts = [resampler.push_samples(tone(48_000, 0.5), 48_000), resampler.push_samples(tone(8_000, 0.5), 8_000)]
    assert len(np.concatenate([*parts, resampler.flush()])) == pytest.approx(SPEECH_RATE_HZ, abs=4)


def test_channels_stay_apart_where_they_are_two_parties() -> None:
    resampler = PlanarResampler(2)
    left, right = tone(48_000, 0.5, 300), tone(48_000, 0.5, 1200, amplitude=500)
    planes = np.concatenate([resampler.push(microphone_frame(left, right)), resampler.flush()], axis=1)
    assert planes.shape[0] == 2
    assert np.abs(planes[0]).max() > 7000
    assert np.abs(planes[1]).max() < 600


def test_flushing_before_anything_came_gives_nothing() -> None:
    assert len(Resampler().flush()) == 0
