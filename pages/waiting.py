"""Who waits, as an agent sees it: the queue, and the call that rings at the desk."""

from collections.abc import Callable

import streamlit as st

from core.access import Viewer
from core.bootstrap import Services
from core.languages import NAMES
from core.routing.states import Waiting
from pages.clicks import carry_out
from pages.literal import literal

SHOWN = 12
CHANNEL_ICONS = {"voice": ":material/call:", "chat": ":material/chat:"}
RING_STYLE = """<style>
  .st-key-ringing { border: 2px solid var(--st-primary-color, #2563a8); border-radius: 0.5rem; padding: 0.75rem 1rem; }
  @media (prefers-reduced-motion: no-preference) {
    .st-key-ringing { animation: ringing 1.2s ease-in-out infinite alternate; }
    @keyframes ringing { to { box-shadow: 0 0 0 5px rgb(37 99 168 / 35%); } }
  }
</style>"""


def ringing(services: Services, me: Viewer, waiting: Waiting, opened: Callable[[str], None]) -> None:
    """The call that rings here; `opened` gets its id when the agent has answered it, ahead of the run that shows it."""
    st.html(RING_STYLE)
    with st.container(key="ringing", horizontal=True, vertical_alignment="center"):
        what = "wants to chat" if waiting.channel == "chat" else "is calling"
        words = f"**{_who(waiting)} {what}** · {clock(waiting.waited_s)}  \n{_details(services, waiting)}"
        st.markdown(words, width="stretch")
        st.button(
            "Accept",
            type="primary",
            icon=CHANNEL_ICONS[waiting.channel],
            shortcut="Alt+A",
            key="accept",
            on_click=_answer,
            args=(services, me, waiting.call_id, opened),
        )
        st.button(
            "Decline",
            icon=":material/call_end:",
            shortcut="Alt+X",
            key="decline",
            on_click=carry_out,
            args=(services.switchboard.decline, waiting.call_id, me.name),
        )


def queue(services: Services, me: Viewer, waiting: list[Waiting], opened: Callable[[str], None]) -> None:
    """Everybody who waits, next first; any of them can be taken by hand."""
    st.subheader(f"Waiting: {len(waiting)}")
    for place, one in enumerate(waiting[:SHOWN], start=1):
        with st.container(horizontal=True, vertical_alignment="center", key=f"waiting-{one.call_id}"):
            st.markdown(f"**{clock(one.waited_s)}**", width="content")
            rings = f" — *rings at {literal(one.offered_to)}*" if one.offered_to else ""
            st.markdown(f"{place}\\. **{_who(one)}** {_details(services, one)}{rings}", width="stretch")
            st.button(
                "Take",
                key=f"take-{one.call_id}",
                icon=CHANNEL_ICONS[one.channel],
                help=literal(f"Take {one.name or 'this customer'}"),
                on_click=_answer,
                args=(services, me, one.call_id, opened),
            )
    if len(waiting) > SHOWN:
        st.caption(f"And {len(waiting) - SHOWN} more.")


def clock(seconds: float) -> str:
    """`mm:ss`, or `h:mm:ss` from an hour on."""
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes:02}:{rest:02}"


def _who(waiting: Waiting) -> str:
    return literal(waiting.name) or "A customer"


def _details(services: Services, waiting: Waiting) -> str:
    """Tier, topic, language, channel; why they call; what the last agent left."""
    language = services.rules.languages.get(waiting.language) or NAMES.get(waiting.language, "")
    facts = [waiting.tier.capitalize(), waiting.topic, language, waiting.channel]
    parts = [" · ".join(literal(fact) for fact in facts if fact)]
    if waiting.reason:
        parts.append(f"“{literal(waiting.reason)}”")
    if waiting.note:
        parts.append(f"Note: “{literal(waiting.note)}”")
    return " — ".join(parts)


def _answer(services: Services, me: Viewer, call_id: str, opened: Callable[[str], None]) -> None:
    if carry_out(services.switchboard.accept, call_id, me.name):
        opened(call_id)
