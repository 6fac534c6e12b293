"""The evaluation recordings, where they are."""

import json

import pytest
from evaluation import FOLDER, REFERENCES, needs_recordings

from core.audio.files import Recording

pytestmark = needs_recordings


def test_every_recording_is_read_to_its_end() -> None:
    rows = [json.loads(line) for line in REFERENCES.read_text(encoding="utf-8").splitlines()]
    assert rows
    for row in rows:
        with Recording.open(FOLDER / row["file"]) as recording:
            samples = sum(len(block[recording.parties[0]]) for block in recording)
        assert samples / 16_000 == pytest.approx(row["duration_s"], abs=0.1), row["file"]
        assert len(recording.parties) <= row["channels"]
        assert not [note for note in recording.notes if "taken as mono" not in note]
