import asyncio
import socket

import aioice.ice
from aioice import Connection, stun
from hypothesis import given
from hypothesis import strategies as st
from ice_pair import connected

from core.calls.late_packets import KEPT, Packet, PromptProtocol, in_time, leave_late_sound_out

BROWSER = ("127.0.0.1", 5000)
PATIENCE_S = 30.0


def rtp(number: int) -> bytes:
    return bytes([0x80, 111]) + number.to_bytes(2, "big") + bytes(8) + b"sound"


def rtcp() -> bytes:
    return bytes([0x81, 201]) + bytes(10)


def dtls() -> bytes:
    return bytes([22]) + bytes(20)


def question() -> stun.Message:
    return stun.Message(stun.Method.BINDING, stun.Class.REQUEST)


SOUND = st.integers(0, 500).map(rtp)
OTHERS = st.sampled_from([rtcp(), dtls(), bytes(question()), b"", bytes([0x80])])


@given(st.lists(st.one_of(SOUND, OTHERS), max_size=60))
def test_only_sound_is_left_out_and_of_it_the_oldest(datas: list[bytes]) -> None:
    packets: list[Packet] = [(data, BROWSER) for data in datas]
    kept = in_time(packets)
    sound = [packet for packet in packets if packet[0].endswith(b"sound")]
    assert [packet for packet in kept if packet in sound] == sound[-KEPT:]
    assert [packet for packet in kept if packet not in sound] == [packet for packet in packets if packet not in sound]
    if len(sound) == len(packets):
        assert kept == packets[-KEPT:]


def test_what_does_not_wait_longer_than_a_network_may_delay_it_is_heard_whole() -> None:
    packets: list[Packet] = [(rtp(number), BROWSER) for number in range(KEPT)]
    assert in_time(packets) == packets


def test_a_loop_that_stood_still_hears_the_newest_and_answers_every_question() -> None:
    asyncio.run(_stood_still())


async def _stood_still() -> None:
    heard: list[bytes] = []
    asked: list[bytes] = []
    connection = Connection(ice_controlling=False)
    connection.data_received = lambda data, component: heard.append(data)  # type: ignore[method-assign]
    connection.request_received = (  # type: ignore[method-assign]
        lambda message, addr, protocol: asked.append(message.transaction_id)
    )
    loop = asyncio.get_running_loop()
    transport, protocol = await loop.create_datagram_endpoint(
        lambda: PromptProtocol(connection), local_addr=("127.0.0.1", 0)
    )
    protocol.local_candidate = aioice.ice.Candidate(
        "1", 1, "udp", 1, "127.0.0.1", transport.get_extra_info("sockname")[1], "host"
    )
    first, middle = question(), question()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as browser:
        browser.connect(transport.get_extra_info("sockname"))
        browser.send(bytes(first))
        for number in range(100):
            browser.send(rtp(number))
            if number == 50:
                browser.send(dtls())
                browser.send(bytes(middle))
    async with asyncio.timeout(PATIENCE_S):
        while len(heard) < KEPT + 1:
            await asyncio.sleep(0)
    assert heard == [dtls(), *(rtp(number) for number in range(100 - KEPT, 100))]
    assert asked == [first.transaction_id, middle.transaction_id]
    await protocol.close()


def test_connections_are_made_that_way_and_still_carry_what_is_sent() -> None:
    usual = aioice.ice.StunProtocol
    leave_late_sound_out()
    try:
        asyncio.run(_sent())
    finally:
        aioice.ice.StunProtocol = usual  # type: ignore[misc]


async def _sent() -> None:
    here, there = await connected()
    assert {type(protocol) for protocol in here._protocols} == {PromptProtocol}
    for number in range(KEPT):
        await here.send(rtp(number))
    assert [await there.recv() for _ in range(KEPT)] == [rtp(number) for number in range(KEPT)]
    await asyncio.gather(here.close(), there.close())
