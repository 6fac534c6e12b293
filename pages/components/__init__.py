"""Browser components: each a folder of ES modules, served as they are at `/ui`, and its mounting command here."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, cast

import streamlit as st
from pydantic import TypeAdapter

Command = dict[str, Any]
"""One click of the agent: `id`, `name` and its subject.

use: `suggestion_id`, `text` when edited · dismiss: `suggestion_id`, `reason` · rate: `suggestion_id`, `helpful` ·
pin: `suggestion_id`, `pinned` · accept: `suggestion_id` · ask: `text` · flag: `at_s`, `note` ·
propose: `action`, `arguments` · confirm, decline, undo: `action_id` · choose_customer: `customer_id` ·
mute, unmute: `party` · send: `text`, `suggestion_id` when made from one · transfer: `to`, `note` ·
request_help: `reason` · pause_recording: `reason` · hold, resume, end_help, resume_recording, end: nothing ·
voice_commands: `on`.
`identified` and `ended` are no clicks: the call was seen to get that far, which the page may want to react to. Nor is
`colleagues`: somebody is about to choose among them.
"""

_commands = TypeAdapter(list[Command])

# Inline code runs from a blob address, against which nothing can be resolved: the module is found from the page, whose
# own path ends in at most one page name. Imports resolve in any order; only the latest of several invocations counts.
_LOADER = """
export default async function (component) {
  const place = component.parentElement;
  const turn = (place.turn = (place.turn ?? 0) + 1);
  const { default: mount } = await import(new URL("ui/%s/mount.js", document.baseURI));
  return place.turn === turn ? mount(component) : undefined;
}
"""


def _styles(*components: str) -> str:
    """What all components share, and all style sheets of these, in the order of their names."""
    folder = Path(__file__).parent
    sheets = [sheet for component in components for sheet in sorted((folder / component / "styles").glob("*.css"))]
    return "\n".join(sheet.read_text(encoding="utf-8") for sheet in [folder / "theme.css", *sheets])


def _told(key: str, trigger: str) -> Any:
    """What a component has told; None when a run has left it out meanwhile, and Streamlit has forgotten it."""
    return st.session_state[key][trigger] if key in st.session_state else None


_call_view = st.components.v2.component(
    "call_view",
    css=_styles("call_view"),
    js=_LOADER % "call_view",
)


def call_view(
    call_id: str,
    *,
    on_command: Callable[[Command], None] | None,
    actions: Sequence[dict[str, Any]] = (),
    checklist: Sequence[dict[str, str]] = (),
    templates: Sequence[dict[str, str]] = (),
    assistant: str = "",
    colleagues: Sequence[dict[str, Any]] = (),
    voice_commands: Sequence[dict[str, str]] = (),
    key: str = "call_view",
) -> None:
    """Draw a live call; it follows its events by itself, without script runs.

    `on_command` gets each command once, before the script run it causes; without it the call is for reading only. A
    `key` can be mounted once per page.
    `actions` are offered (`{action, label, fields: [{name, label, type, default, required, choices}]}`), `checklist`
    is what the agent has to say (`{item, label}`), `templates` are ready-made answers (`{name, text}`), `assistant`
    says who helps, `colleagues` may be given the call (`{name, state, free}`), and `voice_commands` are what can be
    said to Sidetone (`{say, does}`).
    """
    handled_key = f"{key}:handled"

    def commanded() -> None:
        # Streamlit keeps only the latest of several triggers, so each carries every command not confirmed yet.
        handled: set[str] = st.session_state.setdefault(handled_key, set())
        # What is not taken now comes again: the browser sends it until the call confirms it.
        for command in _commands.validate_python(_told(key, "command") or []):
            if on_command is not None and command["id"] not in handled:
                handled.add(command["id"])
                on_command(command)

    data = {
        "call_id": call_id,
        "actions": list(actions),
        "checklist": list(checklist),
        "templates": list(templates),
        "assistant": assistant,
        "colleagues": list(colleagues),
        "voice_commands": list(voice_commands),
        "reading": on_command is None,
    }
    _call_view(key=key, data=data, on_command_change=commanded)


_microphone_permission = st.components.v2.component("microphone_permission", js=_LOADER % "microphone_permission")


def microphone_permission(key: str) -> str | None:
    """Ask the browser for its microphone: "granted", the name of a DOMException, or None until there is an answer.

    A new `key` asks again.
    """
    return cast(
        "str | None", _microphone_permission(key=key, height=1, on_outcome_change=lambda: None).get("outcome", None)
    )


_customer_view = st.components.v2.component("customer_view", css=_styles("customer_view"), js=_LOADER % "customer_view")


def customer_view(visit_id: str, *, live: bool, on_event: Callable[[str], None], key: str = "customer_view") -> None:
    """Draw a customer's call; it follows and steers the call by itself, over a socket of its own.

    `on_event` gets "ended" when a call that was `live` is over, and "again" when the customer wants to call again.
    """

    def happened() -> None:
        if event := _told(key, "event"):
            on_event(event)

    _customer_view(key=key, data={"visit_id": visit_id, "live": live}, on_event_change=happened)


_floor_view = st.components.v2.component("floor_view", css=_styles("floor_view"), js=_LOADER % "floor_view")


def floor_view(
    supervisor: str, *, open_call: str | None, on_command: Callable[[str, str], None], key: str = "floor_view"
) -> None:
    """Draw every call going on, the queue and the agents; it follows them by itself, without script runs.

    With `open_call` it shrinks to the figures and the help requests of other calls. `on_command` gets "open" or
    "on_it" (the supervisor answers a request for help) and the id of the call.
    """

    def commanded() -> None:
        if command := _told(key, "command"):
            on_command(command["name"], command["call_id"])
        else:
            st.toast("The floor had just changed. Please click again.", icon=":material/sync:")

    _floor_view(key=key, data={"as": supervisor, "open": open_call}, on_command_change=commanded)


_replay_view = st.components.v2.component(
    "replay_view", css=_styles("call_view", "replay_view"), js=_LOADER % "replay_view"
)


def replay_view(
    call_id: str,
    *,
    at_s: float = 0.0,
    checklist: Sequence[dict[str, str]] = (),
    assistant: str = "",
    key: str = "replay_view",
) -> None:
    """Draw a stored call as the agent saw it, from `at_s` seconds on; playing and seeking make no script run.

    `checklist` and `assistant` as for `call_view`.
    """
    data = {"call_id": call_id, "at_s": at_s, "checklist": list(checklist), "assistant": assistant}
    _replay_view(key=key, data=data)
