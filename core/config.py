"""Settings, read once from the environment and `.env`."""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path
from typing import TypeVar

from dotenv import dotenv_values

from core.errors import ConfigurationError

ROOT = Path(__file__).resolve().parent.parent
Value = TypeVar("Value")


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything that can be configured. `.env.example` explains each."""

    host: str = "127.0.0.1"
    """Who can open the pages: only this machine, unless this is an address of it that others reach."""
    port: int = 8501
    database_url: str = f"duckdb:///{ROOT / 'data' / 'sidetone.duckdb'}"
    stt: str = "auto"
    """auto is the best engine that is ready, and the next where one fails."""
    stt_workers: int = 2
    stt_timeline: Path | None = None
    speech_cache_path: Path = ROOT / "data" / "cache"
    assistant: str = "auto"
    """auto is openai where a key or an address is given, and playbook elsewhere."""
    openai_api_key: str = field(default="", repr=False)
    openai_base_url: str = ""
    openai_model: str = "gpt-5.4-mini"
    openai_stt_model: str = "gpt-live-transcribe"
    deepgram_api_key: str = field(default="", repr=False)
    deepgram_url: str = "wss://api.deepgram.com"
    deepgram_model: str = "nova-3"
    whisper_model: str = ""
    """The name of a model, or the folder of one; empty is none."""
    agent: str = "Alex Morgan"
    seed: int = 7
    playbook_path: Path = ROOT / "data" / "playbook.yaml"
    alerts_path: Path = ROOT / "data" / "alerts.yaml"
    actions_path: Path = ROOT / "data" / "actions.yaml"
    templates_path: Path = ROOT / "data" / "templates.yaml"
    vocabulary_path: Path = ROOT / "data" / "vocabulary.yaml"
    routing_path: Path = ROOT / "data" / "routing.yaml"
    agents_path: Path = ROOT / "data" / "agents.yaml"
    anomalies_path: Path = ROOT / "data" / "anomalies.yaml"
    scorecard_path: Path = ROOT / "data" / "scorecard.yaml"
    scenarios_path: Path = ROOT / "data" / "scenarios"
    recordings_path: Path = ROOT / "data" / "recordings"
    """Made when the first call is recorded."""
    ice_servers: tuple[str, ...] = ()
    end_silence_ms: int = 500

    @property
    def uses_model(self) -> bool:
        """A language model helps; the playbook stands in for it."""
        named = bool(self.openai_api_key or self.openai_base_url)
        return self.assistant == "openai" or (self.assistant == "auto" and named)

    @classmethod
    def from_env(cls, environment: Mapping[str, str]) -> "Settings":
        """Read settings from `environment`. Raises ConfigurationError naming the variable and what it takes."""
        default = cls()

        def read(name: str, parse: Callable[[str], Value], fallback: Value, takes: str) -> Value:
            text = environment.get(name, "").strip()
            if not text:
                return fallback
            try:
                return parse(text)
            except ValueError as error:
                raise ConfigurationError(f"{name}={text!r} does not fit: it takes {takes}") from error

        return cls(
            host=read("HOST", _address, default.host, "an IP address of this machine, or 0.0.0.0 for all of them"),
            port=read("PORT", _between(1, 65_535), default.port, "a port number from 1 to 65535"),
            database_url=read("DATABASE_URL", _database_url, default.database_url, "a database URL"),
            stt=read("STT", str, default.stt, "the name of a speech engine"),
            stt_workers=read("STT_WORKERS", _between(1, 64), default.stt_workers, "a number from 1 to 64"),
            stt_timeline=read("STT_TIMELINE", _existing_file, default.stt_timeline, "the path of a timeline file"),
            speech_cache_path=read("SPEECH_CACHE", _folder_to_be, default.speech_cache_path, "the path of a folder"),
            assistant=read(
                "ASSISTANT", _one_of("auto", "playbook", "openai"), default.assistant, "auto, playbook or openai"
            ),
            openai_api_key=read("OPENAI_API_KEY", str, default.openai_api_key, "a key"),
            openai_base_url=read("OPENAI_BASE_URL", _web_address, default.openai_base_url, "an http or https address"),
            openai_model=read("OPENAI_MODEL", str, default.openai_model, "the name of a model"),
            openai_stt_model=read("OPENAI_STT_MODEL", str, default.openai_stt_model, "the name of a model"),
            deepgram_api_key=read("DEEPGRAM_API_KEY", str, default.deepgram_api_key, "a key"),
            deepgram_url=read("DEEPGRAM_URL", _socket_address, default.deepgram_url, "a ws or wss address"),
            deepgram_model=read("DEEPGRAM_MODEL", str, default.deepgram_model, "the name of a model"),
            whisper_model=read("WHISPER_MODEL", str, default.whisper_model, "the name of a model, or its folder"),
            agent=read("AGENT_NAME", str, default.agent, "a name"),
            seed=read("SEED", int, default.seed, "a whole number"),
            playbook_path=read("PLAYBOOK", _existing_file, default.playbook_path, "the path of a rules file"),
            alerts_path=read("ALERTS", _existing_file, default.alerts_path, "the path of an alerts file"),
            actions_path=read("ACTIONS", _existing_file, default.actions_path, "the path of an actions file"),
            templates_path=read("TEMPLATES", _existing_file, default.templates_path, "the path of a templates file"),
            vocabulary_path=read(
                "VOCABULARY", _existing_file, default.vocabulary_path, "the path of a vocabulary file"
            ),
            routing_path=read("ROUTING", _existing_file, default.routing_path, "the path of a routing file"),
            anomalies_path=read("ANOMALIES", _existing_file, default.anomalies_path, "the path of an anomalies file"),
            scorecard_path=read("SCORECARD", _existing_file, default.scorecard_path, "the path of a scorecard file"),
            agents_path=read("AGENTS", _existing_file, default.agents_path, "the path of an agents file"),
            scenarios_path=read("SCENARIOS", _existing_folder, default.scenarios_path, "the path of a folder"),
            recordings_path=read("RECORDINGS", _folder_to_be, default.recordings_path, "the path of a folder"),
            ice_servers=read("ICE_SERVERS", _words, default.ice_servers, "addresses separated by spaces"),
            end_silence_ms=read(
                "END_SILENCE_MS", _between(200, 3_000), default.end_silence_ms, "milliseconds from 200 to 3000"
            ),
        )


def environment(dotenv: Path = ROOT / ".env") -> dict[str, str]:
    """The process's environment over what `.env` says."""
    written = {name: value for name, value in dotenv_values(dotenv).items() if value is not None}
    return {**written, **os.environ}


def _between(low: int, high: int) -> Callable[[str], int]:
    def parse(text: str) -> int:
        number = int(text)
        if not low <= number <= high:
            raise ValueError(text)
        return number

    return parse


def _one_of(*names: str) -> Callable[[str], str]:
    def parse(text: str) -> str:
        if text not in names:
            raise ValueError(text)
        return text

    return parse


def _address(text: str) -> str:
    return str(ip_address(text))


def _web_address(text: str) -> str:
    if not text.startswith(("http://", "https://")):
        raise ValueError(text)
    return text


def _socket_address(text: str) -> str:
    if not text.startswith(("ws://", "wss://")):
        raise ValueError(text)
    return text


def _database_url(text: str) -> str:
    if "://" not in text:
        raise ValueError(text)
    return text


def _existing_file(text: str) -> Path:
    path = Path(text)
    if not path.is_file():
        raise ValueError(text)
    return path


def _existing_folder(text: str) -> Path:
    path = Path(text)
    if not path.is_dir():
        raise ValueError(text)
    return path


def _folder_to_be(text: str) -> Path:
    path = Path(text)
    if path.exists() and not path.is_dir():
        raise ValueError(text)
    return path


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.replace(",", " ").split())
