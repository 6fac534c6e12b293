import io
import os
import sys
import wave
from collections.abc import Sequence
from pathlib import Path

import av
import numpy as np
import pytest

from core.audio.files import BLOCK_SAMPLES, Recording
from core.audio.frames import Pcm
from core.calls.events import Party
from core.errors import AudioError

RATE_HZ = 16_000


def tone(seconds: float, frequency_hz: float = 440.0, rate_hz: int = RATE_HZ) -> Pcm:
    return (8000 * np.sin(2 * np.pi * frequency_hz * np.arange(round(seconds * rate_hz)) / rate_hz)).astype(np.int16)


def write_wav(path: Path, *channels: Pcm, rate_hz: int = RATE_HZ) -> Path:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(len(channels))
        file.setsampwidth(2)
        file.setframerate(rate_hz)
        file.writeframes(np.stack(channels, axis=1).tobytes())
    return path


def write(path: Path, codec: str, container: str, *channels: Pcm, rate_hz: int = RATE_HZ) -> Path:
    with av.open(str(path), "w", format=container) as output:
        stream = output.add_stream(codec, rate=rate_hz, layout="mono" if len(channels) == 1 else "stereo")
        packed = np.stack(channels, axis=1).reshape(1, -1)
        frame = av.AudioFrame.from_ndarray(packed, format="s16", layout=stream.layout.name)
        frame.sample_rate = rate_hz
        resampler = av.AudioResampler(format=stream.format, rate=rate_hz, frame_size=stream.frame_size or 1024)
        for part in [*resampler.resample(frame), *resampler.resample(None)]:
            for packet in stream.encode(part) if part is not None else []:
                output.mux(packet)
        for packet in stream.encode(None):
            output.mux(packet)
    return path


def read(path: Path, parties: Sequence[Party] | None = None) -> tuple[dict[Party, Pcm], list[str]]:
    with Recording.open(path, parties) as recording:
        blocks = list(recording)
    for block in blocks[:-1]:
        assert {len(pcm) for pcm in block.values()} == {BLOCK_SAMPLES}
    assert len({len(pcm) for pcm in blocks[-1].values()}) == 1
    return {party: np.concatenate([b[party] for b in blocks]) for party in recording.parties}, recording.notes


def test_mono_is_the_customer_and_every_sample_arrives(tmp_path: Path) -> None:
    pcm = tone(1.234)
    heard, notes = read(write_wav(tmp_path / "a.wav", pcm))
    assert list(heard) == ["customer"]
    assert np.array_equal(heard["customer"], pcm)
    assert notes == []


def test_stereo_is_customer_left_and_agent_right_unless_told_otherwise(tmp_path: Path) -> None:
    path = write_wav(tmp_path / "a.wav", tone(1), tone(1, 1000))
    heard, _ = read(path)
    assert np.array_equal(heard["customer"], tone(1))
    assert np.array_equal(heard["agent"], tone(1, 1000))
    swapped, _ = read(path, ("agent", "customer"))
    assert np.array_equal(swapped["agent"], tone(1))
    assert list(read(path, ("agent",))[0]) == ["agent"]


def test_a_mono_recording_can_be_the_agent(tmp_path: Path) -> None:
    assert list(read(write_wav(tmp_path / "a.wav", tone(1)), ("agent",))[0]) == ["agent"]


@pytest.mark.parametrize("parties", [None, ("customer", "agent")])
def test_a_mono_sound_stored_as_stereo_is_heard_once(tmp_path: Path, parties: Sequence[Party] | None) -> None:
    path = write(tmp_path / "a.mp3", "mp3", "mp3", tone(2), tone(2), rate_hz=44_100)
    heard, notes = read(path, parties)
    assert list(heard) == ["customer"]
    assert "taken as mono" in notes[0]


def test_two_parties_where_one_is_silent_at_first_stay_two(tmp_path: Path) -> None:
    late = np.concatenate([np.zeros(RATE_HZ, np.int16), tone(1)])
    heard, notes = read(write_wav(tmp_path / "a.wav", late, np.zeros_like(late)))
    assert list(heard) == ["customer", "agent"]
    assert notes == []


def test_two_silent_channels_stay_two(tmp_path: Path) -> None:
    silence = np.zeros(40 * RATE_HZ, np.int16)
    heard, _ = read(write_wav(tmp_path / "a.wav", silence, silence))
    assert list(heard) == ["customer", "agent"]
    assert len(heard["agent"]) == len(silence)


@pytest.mark.parametrize(
    ("name", "codec", "container", "rate_hz"),
    [
        ("a.mp3", "mp3", "mp3", 44_100),
        ("a.ogg", "libopus", "ogg", 24_000),
        ("a.opus", "libopus", "ogg", 48_000),
        ("a.flac", "flac", "flac", 8_000),
        ("a.wav", "pcm_u8", "wav", 8_000),
    ],
)
def test_every_format_keeps_its_length_and_its_sound(
    tmp_path: Path, name: str, codec: str, container: str, rate_hz: int
) -> None:
    heard, _ = read(write(tmp_path / name, codec, container, tone(3.0, rate_hz=rate_hz), rate_hz=rate_hz))
    pcm = heard["customer"].astype(float)
    assert len(pcm) == pytest.approx(3 * RATE_HZ, abs=0.1 * RATE_HZ)
    spectrum = np.abs(np.fft.rfft(pcm[RATE_HZ : 2 * RATE_HZ]))
    assert int(spectrum.argmax()) == 440
    assert np.abs(pcm).max() == pytest.approx(8000, rel=0.1)


def test_raw_is_headerless_mono_at_the_speech_rate(tmp_path: Path) -> None:
    path = tmp_path / "a.raw"
    path.write_bytes(tone(0.5).tobytes())
    assert np.array_equal(read(path)[0]["customer"], tone(0.5))


def test_duration_is_known_before_reading(tmp_path: Path) -> None:
    with Recording.open(write_wav(tmp_path / "a.wav", tone(2.5))) as recording:
        assert recording.duration_s == pytest.approx(2.5)


def text_file(folder: Path) -> Path:
    path = folder / "notes.wav"
    path.write_text("This is not a recording.\n" * 200)
    return path


def text_named_mp3(folder: Path) -> Path:
    path = folder / "notes.mp3"
    path.write_text("This is not a recording either.\n" * 200)
    return path


def empty_file(folder: Path) -> Path:
    path = folder / "empty.wav"
    path.touch()
    return path


def playlist(folder: Path) -> Path:
    path = folder / "list.wav"
    path.write_text("#EXTM3U\n#EXT-X-TARGETDURATION:5\n#EXTINF:5,\nfile:///etc/hostname\n#EXT-X-ENDLIST\n")
    return path


def zero_seconds(folder: Path) -> Path:
    return write_wav(folder / "zero.wav", np.zeros(0, np.int16))


def only_a_header(folder: Path) -> Path:
    path = write_wav(folder / "cut.wav", tone(1))
    path.write_bytes(path.read_bytes()[:20])
    return path


def video_without_sound(folder: Path) -> Path:
    path = folder / "silent.mp4"
    with av.open(str(path), "w") as output:
        stream = output.add_stream("mpeg4", rate=10)
        stream.width, stream.height = 64, 64
        frame = av.VideoFrame.from_ndarray(np.zeros((64, 64, 3), np.uint8), format="rgb24")
        for packet in [*stream.encode(frame), *stream.encode(None)]:
            output.mux(packet)
    return path


def six_channels(folder: Path) -> Path:
    return write_wav(folder / "surround.wav", *[tone(0.2)] * 6)


def missing(folder: Path) -> Path:
    return folder / "nowhere.wav"


def a_folder(folder: Path) -> Path:
    return folder


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (empty_file, "is empty"),
        (text_file, "not a recording"),
        (text_named_mp3, "not a recording"),
        (playlist, "not a recording"),
        (zero_seconds, "no sound"),
        (only_a_header, "not a recording"),
        (video_without_sound, "no audio"),
        (six_channels, "6 channels"),
        (missing, "no such file"),
        (a_folder, "no such file"),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_what_cannot_be_used_is_one_clear_line(tmp_path: Path, make: object, says: str) -> None:
    assert callable(make)
    with pytest.raises(AudioError, match=says) as caught:
        Recording.open(make(tmp_path))
    assert "\n" not in str(caught.value)


def test_one_channel_cannot_be_two_parties(tmp_path: Path) -> None:
    with pytest.raises(AudioError, match="one channel"):
        Recording.open(write_wav(tmp_path / "a.wav", tone(1)), ("customer", "agent"))
    with pytest.raises(AudioError, match="two different"):
        Recording.open(write_wav(tmp_path / "a.wav", tone(1), tone(1, 900)), ("customer", "customer"))


def test_a_cut_off_recording_gives_what_is_there_and_says_so(tmp_path: Path) -> None:
    path = write(tmp_path / "a.flac", "flac", "flac", tone(10))
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    heard, notes = read(path)
    assert 3 * RATE_HZ < len(heard["customer"]) < 7 * RATE_HZ
    assert len(notes) >= 1


def test_damage_in_the_middle_costs_only_what_is_damaged(tmp_path: Path) -> None:
    path = write(tmp_path / "a.mp3", "mp3", "mp3", tone(10, rate_hz=44_100), rate_hz=44_100)
    data = bytearray(path.read_bytes())
    data[len(data) // 2 : len(data) // 2 + 3000] = b"\x00" * 3000
    path.write_bytes(data)
    heard, _ = read(path)
    assert len(heard["customer"]) > 8 * RATE_HZ


def resident_bytes() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


@pytest.mark.slow
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc/self/statm")
def test_two_hours_run_in_bounded_memory(tmp_path: Path) -> None:
    seconds, rate_hz = 7200, 8000
    header = io.BytesIO()
    with wave.open(header, "wb") as file:
        file.setparams((2, 2, rate_hz, 0, "NONE", ""))
    head = bytearray(header.getvalue())
    size = seconds * rate_hz * 4
    head[4:8] = (36 + size).to_bytes(4, "little")
    head[40:44] = size.to_bytes(4, "little")
    path = tmp_path / "long.wav"
    with path.open("wb") as sparse:
        sparse.write(head)
        sparse.truncate(len(head) + size)
    before = resident_bytes()
    samples = peak = 0
    with Recording.open(path) as recording:
        for index, block in enumerate(recording):
            samples += len(block["agent"])
            if index % 1000 == 0:
                peak = max(peak, resident_bytes())
    assert samples == pytest.approx(seconds * RATE_HZ, abs=2)
    assert peak - before < 40_000_000
