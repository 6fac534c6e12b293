"""A recording run through the whole pipeline in lock-step: faster than real time, the same result every time."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue
from typing import cast

import numpy as np

from core.audio.files import Recording
from core.audio.frames import Pcm
from core.audio.recorder import StereoRecorder
from core.calls.assist import TICK_S, Assistance
from core.calls.call import Call, Utterance
from core.calls.events import (
    PARTIES,
    CallEnded,
    CallStarted,
    Event,
    Party,
    PartyJoined,
    PartyLeft,
    RecordingStarted,
    RecordingStopped,
    TranscriptFinal,
    WrapUpCompleted,
)
from core.calls.hearing import told_already
from core.calls.log import EventLog
from core.calls.sound import Sound
from core.calls.transcribe import MakeLeg, pump
from core.languages import ANY_LANGUAGE


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    position_s: float
    duration_s: float | None


class Cancelled(Exception):
    """Raised by `on_progress` to have no more of a recording run."""


class RecordedCall:
    """Runs one recording. The call's clock is the recording's own."""

    def __init__(
        self,
        call_id: str,
        event_log: EventLog,
        make_leg: MakeLeg,
        make_assistance: Callable[[str], Assistance],
        agent: str,
        engine: str = "",
        language: str = ANY_LANGUAGE,
    ) -> None:
        """`engine` and `language` as in `CallStarted`; `make_leg` goes by them already."""
        self.call_id = call_id
        self._log = event_log
        self._make_leg = make_leg
        self._make_assistance = make_assistance
        self._agent = agent
        self._engine = engine
        self._language = language
        self._position_s = 0.0
        self._ticked_s = 0.0
        self._settled: SimpleQueue[str] = SimpleQueue()

    def run(
        self,
        path: Path,
        parties: tuple[Party, ...] | None = None,
        on_progress: Callable[[Progress], None] = lambda _: None,
    ) -> Call:
        """Transcribe, understand and assist; the stored call. Raises AudioError before anything is stored."""
        with Recording.open(path, parties) as recording:
            return self.hear(recording, path.name, on_progress)

    def hear(
        self,
        sound: Sound,
        title: str,
        on_progress: Callable[[Progress], None] = lambda _: None,
        keep: Path | None = None,
        note: str = "",
    ) -> Call:
        """The same for sound that is open already. `keep` is the file its sound is kept in as the call's recording,
        in a folder that exists; `note` is left in the wrap-up. Raises AudioError."""
        assistance = self._make_assistance(self.call_id)
        recorder = StereoRecorder(keep) if keep is not None else None
        self._log.open(self.call_id, lambda: self._position_s)
        started = CallStarted(
            source="recording", agent=self._agent, title=title, engine=self._engine, language=self._language
        )
        self._append(started)
        try:
            if keep is not None:
                self._append(RecordingStarted(file=keep.name))
            try:
                self._listen(sound, assistance, on_progress, recorder)
            finally:
                if recorder is not None:
                    self._append(RecordingStopped(duration_s=recorder.duration_s))
                    recorder.close()
        except BaseException as failure:
            cancelled = isinstance(failure, Cancelled)
            self._append(CallEnded(reason="interrupted" if cancelled else "failed"))
            self._append(WrapUpCompleted(disposition="cancelled" if cancelled else "recording failed"))
            raise
        self._append(CallEnded(reason="completed"))
        assistance.conclude()
        self._append(WrapUpCompleted(disposition="imported", note=note))
        self._log.sync()
        return self._log.call(self.call_id)

    def _listen(
        self,
        sound: Sound,
        assistance: Assistance,
        on_progress: Callable[[Progress], None],
        recorder: StereoRecorder | None,
    ) -> None:
        legs = [self._make_leg(party, self._append) for party in sound.parties]
        for leg in legs:
            self._append(PartyJoined(party=leg.party, engine=leg.engine_name))
        blocks = sound if recorder is None else _kept(sound, recorder)
        for position_s in pump(cast(Recording, blocks), legs):
            self._position_s = position_s
            self._help(assistance)
            on_progress(Progress(position_s=position_s, duration_s=sound.duration_s))
        for leg in legs:
            self._append(PartyLeft(party=leg.party))

    def _help(self, assistance: Assistance) -> None:
        said: dict[Party, list[Utterance]] = {party: [] for party in PARTIES}
        while not self._settled.empty():
            utterance = assistance.understand(self._settled.get())
            if utterance is not None:
                said[utterance.speaker].append(utterance)
        for speaker, utterances in said.items():
            if utterances:
                assistance.respond(speaker, utterances)
        if self._position_s - self._ticked_s >= TICK_S:
            self._ticked_s = self._position_s
            assistance.respond("tick")

    def _append(self, event: Event, offset_s: float | None = None) -> None:
        """Called from the engine's thread too."""
        if told_already(event, self._log.call(self.call_id).problems):
            return
        self._log.append(self.call_id, event, offset_s)
        if isinstance(event, TranscriptFinal):
            self._settled.put(event.utterance_id)


def _kept(sound: Sound, recorder: StereoRecorder) -> Iterator[dict[Party, Pcm]]:
    """The same blocks, written down as they pass; a party without a channel is silent."""
    for block in sound:
        silence = np.zeros(len(next(iter(block.values()))), np.int16)
        recorder.write(block.get("customer", silence), block.get("agent", silence))
        yield block
