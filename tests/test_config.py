"""Settings: defaults that work with nothing, and one clear line for a wrong value."""

import re
from pathlib import Path

import pytest

from core.config import ROOT, Settings, environment
from core.errors import ConfigurationError


def test_nothing_set_works_without_key_or_network() -> None:
    settings = Settings.from_env({})
    assert settings == Settings()
    assert (settings.port, settings.stt, settings.assistant) == (8501, "auto", "auto")
    assert settings.database_url.endswith("data/sidetone.duckdb")


def test_values_are_read_and_blank_ones_are_not() -> None:
    settings = Settings.from_env({"PORT": " 9000 ", "ICE_SERVERS": "stun:a, turn:b", "SEED": ""})
    assert (settings.port, settings.ice_servers, settings.seed) == (9000, ("stun:a", "turn:b"), 7)


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({}, False),
        ({"OPENAI_API_KEY": "k"}, True),
        ({"OPENAI_BASE_URL": "http://127.0.0.1:11434/v1"}, True),
        ({"OPENAI_API_KEY": "k", "ASSISTANT": "playbook"}, False),
        ({"ASSISTANT": "openai"}, True),
    ],
)
def test_a_model_helps_when_there_is_one(environment: dict[str, str], expected: bool) -> None:
    assert Settings.from_env(environment).uses_model == expected


def test_the_key_is_not_shown() -> None:
    assert "sesame" not in repr(Settings.from_env({"OPENAI_API_KEY": "sesame"}))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "http"),
        ("PORT", "70000"),
        ("STT_WORKERS", "0"),
        ("ASSISTANT", "oracle"),
        ("DATABASE_URL", "sidetone.duckdb"),
        ("OPENAI_BASE_URL", "localhost:1234"),
        ("PLAYBOOK", "nowhere.yaml"),
        ("RECORDINGS", "pyproject.toml"),
        ("SCENARIOS", "nowhere"),
        ("END_SILENCE_MS", "1.5"),
    ],
)
def test_a_wrong_value_names_the_variable_the_value_and_what_it_takes(name: str, value: str) -> None:
    with pytest.raises(ConfigurationError) as raised:
        Settings.from_env({name: value})
    message = str(raised.value)
    assert "\n" not in message
    assert re.match(rf"{name}={value!r} does not fit: it takes \w+", message)


def test_the_environment_outranks_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    dotenv = tmp_path / ".env"
    dotenv.write_text("PORT=9001\nAGENT_NAME=Robin\n")
    monkeypatch.setenv("PORT", "9002")
    monkeypatch.delenv("AGENT_NAME", raising=False)
    settings = Settings.from_env(environment(dotenv))
    assert (settings.port, settings.agent) == (9002, "Robin")


def test_the_example_lists_every_variable_that_is_read() -> None:
    source = (ROOT / "core" / "config.py").read_text(encoding="utf-8")
    read = set(re.findall(r'read\(\s*"([A-Z_]+)"', source))
    listed = set(re.findall(r"^# ([A-Z_]+)=", (ROOT / ".env.example").read_text(encoding="utf-8"), re.MULTILINE))
    assert read == listed
