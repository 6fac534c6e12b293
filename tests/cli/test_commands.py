"""The command line, as somebody at a terminal meets it."""

import json
import os
import subprocess
import sys
import wave
from pathlib import Path

import av
import numpy as np
import pytest

from core.__main__ import main
from core.calls.events import Party, from_wire
from core.config import ROOT
from core.database import open_database
from core.speech.base import OnFailure, OnHypothesis, SpeechSession
from core.speech.scripted import ScriptedEngine

SCENARIO = ROOT / "data" / "scenarios" / "sarah_johnson.opus"


@pytest.fixture(autouse=True)
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A database of the test's own, and an engine that hears what the demo call's timeline says."""
    url = f"duckdb:///{tmp_path / 'cli.duckdb'}"
    monkeypatch.setenv("DATABASE_URL", url)
    monkeypatch.setenv("STT", "scripted")
    monkeypatch.setenv("STT_TIMELINE", str(SCENARIO.with_suffix(".timeline.yaml")))
    return url


def write_wav(path: Path, channels: list[np.ndarray], rate_hz: int = 16_000) -> Path:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(len(channels))
        file.setsampwidth(2)
        file.setframerate(rate_hz)
        file.writeframes(np.stack(channels, axis=1).astype("<i2").tobytes())
    return path


def test_call_prints_a_readable_call(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["call", str(SCENARIO)]) == 0
    text = capsys.readouterr().out
    assert text.startswith("sarah_johnson.opus: 00:")
    assert "Sarah Johnson, account" in text
    assert "Customer" in text
    assert "Agent" in text
    assert "suggestion (tip): Order #78901 shipped yesterday by FedEx" in text


def test_call_json_is_the_event_log(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["call", str(SCENARIO), "--json"]) == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert all(set(line) == {"call_id", "seq", "offset_s", "at", "type", "data"} for line in lines)
    assert [line["seq"] for line in lines] == list(range(1, len(lines) + 1))
    offsets_s = [line["offset_s"] for line in lines]
    assert offsets_s == sorted(offsets_s)
    assert lines[0]["type"] == "CallStarted"
    assert [line["type"] for line in lines[-3:]] == ["CallEnded", "SummaryWritten", "WrapUpCompleted"]
    assert [from_wire(line).seq for line in lines] == [line["seq"] for line in lines]
    identified = next(line["data"] for line in lines if line["type"] == "CustomerIdentified")
    assert (identified["name"], bool(identified["matched_on"])) == ("Sarah Johnson", True)


def test_the_same_recording_gives_the_same_events(capsys: pytest.CaptureFixture[str]) -> None:
    runs = []
    for _ in range(2):
        assert main(["call", str(SCENARIO), "--json"]) == 0
        lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
        runs.append([(line["type"], line["offset_s"]) for line in lines])
    assert runs[0] == runs[1]


def test_transcribe_prints_words_and_stores_nothing(
    capsys: pytest.CaptureFixture[str], world: str, tmp_path: Path
) -> None:
    assert main(["transcribe", str(SCENARIO)]) == 0
    text = capsys.readouterr().out
    assert "seven, eight, nine, zero, one" in text.replace("-", ",") or "78901" in text
    assert not (tmp_path / "cli.duckdb").exists()


@pytest.mark.parametrize("command", ["call", "transcribe"])
def test_an_engine_and_a_language_of_ones_own_reach_the_legs(
    command: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    opened: list[str] = []
    own = ScriptedEngine.open

    def noted(
        self: ScriptedEngine, party: Party, on_hypothesis: OnHypothesis, on_failure: OnFailure, language: str = ""
    ) -> SpeechSession:
        opened.append(language)
        return own(self, party, on_hypothesis, on_failure, language)

    monkeypatch.setattr(ScriptedEngine, "open", noted)
    monkeypatch.setenv("STT", "pocketsphinx")
    with_json = ["--json"] if command == "call" else []
    assert main([command, str(SCENARIO), "--engine", "scripted", "--language", "es", *with_json]) == 0
    assert opened == ["es", "es"]
    out = capsys.readouterr().out
    assert "order" in out.lower()
    if command == "call":
        started = json.loads(out.splitlines()[0])["data"]
        assert (started["engine"], started["language"]) == ("scripted", "es")


@pytest.mark.parametrize("command", ["call", "transcribe"])
def test_an_engine_that_does_not_know_the_language_is_one_clear_line(
    command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([command, str(SCENARIO), "--engine", "pocketsphinx", "--language", "es"]) == 1
    assert "pocketsphinx does not know Spanish" in capsys.readouterr().err


def test_transcribe_says_when_another_engine_goes_on(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DEEPGRAM_API_KEY", "")
    assert main(["transcribe", str(SCENARIO), "--engine", "deepgram"]) == 0
    out, err = capsys.readouterr()
    assert out
    assert err.strip() == ("! deepgram cannot serve (set DEEPGRAM_API_KEY): scripted goes on in its place.")


def test_seed_fills_a_new_database_and_never_touches_a_full_one(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["seed", "--if-empty"]) == 0
    assert "52" in capsys.readouterr().out
    assert main(["seed", "--if-empty"]) == 0
    assert capsys.readouterr().out == ""
    assert main(["seed"]) == 1
    assert "delete this one first" in capsys.readouterr().err


def bad_files(folder: Path) -> dict[str, Path]:
    empty = folder / "empty.wav"
    empty.touch()
    text = folder / "notes.wav"
    text.write_text("this is not sound\n" * 50)
    picture = folder / "picture.mp4"
    with av.open(str(picture), "w") as container:
        stream = container.add_stream("mpeg4", rate=10)
        stream.width, stream.height, stream.pix_fmt = 64, 64, "yuv420p"
        frame = av.VideoFrame.from_ndarray(np.zeros((64, 64, 3), np.uint8), format="rgb24")
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return {
        "missing": folder / "missing.wav",
        "empty": empty,
        "text": text,
        "no audio": picture,
        "no length": write_wav(folder / "zero.wav", [np.zeros(0)]),
    }


@pytest.mark.parametrize("kind", ["missing", "empty", "text", "no audio", "no length"])
@pytest.mark.parametrize("command", ["call", "transcribe"])
def test_a_bad_file_is_one_clear_line(
    kind: str, command: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = bad_files(tmp_path)[kind]
    assert main([command, str(path)]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert len(err.strip().splitlines()) == 1
    assert err.startswith("error: ")
    assert path.name in err


def test_a_bad_file_leaves_no_call_behind(tmp_path: Path, world: str) -> None:
    main(["call", str(bad_files(tmp_path)["empty"])])
    database = open_database(world)
    with database.connect() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM calls").scalar() == 0
    database.dispose()


def test_a_mono_file_given_as_stereo_is_refused_and_one_with_two_same_channels_is_mono(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    noise = np.random.default_rng(1).normal(0, 3000, 16_000)
    mono = write_wav(tmp_path / "mono.wav", [noise])
    assert main(["call", str(mono), "--parties", "customer,agent"]) == 1
    assert "one channel" in capsys.readouterr().err
    alike = write_wav(tmp_path / "alike.wav", [noise, noise])
    assert main(["call", str(alike), "--json"]) == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["data"]["party"] for line in lines if line["type"] == "PartyJoined"] == ["customer"]


def test_wrong_settings_are_one_clear_line(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    for name, value in {"PORT": "eighty", "STT": "telepathy", "DATABASE_URL": "nonsense"}.items():
        with monkeypatch.context() as context:
            context.setenv(name, value)
            assert main(["call", str(SCENARIO)]) == 1
        error = capsys.readouterr().err
        assert len(error.strip().splitlines()) == 1
        assert value in error


HOLDER = """
import sys
from core.database import open_database
engine = open_database(sys.argv[1])
connection = engine.connect()
print("held", flush=True)
sys.stdin.read()
"""


def test_a_database_in_use_says_what_to_do(world: str, capsys: pytest.CaptureFixture[str]) -> None:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", HOLDER, world]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        assert main(["call", str(SCENARIO)]) == 1
        assert holder.stdin is not None
        holder.stdin.close()
    error = capsys.readouterr().err
    assert "in use by another process" in error
    assert "DATABASE_URL" in error
