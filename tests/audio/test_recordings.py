"""The evaluation recordings, where they are."""

import json
import os
from pathlib import Path

import pytest

from core.audio.files import Recording

FOLDER = Path(os.environ.get("SIDETONE_EVAL", Path(__file__).parents[3] / "shared" / "eval"))
REFERENCES = FOLDER / "references.jsonl"

pytestmark = [
    pytest.mark.evaluation,
    pytest.mark.skipif(not REFERENCES.is_file(), reason="no evaluation recordings; SIDETONE_EVAL names their folder"),
]


def test_every_recording_is_read_to_its_end() -> None:
    rows = [json.loads(line) for line in REFERENCES.read_text(encoding="utf-8").splitlines()]
    assert rows
    for row in rows:
        with Recording.open(FOLDER / row["file"]) as recording:
            samples = sum(len(block[recording.parties[0]]) for block in recording)
        assert samples / 16_000 == pytest.approx(row["duration_s"], abs=0.1), row["file"]
        assert len(recording.parties) <= row["channels"]
        assert not [note for note in recording.notes if "taken as mono" not in note]
