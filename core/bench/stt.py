"""How well and how quickly engines hear: the stock model, the embedded engine, and every other one that can be used.

All hear the same utterances (`spoken_sets`), each in a session of its own, as the first thing a party says, and those
in calls one after the other: first as fast as the engine takes them, for errors and cost; then some as fast as they
were spoken, for what people wait for.
"""

import math
import os
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from shutil import which

from core.bench import conditions_heard, usage
from core.bench.conditions import Options
from core.bench.hearing import CHUNK_S, Aligned, Lags, Result, follow, hear
from core.bench.measurement import Limit, Measurement, milliseconds
from core.bench.partials import CHANGE_NOTE, GAP_NOTE, LONGEST_GAP_MS
from core.bench.sentences_heard import SENTENCES
from core.bench.spoken_sets import (
    AT_8_KHZ,
    CLEAR,
    FASTER,
    IN_CALLS,
    OTHER_SYNTHESISER,
    SLOWER,
    TELEPHONE,
    Spoken,
    by_other_synthesiser,
    in_calls,
    recorded,
    said,
    synthetic,
)
from core.bench.stock import StockEngine
from core.bench.words import Sound, word_ends_s
from core.bootstrap import engines_for
from core.clock import Clock, SystemClock
from core.errors import SidetoneError, SpeechError
from core.speech.base import Known, SpeechToText
from core.speech.engines import Engines
from core.speech.evaluation import entity_recall, normalise, word_error_rate
from core.speech.pocketsphinx import PocketSphinxEngine
from core.speech.pocketsphinx_decoders import create_decoder

EMBEDDED = PocketSphinxEngine.name
"""Whose limits these are:"""
_MOST_ERRORS = {CLEAR: 4.0, IN_CALLS: 4.0, SLOWER: 12.0, FASTER: 12.0, TELEPHONE: 12.0}
_LEAST_ENTITIES = {CLEAR: 95.0, IN_CALLS: 95.0}
_MOST_OF_STOCK = 75.0
_IN_BAD_CONDITIONS = 15
"""Sentences heard again quiet, clipped and in noise."""
_FOLLOWED = 15
"""Sentences spoken in real time: they take about a minute."""
_BUILD_S = 300.0
_READY_S = 120.0
_LOOK_S = 0.2
Candidate = tuple[str, Callable[[], SpeechToText]]
"""An engine's name, and how to get it ready to hear: raises SidetoneError that says why not."""


def measure(options: Options) -> list[Measurement]:
    """Errors, latency and cost per set, engine beside engine."""
    clock = SystemClock()
    utterances, missing = _utterances(options)
    if not utterances:
        return missing
    engines = engines_for(options.settings, clock)
    try:
        return [*missing, *compare(_candidates(options, engines, clock), utterances, options, clock)]
    finally:
        engines.close()


def compare(
    candidates: Iterable[Candidate], utterances: Sequence[Spoken], options: Options, clock: Clock
) -> list[Measurement]:
    """The rows of each engine, errors at 8 kHz as a share of the first one's, and why an engine has none."""
    aligned = list(_aligned(utterances))
    rows: list[Measurement] = []
    first: dict[str, Result] | None = None
    for name, make in candidates:
        options.progress(f"stt: {name} gets ready")
        try:
            engine = make()
            try:
                options.progress(f"stt: {name} hears {len(utterances)} utterances")
                usage.forget_peak()
                # Whatever is started or loaded for the first words is not theirs.
                hear(engine, utterances[:1])
                results = hear(engine, utterances)
                options.progress(f"stt: {name} is spoken to in real time, {len(aligned)} sentences")
                lags = follow(engine, aligned, clock)
                memory = _memory(engine)
                options.progress(f"stt: {name} hears in bad conditions")
                conditions = _in_bad_conditions(engine, options)
            finally:
                engine.close()
        except SidetoneError as error:
            rows.append(Measurement(what=name, unit="", not_measured=str(error)))
            continue
        first = first or results
        for of_set, result in results.items():
            rows += _of_set(name, of_set, result)
        rows += [*_beside(name, results, first), *_waits(name, lags, len(aligned)), memory, *conditions]
    return rows


def why_not(engine: SpeechToText, clock: Clock) -> str:
    """Get the engine ready; empty, or what keeps it from serving after a while."""
    engine.warm_up()
    until_s = clock.monotonic_s() + _READY_S
    never = threading.Event()
    while engine.readiness.state == "preparing" and clock.monotonic_s() < until_s:
        clock.wait(never, _LOOK_S)
    if engine.readiness.state == "ready":
        return ""
    return engine.readiness.message or f"it is not ready, and does not say why: {engine.readiness.state}"


def _utterances(options: Options) -> tuple[list[Spoken], list[Measurement]]:
    """And what cannot be measured."""
    found: list[Spoken] = []
    missing = []
    if which("flite"):
        found += synthetic()
        found += in_calls(found)
    else:
        sets = ", ".join((CLEAR, IN_CALLS, SLOWER, FASTER, TELEPHONE))
        missing.append((sets, "flite is not installed; run: apt install flite"))
    if which("espeak-ng"):
        found += by_other_synthesiser()
    else:
        missing.append((OTHER_SYNTHESISER, "espeak-ng is not installed; run: apt install espeak-ng"))
    if options.evaluation and (options.evaluation / "references.jsonl").is_file():
        found += recorded(options.evaluation)
    else:
        missing.append(("recorded", "name the folder of recordings with --eval DIR"))
    return found, [Measurement(what=what, unit="%", not_measured=why) for what, why in missing]


def _candidates(options: Options, engines: Engines, clock: Clock) -> Iterator[Candidate]:
    yield StockEngine.name, StockEngine
    yield EMBEDDED, partial(_embedded, options)
    for name in engines.names():
        if name != EMBEDDED:
            yield name, partial(_other, engines, name, clock)


def _embedded(options: Options) -> PocketSphinxEngine:
    engine = PocketSphinxEngine(workers=1, cache=options.settings.speech_cache_path)
    engine.learn(Known())
    if not engine.learned(_BUILD_S):
        engine.close()
        raise SpeechError("the models of the domain were not built; run it again and read what is printed above")
    return engine


def _other(engines: Engines, name: str, clock: Clock) -> SpeechToText:
    engine = engines.engine(name)
    if why := why_not(engine, clock):
        raise SpeechError(why)
    return engine


def _aligned(utterances: Sequence[Spoken]) -> Iterator[Aligned]:
    """Clear sentences by every voice, or other utterances where there are none, whose words are found in the sound."""
    spoken = [one for one in utterances if one.of_set == CLEAR] or utterances
    decoder = create_decoder()
    for number, one in enumerate(spoken):
        words = normalise(one.reference).split()
        # Three of ten, so that the voices, of which there are three, come in turns.
        if number % 10 < 3 and number < _FOLLOWED * 10 / 3 and words:
            ends_s = word_ends_s(decoder, words, Sound(0.0, [one.pcm]))
            if ends_s is not None:
                yield Aligned(one.pcm, words, ends_s)


def _in_bad_conditions(engine: SpeechToText, options: Options) -> list[Measurement]:
    if not which("flite"):
        return []
    sentences = [text for text, *_ in SENTENCES[:_IN_BAD_CONDITIONS]]
    return conditions_heard.measure(engine, said, sentences, options.evaluation)


def _of_set(engine: str, of_set: str, result: Result) -> Iterator[Measurement]:
    mine = engine == EMBEDDED
    pairs = result.pairs()
    words = sum(len(normalise(reference).split()) for reference, _ in pairs)
    yield Measurement(
        what=f"{of_set}: word error rate",
        unit="%",
        values=(100 * word_error_rate(pairs),),
        limits=(Limit("mean", _MOST_ERRORS[of_set]),) if mine and of_set in _MOST_ERRORS else (),
        note=f"{of_set}: {len(pairs)} utterances, {words} words, {result.sound_s:.0f} s",
        engine=engine,
    )
    for folder in result.folders() if len(result.folders()) > 1 else ():
        rate = 100 * word_error_rate(result.pairs(folder))
        what = f"{of_set}, {folder} ({len(result.pairs(folder))}): word error rate"
        yield Measurement(what=what, unit="%", values=(rate,), engine=engine)
    if entities := result.entities():
        yield Measurement(
            what=f"{of_set}: names and numbers heard",
            unit="%",
            values=(100 * entity_recall(entities),),
            limits=(Limit("mean", _LEAST_ENTITIES[of_set], least=True),) if mine and of_set in _LEAST_ENTITIES else (),
            note=f"{len(entities)} in {of_set}",
            engine=engine,
        )
    for what, took_s in {"real-time factor": result.took_s, "CPU": result.cpu_s}.items():
        values = (took_s / result.sound_s,)
        yield Measurement(what=f"{of_set}: {what}", unit="s per s", values=values, engine=engine)


def _beside(engine: str, results: dict[str, Result], first: dict[str, Result]) -> Iterator[Measurement]:
    if AT_8_KHZ in results and (usual := word_error_rate(first[AT_8_KHZ].pairs())):
        yield Measurement(
            what=f"{AT_8_KHZ}: errors as a share of stock's",
            unit="%",
            values=(100 * word_error_rate(results[AT_8_KHZ].pairs()) / usual,),
            limits=(Limit("mean", _MOST_OF_STOCK),) if engine == EMBEDDED else (),
            engine=engine,
        )


def _waits(engine: str, lags: Lags, sentences: int) -> Iterator[Measurement]:
    """What is waited for while somebody speaks."""
    spoken = f"{sentences} sentences as fast as they were spoken, in pieces of {1000 * CHUNK_S:.0f} ms"
    found = "where its sound ends is found by forced alignment"
    yield Measurement(
        what="in real time: word spoken → shown",
        unit="ms",
        values=milliseconds(lags.words_s),
        note=f"{spoken}; until the first partial or final that has the word, {found}",
        engine=engine,
    )
    yield Measurement(
        what="in real time: words never shown",
        unit="%",
        values=(100 * lags.missed / max(1, lags.missed + len(lags.words_s)),),
        engine=engine,
    )
    yield Measurement(
        what="in real time: age of the newest word shown",
        unit="ms",
        values=milliseconds(lags.ages_s),
        note="looked at ten times a second while speech lasts, the speaker's own pauses included",
        engine=engine,
    )
    yield Measurement(
        what="in real time: gap between partials",
        unit="ms",
        values=milliseconds(lags.gaps_s),
        limits=(Limit("p95", LONGEST_GAP_MS),) if engine == EMBEDDED else (),
        note=GAP_NOTE,
        engine=engine,
    )
    yield Measurement(
        what="in real time: gap between changes of what is shown",
        unit="ms",
        values=milliseconds(lags.changes_s),
        note=CHANGE_NOTE,
        engine=engine,
    )
    yield Measurement(
        what="in real time: final asked for → there",
        unit="ms",
        values=milliseconds(lags.finals_s),
        note="a pause was told 150 ms before; endpointing comes on top, see words",
        engine=engine,
    )


def _memory(engine: SpeechToText) -> Measurement:
    """Of the process that decodes."""
    workers = engine.worker_pids if isinstance(engine, PocketSphinxEngine) else []
    peak_bytes = sum(map(usage.peak_memory_bytes, workers or [os.getpid()]))
    return Measurement(
        what="memory",
        unit="MB",
        values=() if math.isnan(peak_bytes) else (peak_bytes / 1e6,),
        not_measured="there is no /proc to read it from",
        note="most at a time: its one worker" if workers else "most at a time: this process, with all the utterances",
        engine=engine.name,
    )
