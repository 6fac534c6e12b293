"""What streamlit-webrtc takes for a page that was left, told by the runs that have ended, not by what was sent."""

from weakref import WeakKeyDictionary

from streamlit.runtime.app_session import AppSession
from streamlit.runtime.scriptrunner.script_runner import ScriptRunner, ScriptRunnerEvent
from streamlit.runtime.session_manager import ActiveSessionInfo
from streamlit_webrtc import component


def count_runs_as_they_end() -> None:
    """Let streamlit-webrtc close a connection only when a run has ended that did not draw it; for every session.

    It counts the runs whose end has been sent, and closes a connection when more than one was counted since it was
    last drawn. Where the event loop is busy two runs that both drew it are counted only after the second has, and the
    third would close it: a call would lose its party.
    """
    ended: WeakKeyDictionary[AppSession, int] = WeakKeyDictionary()
    hear = AppSession._on_scriptrunner_event

    def count_and_hear(
        session: AppSession, sender: ScriptRunner | None, event: ScriptRunnerEvent, **details: object
    ) -> None:
        # Heard in the thread of the run, before the next one begins.
        if event is ScriptRunnerEvent.SCRIPT_STOPPED_WITH_SUCCESS:
            ended[session] = ended.get(session, 0) + 1
        hear(session, sender, event, **details)

    def runs_of(session_info: ActiveSessionInfo) -> int:
        return ended.get(session_info.session, 0)

    AppSession._on_scriptrunner_event = count_and_hear
    component.get_script_run_count = runs_of
