"""What stands in where no engine serves a call: it hears nothing, so that the call goes on without words."""

from core.audio.frames import Pcm
from core.calls.events import Party
from core.languages import ANY_LANGUAGE
from core.speech.base import Capabilities, Hypothesis, OnFailure, OnHypothesis, SpeechSession, SpeechToText


class Deaf(SpeechToText):
    """Not among the engines one can choose."""

    name = "none"
    capabilities = Capabilities(partials=False, local=True, languages=())

    def open(
        self, party: Party, on_hypothesis: OnHypothesis, on_failure: OnFailure, language: str = ANY_LANGUAGE
    ) -> SpeechSession:
        return _Session(on_hypothesis)


class _Session(SpeechSession):
    def __init__(self, on_hypothesis: OnHypothesis) -> None:
        self._on_hypothesis = on_hypothesis
        self._utterance_id = ""

    def begin(self, utterance_id: str, start_s: float) -> None:
        self._utterance_id = utterance_id

    def push(self, pcm: Pcm) -> None:
        return

    def end(self) -> None:
        self._on_hypothesis(Hypothesis(utterance_id=self._utterance_id, text="", final=True))

    def drain(self, timeout_s: float) -> bool:
        return True

    def close(self) -> None:
        return
