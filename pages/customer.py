"""The customer's page: call or chat, wait, talk, and rate. It shows nothing of the agent's side."""

from dataclasses import replace

import streamlit as st

from core import bootstrap
from core.access import require
from core.bootstrap import Services
from core.errors import NotAllowed, SidetoneError, UnknownCall
from core.languages import ANY_LANGUAGE, NAMES
from core.routing.rules import RoutingRules
from core.routing.switchboard import CallRequest
from pages.components import customer_view, microphone_permission
from pages.components.microphone import microphone
from pages.viewers import page_viewer

# Streamlit's own bar and margins are of no use to somebody on the phone.
QUIET_SHELL = """<style>
  header[data-testid="stHeader"], [data-testid="stToolbar"], [data-testid="stDecoration"] { display: none; }
  .stMainBlockContainer { max-width: 34rem; padding: 1.25rem 1rem 2rem; }
  .stMainBlockContainer button, .stMainBlockContainer input { min-height: 2.75rem; }
  /* Phones zoom into fields with smaller letters. */
  .stMainBlockContainer :is(input, textarea) { font-size: 1rem; }
  .stMainBlockContainer h1 { padding-top: 0; font-size: 1.75rem; }
</style>"""
NO_MICROPHONE = {
    "NotAllowedError": "Your browser does not let us use the microphone. Allow it beside the address, then try again.",
    "NotFoundError": "No microphone was found. Plug one in and try again.",
    "NotReadableError": "Another program holds the microphone. Close it and try again.",
    "InsecureContextError": "Your browser allows the microphone only on https pages.",
}
OTHERWISE = "Your browser gives us no microphone. Check its settings and try again."
VOICE, CHAT = "Talk", "Write"


def choose_language(services: Services, *, spoken: bool) -> str:
    """What the customer speaks, or writes: first what our agents know, then what can be heard and translated."""
    offered = dict(services.rules.languages)
    if spoken:
        offered |= {code: NAMES[code] for code in services.speech.languages() if code not in offered}
        offered[ANY_LANGUAGE] = "Another, or several"
    codes = list(offered)
    if len(codes) == 1:
        return codes[0]
    browsers = (st.context.locale or codes[0]).partition("-")[0]
    return st.selectbox(
        "Language",
        codes,
        index=codes.index(browsers) if browsers in codes else codes.index(ANY_LANGUAGE) if spoken else 0,
        format_func=offered.__getitem__,
        key=f"customer-language-{spoken}",
    )


def call_form(services: Services) -> None:
    rules = services.rules
    st.title("Contact us")
    told = st.query_params
    how = st.segmented_control(
        "How would you like to reach us?", [VOICE, CHAT], default=VOICE, required=True, width="stretch"
    )
    name = st.text_input("Your name (optional)", told.get("name", ""), max_chars=100, autocomplete="name")
    account = st.text_input("Account number (optional)", told.get("account", ""), max_chars=40, autocomplete="off")
    reason = st.text_area("What is it about?", told.get("reason", ""), max_chars=300, height=96)
    language = choose_language(services, spoken=how == VOICE)
    request = CallRequest(
        name=name, account_number=account, reason=reason, language=language, channel="voice" if how == VOICE else "chat"
    )
    if how == VOICE:
        request = with_consent(request, rules)
        st.caption("We need your microphone so that we can hear you. Your browser will ask you to allow it.")
    if st.button("Call" if how == VOICE else "Start chat", type="primary", width="stretch"):
        st.session_state["customer_request"] = request
        st.rerun()


def with_consent(request: CallRequest, rules: RoutingRules) -> CallRequest:
    """Show the notice about recording, where there is one, and take the customer's answer."""
    recording = rules.recording
    if recording.mode == "never":
        return request
    st.write(recording.notice)
    given = recording.mode == "always" or st.checkbox("Yes, you may record this call")
    return replace(request, notice=recording.notice, consent=given)


def ask_for_microphone(services: Services, request: CallRequest) -> None:
    """Nobody waits in the queue who cannot be heard: the browser's question comes before the call."""
    st.title("Your microphone")
    tries = st.session_state.setdefault("customer_microphone_tries", 0)
    outcome = microphone_permission(f"customer-permission-{tries}")
    if outcome == "granted":
        call_in(services, request)
        return
    if outcome is None:
        st.info(
            "Your browser asks for the microphone now. Press Allow, so that we can hear you.", icon=":material/mic:"
        )
    else:
        st.error(NO_MICROPHONE.get(outcome, OTHERWISE), icon=":material/mic_off:")
        if st.button("Try again", type="primary", width="stretch"):
            st.session_state["customer_microphone_tries"] = tries + 1
            st.rerun()
    if st.button("Chat instead", width="stretch"):
        # The notice was about sound, of which a chat has none.
        call_in(services, replace(request, channel="chat", notice="", consent=False))
    if st.button("Back", width="stretch"):
        forget_request()
        st.rerun()


def call_in(services: Services, request: CallRequest) -> None:
    try:
        visit = services.switchboard.call_in(request)
    except SidetoneError as error:
        forget_request()
        # Said after the next run, beside the form.
        st.session_state["customer_problem"] = str(error)
    else:
        forget_request()
        # The address names the visit, so that a reload comes back to it, and no more than that.
        st.query_params.from_dict({"visit": visit.visit_id})
    st.rerun()


def forget_request() -> None:
    st.session_state.pop("customer_request", None)
    st.session_state.pop("customer_microphone_tries", None)


def call_screen(services: Services, visit_id: str) -> None:
    try:
        visit = services.switchboard.visit(visit_id)
    except UnknownCall:
        st.title("This call is over")
        st.write("It is not known here any more. You can call again.")
        if st.button("Call again", type="primary", width="stretch"):
            call_again()
        return
    call = services.desk.call(visit.call_id)
    customer_view(visit_id, live=call.live, on_event=lambda name: call_again() if name == "again" else None)
    if call.live and call.channel == "voice":
        microphone(services, visit.call_id, "customer", two_way=True)


def call_again() -> None:
    st.query_params.clear()


def page() -> None:
    st.html(QUIET_SHELL)
    try:
        require(page_viewer(), "call in")
    except NotAllowed as error:
        st.error(str(error))
        return
    services = bootstrap.running()
    request = st.session_state.get("customer_request")
    if visit_id := st.query_params.get("visit"):
        call_screen(services, visit_id)
    elif request is not None and request.channel == "chat":
        call_in(services, request)
    elif request is not None:
        ask_for_microphone(services, request)
    else:
        if problem := st.session_state.pop("customer_problem", ""):
            st.error(f"{problem[:1].upper()}{problem[1:]}.", icon=":material/error:")
        call_form(services)


page()
