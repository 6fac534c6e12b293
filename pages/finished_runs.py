"""What streamlit-webrtc takes for a page that was left, told by the runs that have ended, not by what was sent.

It counts the runs whose end has been sent, and closes a connection when more than one was counted since it was last
drawn. Where the event loop is busy two runs that both drew it are counted only after the second has, and the third
would close it: a call would lose its party.
"""

from weakref import WeakKeyDictionary

from streamlit.runtime.app_session import AppSession
from streamlit.runtime.scriptrunner.script_runner import ScriptRunner, ScriptRunnerEvent
from streamlit.runtime.session_manager import ActiveSessionInfo

_ended: WeakKeyDictionary[AppSession, int] = WeakKeyDictionary()


def count_runs_as_they_end() -> None:
    """For every session of this process."""
    hear = AppSession._on_scriptrunner_event

    def count_and_hear(
        session: AppSession, sender: ScriptRunner | None, event: ScriptRunnerEvent, **details: object
    ) -> None:
        # Heard in the thread of the run, before the next one begins.
        if event is ScriptRunnerEvent.SCRIPT_STOPPED_WITH_SUCCESS:
            _ended[session] = _ended.get(session, 0) + 1
        hear(session, sender, event, **details)

    AppSession._on_scriptrunner_event = count_and_hear


def ended_runs(session_info: ActiveSessionInfo) -> int:
    """Of the whole page, in that session."""
    return _ended.get(session_info.session, 0)
