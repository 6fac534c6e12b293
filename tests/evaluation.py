"""Where the evaluation recordings are, for tests that need them."""

import os
from pathlib import Path

import pytest

FOLDER = Path(os.environ.get("SIDETONE_EVAL", Path(__file__).parents[2] / "shared" / "eval"))
REFERENCES = FOLDER / "references.jsonl"

needs_recordings = [
    pytest.mark.evaluation,
    pytest.mark.skipif(not REFERENCES.is_file(), reason="no evaluation recordings; SIDETONE_EVAL names their folder"),
]
