"""Addresses a browser did not know of yet when it sent something, as `pages.late_news` takes them."""

import asyncio
from pathlib import Path

import pytest
from app_sessions import sent_until, session_of, texts, write_script
from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.runtime.app_session import AppSession

from pages.components import _told
from pages.late_news import Address, keep_new_addresses

SCRIPT = """
import streamlit as st

if "opened" not in st.session_state:
    st.session_state["opened"] = True
    st.query_params["call"] = "7"
st.text(f"call {st.query_params.get('call')}")
"""


@pytest.fixture
def address() -> Address:
    """Of a page that was told a new one."""
    address = Address()
    address.begun("desk")
    assert address.said("", on_purpose=False) == ""
    address.told("call=7")
    return address


def test_what_was_sent_before_the_new_address_was_known_does_not_undo_it(address: Address) -> None:
    assert [address.said("", on_purpose=False) for _ in range(3)] == ["call=7"] * 3


def test_once_the_browser_knows_it_everything_it_says_counts(address: Address) -> None:
    assert address.said("call=7", on_purpose=False) == "call=7"
    assert address.said("", on_purpose=False) == ""


def test_an_address_nobody_has_left_counts_at_once(address: Address) -> None:
    assert address.said("call=8", on_purpose=False) == "call=8"


def test_who_goes_back_is_not_held(address: Address) -> None:
    assert address.said("", on_purpose=True) == ""


def test_of_several_new_addresses_the_last_one_stands(address: Address) -> None:
    address.told("call=7&as=Alex")
    assert address.said("", on_purpose=False) == "call=7&as=Alex"
    assert address.said("call=7", on_purpose=False) == "call=7&as=Alex"
    assert address.said("call=7&as=Alex", on_purpose=False) == "call=7&as=Alex"
    assert address.said("call=7", on_purpose=False) == "call=7"


def test_the_address_it_had_before_may_be_told_again(address: Address) -> None:
    address.told("")
    assert address.said("", on_purpose=False) == ""


def test_another_page_has_addresses_of_its_own(address: Address) -> None:
    address.begun("floor")
    assert address.said("", on_purpose=False) == ""


@pytest.fixture
def script(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A page that opens a call when it is first seen."""
    return write_script(tmp_path, SCRIPT, monkeypatch)


@pytest.fixture
def kept(monkeypatch: pytest.MonkeyPatch) -> None:
    # Undone with the fixture, whatever is set in between.
    for name in ("_enqueue_forward_msg", "request_rerun"):
        monkeypatch.setattr(AppSession, name, getattr(AppSession, name))
    keep_new_addresses()


async def shown(script: Path, *queries: str) -> list[str]:
    """What the page draws, run for run, for a browser that says these addresses."""
    session = session_of(script)
    messages: list[ForwardMsg] = []
    for query in queries:
        session.request_rerun(ClientState(query_string=query))
        messages += await sent_until(session, lambda sent: bool(sent))
    session.shutdown()
    return texts(messages)


@pytest.mark.usefixtures("kept")
def test_a_page_stays_at_the_call_it_has_opened(script: Path) -> None:
    assert asyncio.run(shown(script, "", "", "call=7", "")) == ["call 7", "call 7", "call 7", "call None"]


def test_a_click_in_what_the_page_has_left_out_meanwhile_is_no_error() -> None:
    assert _told("call_view", "command") is None
