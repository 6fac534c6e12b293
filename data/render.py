"""Render scenarios to audio: `python -m data.render [NAME …]`.

A voice is one of flite's (`slt`), or `espeak-ng:` and one of its, for the languages flite does not speak
(`espeak-ng:es`). On Debian: `apt install flite espeak-ng`.
"""

import argparse
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import av
import numpy as np
import yaml

from core.audio.files import Recording
from core.audio.frames import SPEECH_RATE_HZ, Pcm
from core.calls.events import PARTIES
from core.errors import RulesError, SidetoneError
from core.scenarios import Scenario, list_scenarios
from core.speech.scripted import TimedText

SCENARIOS = Path(__file__).parent / "scenarios"
_PEAK = 0.5
_BIT_RATE = 24_000
_TAIL_S = 1.0
_ESPEAK_WORDS_PER_MINUTE = "150"


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m data.render", description="Render scenarios to audio.")
    parser.add_argument("names", nargs="*", metavar="NAME", help="scenarios to render; all without a name")
    wanted = parser.parse_args(arguments).names
    try:
        scenarios = {scenario.name: scenario for scenario in list_scenarios(SCENARIOS)}
        if unknown := [name for name in wanted if name not in scenarios]:
            raise RulesError(f"there is no scenario {unknown[0]!r}; choose from: {', '.join(scenarios)}")
        for name in wanted or scenarios:
            print(f"{render(scenarios[name]):5.1f} s  {scenarios[name].audio_path}")
    except SidetoneError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def render(scenario: Scenario) -> float:
    """Write the scenario's audio and timeline; returns the length in seconds. Raises RulesError, AudioError."""
    samples, timeline = arrange(scenario)
    encode(samples, scenario.audio_path)
    entries = [
        {"party": e.party, "text": e.text, "start_s": round(e.start_s, 3), "end_s": round(e.end_s, 3)} for e in timeline
    ]
    text = yaml.safe_dump(entries, sort_keys=False, allow_unicode=True, width=120)
    scenario.timeline_path.write_text(
        f"# Written by `python -m data.render {scenario.name}`.\n{text}", encoding="utf-8"
    )
    return len(samples) / SPEECH_RATE_HZ


def arrange(scenario: Scenario) -> tuple[np.ndarray, list[TimedText]]:
    """The call as s16 samples of shape (n, 2), left the customer, and when each turn is said."""
    placed: list[tuple[int, int, Pcm]] = []
    timeline: list[TimedText] = []
    at = 0
    for turn in scenario.turns:
        at += round(turn.pause_s * SPEECH_RATE_HZ)
        pcm = synthesise(turn.spoken, scenario.voices[turn.party])
        end = at + len(pcm)
        placed.append((at, PARTIES.index(turn.party), pcm))
        timeline.append(
            TimedText(party=turn.party, text=turn.spoken, start_s=at / SPEECH_RATE_HZ, end_s=end / SPEECH_RATE_HZ)
        )
        at = end
    samples = np.zeros((at + round(_TAIL_S * SPEECH_RATE_HZ), len(PARTIES)), np.int16)
    for start, channel, pcm in placed:
        samples[start : start + len(pcm), channel] = pcm
    return samples, timeline


def synthesise(text: str, voice: str) -> Pcm:
    """What its voice makes of a text, without the silence around it. Raises RulesError for a voice there is not."""
    engine, _, name = voice.rpartition(":")
    speak = _ENGINES.get(engine)
    if speak is None:
        raise RulesError(f"{voice!r} is no voice; write one of flite's, or one of espeak-ng's as espeak-ng:es")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "turn.wav"
        speak(text, name, path)
        with Recording.open(path) as recording:
            pcm = np.concatenate([block["customer"] for block in recording]).astype(np.float64)
    loud = np.flatnonzero(np.abs(pcm) > 0.02 * np.abs(pcm).max())
    pcm = pcm[loud[0] : loud[-1] + 1]
    normalised: Pcm = (pcm * (_PEAK * 32767 / np.abs(pcm).max())).astype(np.int16)
    return normalised


def _flite(text: str, voice: str, path: Path) -> None:
    flite = _program("flite")
    voices = subprocess.run([flite, "-lv"], capture_output=True, text=True, check=True).stdout.split(":")[-1].split()
    if voice not in voices:
        raise RulesError(f"flite has no voice {voice!r}; choose from: {', '.join(voices)}")
    subprocess.run([flite, "-voice", voice, "-t", text, "-o", str(path)], check=True, capture_output=True)


def _espeak(text: str, voice: str, path: Path) -> None:
    command = [_program("espeak-ng"), "-v", voice, "-s", _ESPEAK_WORDS_PER_MINUTE, "-w", str(path), text]
    made = subprocess.run(command, capture_output=True, text=True, check=False)
    if made.returncode:
        raise RulesError(f"espeak-ng has no voice {voice!r}; see: espeak-ng --voices")


def _program(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        raise RulesError(f"{name} is not installed; on Debian run: apt install {name}")
    return found


_ENGINES: dict[str, Callable[[str, str, Path], None]] = {"": _flite, "flite": _flite, "espeak-ng": _espeak}


def encode(samples: np.ndarray, path: Path) -> None:
    """Write s16 samples of shape (n, 2) as Ogg Opus."""
    with av.open(str(path), "w", format="ogg") as container:
        stream = container.add_stream("libopus", rate=SPEECH_RATE_HZ, layout="stereo")
        stream.bit_rate = _BIT_RATE
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(samples).reshape(1, -1), format="s16", layout="stereo")
        frame.sample_rate = SPEECH_RATE_HZ
        frame.pts = 0
        for packet in [*stream.encode(frame), *stream.encode(None)]:
            container.mux(packet)


if __name__ == "__main__":
    sys.exit(main())
