"""What a browser sent before it heard of its new address does not undo that address."""

from threading import Lock
from weakref import WeakKeyDictionary

from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.runtime.app_session import AppSession


class Address:
    """The query of one session's address, as the browser was told it and as it says it is."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._page = ""
        self._said = ""
        self._told: str | None = None
        self._before: set[str] = set()
        """What it was until the browser hears of it."""

    def begun(self, page: str) -> None:
        """A run of this page begins. What was told on another page is of no use here."""
        with self._lock:
            if page != self._page:
                self._page, self._told = page, None

    def told(self, query: str) -> None:
        with self._lock:
            if self._told is None:
                self._before = {self._said}
            else:
                self._before.add(self._told)
            self._before.discard(query)
            self._told = query

    def said(self, query: str, *, on_purpose: bool) -> str:
        """The query that counts when the browser says this one; `on_purpose` when somebody went back to it."""
        with self._lock:
            self._said = query
            if on_purpose or query not in self._before:
                self._told = None
            return query if self._told is None else self._told


def keep_new_addresses() -> None:
    """Let the last address a script has set stand until the browser says one that is not older; for every session.

    Streamlit takes the address from each message of the browser. With a fragment that runs every second there is nearly
    always a message on its way that knows nothing of an address set a moment ago, and a script that asks to run anew
    then runs with the old one: on a busy machine a call just answered does not come up.
    """
    addresses: WeakKeyDictionary[AppSession, Address] = WeakKeyDictionary()
    send, take = AppSession._enqueue_forward_msg, AppSession.request_rerun

    def address_of(session: AppSession) -> Address:
        return addresses.setdefault(session, Address())

    def send_and_note(session: AppSession, message: ForwardMsg) -> None:
        match message.WhichOneof("type"):
            case "new_session":
                address_of(session).begun(message.new_session.page_script_hash)
            case "page_info_changed":
                address_of(session).told(message.page_info_changed.query_string)
        send(session, message)

    def take_as_addressed(session: AppSession, client_state: ClientState | None) -> None:
        if client_state is not None:
            said, on_purpose = client_state.query_string, client_state.is_history_navigation
            client_state.query_string = address_of(session).said(said, on_purpose=on_purpose)
        take(session, client_state)

    AppSession._enqueue_forward_msg = send_and_note
    AppSession.request_rerun = take_as_addressed
