"""One call as files: its transcript as text and subtitles, and every event of it, from which it can be made again."""

import html
import io
import json
import zipfile
from collections.abc import Sequence
from datetime import UTC
from pathlib import Path
from typing import Literal, get_args

from core.calls.call import Call, Utterance
from core.calls.events import Recorded, from_wire, to_wire
from core.languages import language_name

CallFormat = Literal["txt", "srt", "vtt", "json", "zip"]
CALL_FORMATS: tuple[CallFormat, ...] = get_args(CallFormat)
LINE_S = 2.0
"""How long a message is shown, which takes no time to say."""


def text_of(call: Call) -> str:
    """The transcript to be read, each line with its time and speaker, under a few lines about the call."""
    head = [
        f"Call {call.call_id}",
        f"Started: {call.started_at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC" if call.started_at else "",
        f"Agent: {call.agent}" if call.agent else "",
        f"Customer: {call.customer.name} ({call.customer.account_number})" if call.customer else "",
        f"Duration: {_clock(call.duration_s)}",
        f"Ended: {call.wrap_up.disposition}" if call.wrap_up else "",
    ]
    lines = [
        f"[{_clock(line.start_s)}] {line.speaker.capitalize()}: {_with_translation(line)}" for line in call.transcript
    ]
    return "\n".join([*filter(None, head), "", *lines]) + "\n"


def srt_of(call: Call) -> str:
    """Subtitles as SubRip has them."""
    blocks = [
        f"{number}\n{_stamp(start_s, ',')} --> {_stamp(end_s, ',')}\n{line.speaker.capitalize()}: {_flat(line.text)}\n"
        for number, (line, start_s, end_s) in enumerate(_cues(call), start=1)
    ]
    return "\n".join(blocks)


def vtt_of(call: Call) -> str:
    """Subtitles as WebVTT has them, each with its speaker's voice."""
    blocks = [
        f"{_stamp(start_s, '.')} --> {_stamp(end_s, '.')}\n"
        f"<v {line.speaker.capitalize()}>{html.escape(_flat(line.text), quote=False)}</v>\n"
        for line, start_s, end_s in _cues(call)
    ]
    return "\n".join(["WEBVTT\n", *blocks])


def json_of_events(events: Sequence[Recorded]) -> str:
    """Every event as it is on every wire, one JSON array."""
    return "[\n" + ",\n".join(json.dumps(to_wire(recorded), ensure_ascii=False) for recorded in events) + "\n]\n"


def events_of(text: str) -> list[Recorded]:
    """The inverse of `json_of_events`. Raises ValueError for anything else."""
    try:
        return [from_wire(wire) for wire in json.loads(text)]
    except (KeyError, TypeError) as error:
        raise ValueError(f"these are no events of a call: {error!r}") from error


def zip_of(call: Call, events: Sequence[Recorded], recording: Path | None = None) -> bytes:
    """All of these files, and the recording if there is one."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr(f"{call.call_id}.txt", text_of(call))
        packed.writestr(f"{call.call_id}.srt", srt_of(call))
        packed.writestr(f"{call.call_id}.vtt", vtt_of(call))
        packed.writestr(f"{call.call_id}.json", json_of_events(events))
        if recording is not None:
            packed.write(recording, recording.name, compress_type=zipfile.ZIP_STORED)
    return buffer.getvalue()


def _cues(call: Call) -> list[tuple[Utterance, float, float]]:
    """Lines with their times; what takes no time is shown for a while."""
    return [
        (line, line.start_s, line.end_s if line.end_s and line.end_s > line.start_s else line.start_s + LINE_S)
        for line in call.transcript
    ]


def _with_translation(line: Utterance) -> str:
    translation = line.translation
    return _flat(line.text) + (
        f" [{language_name(translation.language)}: {_flat(translation.text)}]" if translation else ""
    )


def _flat(text: str) -> str:
    """In one line: an empty one would end a subtitle."""
    return " ".join(text.split())


def _clock(seconds: float) -> str:
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes:02}:{rest:02}"


def _stamp(seconds: float, point: str) -> str:
    milliseconds = round(seconds * 1000)
    minutes, milliseconds = divmod(milliseconds, 60_000)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02}:{minutes:02}:{milliseconds // 1000:02}{point}{milliseconds % 1000:03}"
