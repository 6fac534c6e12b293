"""What a finished script run has drawn reaches the browser before the next one begins."""

from streamlit.runtime.app_session import AppSession, AppSessionState
from streamlit.runtime.scriptrunner_utils.script_requests import RerunData


def send_runs_in_order() -> None:
    """Let a run wait until what the one before it has drawn is on its way, whole; for every session of this process.

    Streamlit takes messages from the latest runner only. Whoever asks to run when a run has ended and the event
    loop has not come to its messages yet gets a runner of their own, and those messages are thrown away: the page
    keeps what it showed, and a connection that waited for them never comes about. With a fragment that runs every
    second this happens on any machine that is busy.

    And as a fragment begins to run, it takes back what a run of the whole page has drawn of it, if that has not been
    sent yet, but not that the page is complete. The browser then removes the fragment from the page, and what stands
    below moves up: a microphone there is another one to it, and the call loses its party until that has connected.
    """
    start, clear = AppSession._create_scriptrunner, AppSession._clear_queue

    def start_after(session: AppSession, request: RerunData) -> None:
        if session._scriptrunner is None:
            start(session, request)
        else:
            # It has refused this request, so it has ended; the last of its messages sets it to None.
            session._event_loop.call_soon(try_again, session, request)

    def try_again(session: AppSession, request: RerunData) -> None:
        runner = session._scriptrunner
        if session._state == AppSessionState.SHUTDOWN_REQUESTED:
            return
        if runner is None or not runner.request_rerun(request):
            start_after(session, request)

    def clear_whole_pages(session: AppSession, fragment_ids_this_run: list[str] | None = None) -> None:
        # None stands for the whole page, and no fragments for one that takes nothing back.
        clear(session, None if fragment_ids_this_run is None else [])

    AppSession._create_scriptrunner = start_after
    AppSession._clear_queue = clear_whole_pages
