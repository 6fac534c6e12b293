import sys
from pathlib import Path

import pytest

import core.speech
from core.errors import ConfigurationError
from core.speech.registry import EngineSettings, available, engine_from


def test_the_engines_there_are() -> None:
    assert {"pocketsphinx", "scripted"} <= set(available())
    assert not {"base", "registry", "pocketsphinx_ear", "evaluation"} & set(available())


@pytest.mark.parametrize("name", ["nonsense", "base", "", "os.path", "../scripted"])
def test_an_unknown_engine_names_the_ones_there_are(name: str) -> None:
    with pytest.raises(ConfigurationError, match="pocketsphinx, scripted"):
        engine_from(name)


def test_scripted_needs_a_timeline(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="timeline"):
        engine_from("scripted")
    path = tmp_path / "t.yaml"
    path.write_text("- {text: hi, start_s: 0, end_s: 1}")
    assert engine_from("scripted", EngineSettings(timeline=path)).name == "scripted"


def test_a_new_engine_needs_only_a_new_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "parrot.py").write_text(
        "from core.speech.scripted import ScriptedEngine\ndef create(settings):\n    return ScriptedEngine([])\n"
    )
    monkeypatch.setattr(core.speech, "__path__", [*core.speech.__path__, str(tmp_path)])
    try:
        assert "parrot" in available()
        assert engine_from("parrot").capabilities.local
    finally:
        sys.modules.pop("core.speech.parrot", None)
