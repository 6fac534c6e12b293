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
mute, unmute: `party` · end: nothing.
`identified` and `ended` are no clicks: the call was seen to get that far, which the page may want to react to.
"""

_commands = TypeAdapter(list[Command])

# Inline code runs from a blob address, against which nothing can be resolved: the module is found from the page, whose
# own path ends in at most one page name.
_LOADER = """
export default async function (component) {
  const { default: mount } = await import(new URL("ui/%s/mount.js", document.baseURI));
  return mount(component);
}
"""


def _styles(component: str) -> str:
    """All style sheets of a component, in the order of their names."""
    sheets = sorted((Path(__file__).parent / component / "styles").glob("*.css"))
    return "\n".join(sheet.read_text(encoding="utf-8") for sheet in sheets)


_call_view = st.components.v2.component(
    "call_view",
    css=_styles("call_view"),
    js=_LOADER % "call_view",
)


def call_view(
    call_id: str,
    *,
    on_command: Callable[[Command], None],
    actions: Sequence[dict[str, Any]] = (),
    checklist: Sequence[dict[str, str]] = (),
    templates: Sequence[dict[str, str]] = (),
    assistant: str = "",
    key: str = "call_view",
) -> None:
    """Draw a live call; it follows its events by itself, without script runs.

    `on_command` gets each command once, before the script run it causes. A `key` can be mounted once per page.
    `actions` are offered (`{action, label, fields: [{name, label, type, default, required, choices}]}`), `checklist`
    is what the agent has to say (`{item, label}`), `templates` are ready-made answers (`{name, text}`), and
    `assistant` says who helps.
    """
    handled_key = f"{key}:handled"

    def commanded() -> None:
        # Streamlit keeps only the latest of several triggers, so each carries every command not confirmed yet.
        handled: set[str] = st.session_state.setdefault(handled_key, set())
        for command in _commands.validate_python(st.session_state[key]["command"]):
            if command["id"] not in handled:
                handled.add(command["id"])
                on_command(command)

    data = {
        "call_id": call_id,
        "actions": list(actions),
        "checklist": list(checklist),
        "templates": list(templates),
        "assistant": assistant,
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
