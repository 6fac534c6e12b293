"""Recordings of real calls through the whole command line, with the embedded engine."""

import json
from pathlib import Path

import pytest
from evaluation import FOLDER, needs_recordings

from core.__main__ import main
from core.calls.events import PARTIES

pytestmark = [*needs_recordings, pytest.mark.slow]

RECORDINGS = {
    "stereo 16 kHz": ("audio_calls/speechmatics/call_sample_stereo.wav", 2),
    "mono 16 kHz": ("audio_calls/speechmatics/channel_customer.wav", 1),
    "MP3 44.1 kHz, both channels alike": ("audio_calls/azure_cu/callCenterRecording.mp3", 1),
    "FLAC 44.1 kHz stereo": ("audio_ref/whisper/jfk.flac", 1),
    "headerless": ("audio_ref/sphinx_misc/goforward.raw", 1),
    "mono 8 kHz": ("audio_ref/fsdd/6_jackson_0.wav", 1),
}


@pytest.mark.parametrize("kind", RECORDINGS)
def test_a_real_recording_becomes_a_stored_call(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    name, parties = RECORDINGS[kind]
    monkeypatch.setenv("DATABASE_URL", f"duckdb:///{tmp_path / 'real.duckdb'}")
    assert main(["call", str(FOLDER / name), "--json"]) == 0
    out, err = capsys.readouterr()
    lines = [json.loads(line) for line in out.splitlines()]
    assert err == ""
    assert [line["data"]["party"] for line in lines if line["type"] == "PartyJoined"] == list(PARTIES[:parties])
    assert not [line for line in lines if line["type"] in ("ProviderFailed", "AudioDropped")]
    started = {line["data"]["utterance_id"] for line in lines if line["type"] == "SpeechStarted"}
    finals = {line["data"]["utterance_id"] for line in lines if line["type"] == "TranscriptFinal"}
    assert started == finals
    assert lines[-1]["type"] == "WrapUpCompleted"
