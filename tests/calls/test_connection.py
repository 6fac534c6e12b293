"""What the agent is told about a microphone."""

from core.calls.connection import CONNECT_TIMEOUT_S, MESSAGES, SILENT_AFTER_S, Connection


def test_an_offer_that_brings_no_sound_fails_within_ten_seconds_and_says_what_to_do() -> None:
    connecting = Connection().offered(1.0)
    assert connecting.at(1.0 + CONNECT_TIMEOUT_S - 0.1, silent=True).state == "connecting"
    failed = connecting.at(1.0 + CONNECT_TIMEOUT_S, silent=True)
    assert CONNECT_TIMEOUT_S < 10
    assert failed.state == "failed"
    assert "ICE_SERVERS" in failed.message


def test_asking_for_permission_never_times_out() -> None:
    assert Connection(since_s=0).at(3600, silent=True).state == "waiting"


def test_the_first_frame_connects_even_after_a_failure() -> None:
    failed = Connection().offered(0).at(CONNECT_TIMEOUT_S, silent=True)
    assert failed.heard(12.0).state == "connected"


def test_a_microphone_that_stays_silent_is_called_silent_until_it_speaks() -> None:
    connected = Connection().offered(0).heard(1.0)
    assert connected.at(1.0 + SILENT_AFTER_S - 0.1, silent=True).state == "connected"
    silent = connected.at(1.0 + SILENT_AFTER_S, silent=True)
    assert silent.state == "silent"
    assert silent.at(9.0, silent=False).state == "connected"
    assert silent.at(9.0, silent=False).at(9.1, silent=True).state == "connected"


def test_a_second_offer_starts_the_clock_again_only_after_an_end() -> None:
    connecting = Connection().offered(0)
    assert connecting.offered(5).since_s == 0
    again = connecting.ended(6).offered(7)
    assert (again.state, again.since_s) == ("connecting", 7)


def test_every_state_has_words() -> None:
    assert all(message.endswith((".", "…", "?")) for message in MESSAGES.values())
