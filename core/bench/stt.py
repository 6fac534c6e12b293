"""How well and how quickly engines hear: the stock model, the embedded engine, and every other one that is ready.

Synthetic sets are the sentences of `sentences_heard.py` spoken by flite at three speeds and through a telephone; real
ones are the recordings of the evaluation folder whose words are known, those at 8 kHz apart. Each utterance is the
first thing a party says, pushed as fast as the engine takes it, with the pause that endpointing tells before its end.
"""

import json
import resource
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from shutil import which

import numpy as np

from core.assistant.written import written
from core.audio.files import Recording
from core.audio.frames import SPEECH_RATE_HZ, Pcm
from core.audio.telephone_line import through_telephone
from core.bench import conditions_heard
from core.bench.accuracy import TRUE_KINDS
from core.bench.conditions import Options
from core.bench.measurement import Limit, Measurement
from core.bench.sentences_heard import SENTENCES
from core.bench.stock import StockEngine
from core.bootstrap import engines_for
from core.config import Settings
from core.errors import SpeechError
from core.speech.base import Hypothesis, Known, SpeechToText
from core.speech.evaluation import entity_recall, word_error_rate
from core.speech.pocketsphinx import PocketSphinxEngine

VOICES = ("slt", "rms", "awb")
_SPEEDS = {"clear": 1.0, "slower": 1.3, "faster": 0.77}
_LIMITS = {"clear": 4.0, "slower": 12.0, "faster": 12.0, "telephone band": 12.0}
_IN_BAD_CONDITIONS = 8
"""Sentences heard again quiet, clipped and in noise."""
_CHUNK = SPEECH_RATE_HZ // 10
_PAUSE = round(0.15 * SPEECH_RATE_HZ)
"""Sound after the pause was told: half of the silence at the end."""
_PATIENCE_S = 60.0
_BUILD_S = 300.0
_NOTE = "since the hypothesis before it; what a call adds (endpointing, committing) is measured by words"


@dataclass(frozen=True, slots=True)
class Spoken:
    of_set: str
    pcm: Pcm
    reference: str
    entities: tuple[str, ...] = ()


@dataclass(slots=True)
class Result:
    pairs: list[tuple[str, str]] = field(default_factory=list)
    entities: list[tuple[str, str]] = field(default_factory=list)
    """An entity that was said, and what was heard of its sentence."""
    partials_ms: list[float] = field(default_factory=list)
    finals_ms: list[float] = field(default_factory=list)
    """Decoding since the hypothesis before: what a listener waits for beyond the sound itself."""
    sound_s: float = 0.0
    took_s: float = 0.0


def measure(options: Options) -> list[Measurement]:
    """Errors, latency and cost per set, with the domain's models and with the stock model."""
    utterances: list[Spoken] = []
    missing: list[Measurement] = []
    if which("flite"):
        utterances += synthetic()
    else:
        missing.append(
            Measurement(what="speech by flite", unit="%", not_measured="flite is not installed; apt install flite")
        )
    if options.evaluation and (options.evaluation / "references.jsonl").is_file():
        utterances += recorded(options.evaluation)
    else:
        missing.append(Measurement(what="recordings", unit="%", not_measured="name their folder with --eval DIR"))
    if not utterances:
        return missing
    measurements: list[Measurement] = []
    for engine in (StockEngine(), _domain(), *_others(options)):
        options.progress(f"stt: {len(utterances)} utterances, {engine.name}")
        begun_s = _cpu_seconds()
        memory_bytes = float("nan")
        try:
            results = hear(engine, utterances)
            if which("flite"):
                sentences = [text for text, *_ in SENTENCES[:_IN_BAD_CONDITIONS]]
                measurements += conditions_heard.measure(engine, _said, sentences, options.evaluation)
            if isinstance(engine, PocketSphinxEngine):
                memory_bytes = sum(map(_memory_bytes, engine.worker_pids))
        finally:
            engine.close()
        measurements += _table(engine.name, results, _cpu_seconds() - begun_s, memory_bytes)
    return [*missing, *sorted(measurements, key=lambda m: m.what)]


def synthetic() -> Iterator[Spoken]:
    """Every sentence by one voice, the voices taking turns, at every speed and through a telephone."""
    for number, (text, *entities) in enumerate(SENTENCES):
        voice = VOICES[number % len(VOICES)]
        for name, stretch in _SPEEDS.items():
            pcm = _flite(text, voice, stretch)
            yield Spoken(name, _framed(pcm), text, tuple(entities))
            if name == "clear":
                yield Spoken("telephone band", _framed(through_telephone(pcm)), text, tuple(entities))


def recorded(folder: Path) -> Iterator[Spoken]:
    """Recordings with a true reference; those at 8 kHz are a set of their own."""
    for line in (folder / "references.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        if not row["reference"] or not row["reference_kind"].startswith(TRUE_KINDS):
            continue
        with Recording.open(folder / row["file"]) as recording:
            pcm = np.concatenate([next(iter(block.values())) for block in recording])
        yield Spoken("recorded at 8 kHz" if row["sample_rate"] == 8000 else "recorded", _framed(pcm), row["reference"])


def _domain() -> PocketSphinxEngine:
    engine = PocketSphinxEngine(workers=1, cache=Settings().speech_cache_path)
    engine.learn(Known())
    if not engine.learned(_BUILD_S):
        raise SpeechError("the models of the domain were not built; run it again and read what is printed above")
    return engine


def _others(options: Options) -> Iterator[SpeechToText]:
    """Engines that are ready as things are set: with a key, or with weights."""
    engines = engines_for(options.settings)
    for listed in engines.listed():
        if listed.readiness.state == "ready" and listed.name != PocketSphinxEngine.name:
            yield engines.engine(listed.name)


def hear(engine: SpeechToText, utterances: list[Spoken]) -> dict[str, Result]:
    """Each utterance in a session of its own, as the first thing a party says."""
    results: dict[str, Result] = {}
    for number, spoken in enumerate(utterances):
        result = results.setdefault(spoken.of_set, Result())
        heard: list[Hypothesis] = []
        session = engine.open("customer", heard.append, lambda error: None)
        started_s = time.perf_counter()
        session.begin(str(number), 0.0)
        paused = max(0, len(spoken.pcm) - _PAUSE)
        for at in range(0, paused, _CHUNK):
            session.push(spoken.pcm[at : min(paused, at + _CHUNK)])
        session.pause()
        session.push(spoken.pcm[paused:])
        session.end()
        if not session.drain(_PATIENCE_S):
            raise SpeechError("the engine did not answer within a minute")
        session.close()
        *partials, final = heard
        result.took_s += time.perf_counter() - started_s
        result.sound_s += len(spoken.pcm) / SPEECH_RATE_HZ
        result.partials_ms += [partial.decode_ms for partial in partials]
        result.finals_ms.append(final.decode_ms)
        # In written form, because some engines write: "$84.50" and what is said for it must be the same.
        heard_text = written(final.text)
        result.pairs.append((written(spoken.reference), heard_text))
        result.entities += [(written(entity), heard_text) for entity in spoken.entities]
    return results


def _table(model: str, results: dict[str, Result], cpu_s: float, memory_bytes: float) -> list[Measurement]:
    rows: list[Measurement] = []
    for name, result in results.items():
        limit = (Limit("mean", _LIMITS[name]),) if name in _LIMITS and model != "stock" else ()
        rate = 100 * word_error_rate(result.pairs)
        rows.append(Measurement(what=f"{name}: word error rate, {model}", unit="%", values=(rate,), limits=limit))
        if result.entities:
            recall = 100 * entity_recall(result.entities)
            rows.append(Measurement(what=f"{name}: names and numbers heard, {model}", unit="%", values=(recall,)))
        for what, values in {"partial": result.partials_ms, "final": result.finals_ms}.items():
            wait = f"{name}: decoding before a {what}, {model}"
            rows.append(Measurement(what=wait, unit="ms", values=tuple(values), note=_NOTE))
        rows.append(
            Measurement(
                what=f"{name}: real-time factor, {model}", unit="s per s", values=(result.took_s / result.sound_s,)
            )
        )
    sound_s = sum(result.sound_s for result in results.values())
    rows.append(Measurement(what=f"all: CPU, {model}", unit="s per s", values=(cpu_s / sound_s,)))
    if memory_bytes > 0:
        rows.append(Measurement(what=f"all: memory of a worker, {model}", unit="MB", values=(memory_bytes / 1e6,)))
    return rows


def _cpu_seconds() -> float:
    """CPU time of this process and of its children that have ended."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in used)


def _memory_bytes(pid: int) -> float:
    status = Path(f"/proc/{pid}/status")
    if not status.is_file():
        return float("nan")
    line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
    return 1024 * float(line.split()[1])


def _flite(text: str, voice: str, stretch: float) -> Pcm:
    with tempfile.TemporaryDirectory(prefix="sidetone-flite-") as folder:
        path = Path(folder) / "spoken.wav"
        command = ["flite", "-voice", voice, "--setf", f"duration_stretch={stretch}", "-t", text, "-o", str(path)]
        subprocess.run(command, check=True)
        with Recording.open(path) as recording:
            return np.concatenate([next(iter(block.values())) for block in recording])


def _said(text: str) -> Pcm:
    return _framed(_flite(text, VOICES[len(text) % len(VOICES)], 1.0))


def _framed(pcm: Pcm) -> Pcm:
    """With the silence around it that endpointing leaves, in the quiet noise of a room."""
    silence = round(0.3 * SPEECH_RATE_HZ)
    peak = max(1, int(np.abs(pcm.astype(np.int32)).max()))
    sound = np.concatenate([np.zeros(silence), pcm * (12_000 / peak), np.zeros(silence)])
    return (sound + np.random.default_rng(len(pcm)).normal(0, 3, len(sound))).astype(np.int16)
