"""The microphone of the person at the browser, over WebRTC, at one seat of a call; and what that person hears."""

from functools import partial
from hashlib import sha256
from typing import Any
from uuid import uuid4

import streamlit as st
from streamlit_webrtc import WebRtcMode, component, create_audio_sink_track, webrtc_streamer
from streamlit_webrtc.component import generate_frontend_component_key

from core.bootstrap import Services
from core.calls.bridge import Seat
from core.calls.microphone import Microphone
from core.calls.voice_track import VoiceTrack
from core.errors import CallAlreadyEnded
from pages.components import microphone_permission
from pages.finished_runs import ended_runs

# Here, not as the app starts: imported before Streamlit runs, streamlit-webrtc has nobody to declare its component to.
component.get_script_run_count = ended_runs

WAIT_FOR_FREE_S = 1.0
# Recognition hears unprocessed sound best, and where nobody is heard no loudspeaker can echo.
RAW_SOUND = {"echoCancellation": False, "noiseSuppression": False, "autoGainControl": False}
# Where the other party comes out of a loudspeaker, the browser is the best place to take it out of the microphone.
WITH_LOUDSPEAKER = {**RAW_SOUND, "echoCancellation": True}
WHAT_TO_DO = {
    "NotAllowedError": "The browser refuses the microphone. Allow it beside the address, then try again.",
    "NotFoundError": "No microphone was found. Plug one in, then try again.",
    "NotReadableError": "Another program holds the microphone. Close it, then try again.",
    "InsecureContextError": "This address may not use a microphone. Open http://localhost or an https address.",
}
OTHERWISE = "The browser gives no microphone ({}). Check its settings, then try again."


def microphone(services: Services, call_id: str, seat: Seat, *, two_way: bool = False) -> None:
    """Connect this browser to a seat of the call, unless another browser session sits there.

    With `two_way` it also plays what that seat hears.
    """
    holder: str = st.session_state.setdefault("microphone_holder", uuid4().hex)
    place = services.desk.microphone(call_id, seat)
    if place.held_by_other(holder) and st.session_state.get("microphone_wanted") != call_id:
        _held_elsewhere(place, call_id, holder)
    elif _permitted(place, call_id):
        _stream(services, place, call_id, holder, two_way=two_way)


@st.fragment(run_every=WAIT_FOR_FREE_S)
def _held_elsewhere(place: Microphone, call_id: str, holder: str) -> None:
    if not place.held_by_other(holder):
        st.rerun()
    st.info("The microphone of this call is on in another window.", icon=":material/mic:")
    if st.button("Use the microphone here instead"):
        st.session_state["microphone_wanted"] = call_id
        st.rerun()


def _permitted(place: Microphone, call_id: str) -> bool:
    """Ask for the microphone ahead: the streamer would ask again and again, without an end, when it is refused."""
    tries = st.session_state.setdefault("microphone_tries", 0)
    outcome = microphone_permission(f"permission-{_unnamed(call_id, place.seat)}-{tries}")
    if outcome in (None, "granted"):
        return outcome == "granted"
    place.refused()
    st.error(WHAT_TO_DO.get(outcome, OTHERWISE.format(outcome)), icon=":material/mic_off:")
    if st.button("Try again", icon=":material/refresh:"):
        st.session_state["microphone_tries"] = tries + 1
        st.rerun()
    return False


def _stream(services: Services, place: Microphone, call_id: str, holder: str, *, two_way: bool) -> None:
    key = f"microphone-{_unnamed(call_id, place.seat)}"

    def state_changed() -> None:
        if st.session_state[key].state.signalling:
            try:
                place.offered(holder)
            except CallAlreadyEnded as error:
                st.toast(str(error), icon=":material/error:")

    track = _track(place, holder, key) if two_way else None

    def ended() -> None:
        place.ended(holder)
        if track is not None:
            track.stop()

    webrtc_streamer(
        key=key,
        sink_audio_track=create_audio_sink_track(partial(place.frame, holder), key=f"sink-{key}", on_ended=ended),
        rtc_configuration={"iceServers": [{"urls": url} for url in services.settings.ice_servers]},
        media_stream_constraints={"audio": WITH_LOUDSPEAKER if two_way else RAW_SOUND, "video": False},
        # Asked to play before it has reported itself mounted, the streamer connects twice and neither gets through.
        desired_playing_state=st.session_state.get(generate_frontend_component_key(key)) is not None,
        media_toggle_controls=False,
        on_change=state_changed,
        **(_playing(track) if track is not None else {"mode": WebRtcMode.SENDONLY}),
    )


def _unnamed(call_id: str, seat: Seat) -> str:
    """What tells a seat of a call from others, for keys: browsers see those, and a customer must not know the call."""
    return sha256(f"{call_id} {seat}".encode()).hexdigest()[:16]


def _track(place: Microphone, holder: str, key: str) -> VoiceTrack:
    """What the browser hears: one track for each time it connects."""
    kept = f"source-{key}"
    track: VoiceTrack | None = st.session_state.get(kept)
    if track is None or track.readyState != "live":
        track = st.session_state[kept] = VoiceTrack(partial(place.sound, holder))
    return track


def _playing(track: VoiceTrack) -> dict[str, Any]:
    """What makes the browser play, by itself and without a player to look at."""
    return {
        "mode": WebRtcMode.SENDRECV,
        "source_audio_track": track,
        "audio_html_attrs": {"autoPlay": True, "controls": False},
    }
