"""Speech engines by name: a module in this package that defines `create(settings)` is one."""

import importlib
import pkgutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

import core.speech
from core.errors import ConfigurationError
from core.speech.base import SpeechToText


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineSettings:
    """What engines may need to know; each takes what concerns it."""

    workers: int = 2
    """Processes a local engine may decode in."""
    timeline: Path | None = None
    """What the scripted engine is to hear."""
    cache: Path | None = None
    """Where local engines may keep models they have made or fetched."""
    openai_api_key: str = field(default="", repr=False)
    openai_base_url: str = ""
    openai_stt_model: str = ""
    deepgram_api_key: str = field(default="", repr=False)
    deepgram_url: str = ""
    deepgram_model: str = ""
    whisper_model: str = ""
    """The name of a model, or the folder of one."""


def available() -> list[str]:
    """Names of the engines there are. Imports every module of the package."""
    return sorted(
        info.name
        for info in pkgutil.iter_modules(core.speech.__path__)
        if hasattr(importlib.import_module(f"core.speech.{info.name}"), "create")
    )


def engine_from(name: str, settings: EngineSettings | None = None) -> SpeechToText:
    """The engine called `name`. Raises ConfigurationError when there is none or its settings do not do."""
    if name not in {info.name for info in pkgutil.iter_modules(core.speech.__path__)}:
        raise _unknown(name)
    module = importlib.import_module(f"core.speech.{name}")
    if not hasattr(module, "create"):
        raise _unknown(name)
    return cast(SpeechToText, module.create(settings or EngineSettings()))


def _unknown(name: str) -> ConfigurationError:
    return ConfigurationError(f"there is no speech engine called {name!r}; set STT to one of: {', '.join(available())}")
