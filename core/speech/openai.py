"""OpenAI's speech recognition: live over a WebSocket, or an utterance at a time, as the model's name tells."""

from core.speech.base import SpeechToText
from core.speech.openai_utterance import UtteranceTranscription
from core.speech.registry import EngineSettings

_LIVE = ("gpt-realtime", "gpt-live")


def create(settings: EngineSettings) -> SpeechToText:
    if settings.openai_stt_model.startswith(_LIVE):
        from core.speech.openai_realtime import RealtimeTranscription

        return RealtimeTranscription(
            api_key=settings.openai_api_key,
            base_url=settings.openai_base_url,
            model=settings.openai_stt_model,
        )
    return UtteranceTranscription(
        api_key=settings.openai_api_key,
        base_url=settings.openai_base_url,
        model=settings.openai_stt_model or "gpt-transcribe",
    )
