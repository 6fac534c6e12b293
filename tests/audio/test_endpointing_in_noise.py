"""A voice is found over the noise of the street and the office, on a telephone, and in one channel of a stereo file."""

from pathlib import Path

import av
import numpy as np
import pytest
from evaluation import FOLDER
from synthetic_voice import Voice, telephone

from core.audio.endpointing import Endpointer, SpeechBegan, SpeechOver
from core.audio.files import Recording
from core.audio.frames import SPEECH_RATE_HZ, AudioChunk, Pcm
from core.bench.noises import with_noise

NOISES = sorted((FOLDER / "noise").glob("*.wav"))
SPOKEN_S = (1.3, 4.3)


@pytest.fixture(scope="module")
def said() -> Pcm:
    """A voice within a second of silence on either side, spoken over `SPOKEN_S`."""
    second = np.zeros(SPEECH_RATE_HZ, np.int16)
    return np.concatenate([second, Voice(level_db=-20.0, room_db=-80.0).says(1, 3.0), second])


def covered(pcm: Pcm) -> float:
    """The part of the voice that is in an utterance."""
    endpointer = Endpointer()
    events = endpointer.push(AudioChunk(pcm, 0.0)) + endpointer.finish()
    begun = [event.start_s for event in events if isinstance(event, SpeechBegan)]
    over = [event.end_s for event in events if isinstance(event, SpeechOver)]
    start_s, end_s = SPOKEN_S
    inside = [max(0.0, min(end_s, to_s) - max(start_s, from_s)) for from_s, to_s in zip(begun, over, strict=True)]
    return sum(inside) / (end_s - start_s)


@pytest.mark.skipif(not NOISES, reason="no noise clips; SIDETONE_EVAL names the folder that has noise/")
@pytest.mark.parametrize(("db", "at_least"), [(20, 0.95), (10, 0.95), (5, 0.5)])
def test_a_voice_is_found_over_noise(said: Pcm, db: int, at_least: float) -> None:
    parts = {path.stem: covered(with_noise(said, clip(path), db)) for path in NOISES}
    assert {name: part for name, part in parts.items() if part < at_least} == {}


def clip(path: Path) -> Pcm:
    with Recording.open(path) as recording:
        return np.concatenate([next(iter(block.values())) for block in recording])


def test_a_voice_is_found_on_a_telephone(said: Pcm) -> None:
    assert covered(telephone(said)) > 0.95


def test_each_channel_of_a_stereo_file_has_its_own_utterances(said: Pcm, tmp_path: Path) -> None:
    path = tmp_path / "stereo.wav"
    with av.open(path, "w") as container:
        stream = container.add_stream("pcm_s16le", rate=SPEECH_RATE_HZ, layout="stereo")
        stereo = np.stack([said, np.zeros_like(said)], axis=1).reshape(1, -1)
        frame = av.AudioFrame.from_ndarray(stereo, format="s16", layout="stereo")
        frame.sample_rate = SPEECH_RATE_HZ
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    with Recording.open(path) as recording:
        blocks = list(recording)
    channels = [np.concatenate([block[party] for block in blocks]) for party in blocks[0]]
    assert sorted(round(covered(channel), 1) for channel in channels) == [0.0, 1.0]
