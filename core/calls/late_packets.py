"""What is left out of a browser's sound when the app is behind: then it is short of a piece, and not late."""

import asyncio
import socket
from collections.abc import Iterator, Sequence
from typing import Any

import aioice.ice
from aioice.ice import StunProtocol

KEPT = 10
"""Packets of sound, of 20 ms each, that are still heard when more have waited."""
MOST_WAITING = 1_000
"""A socket's buffer holds fewer."""
_LARGEST = 65_536
Packet = tuple[bytes, tuple[Any, ...]]
"""With the address it came from."""


def leave_late_sound_out() -> None:
    """Of sound that has waited for the app hear the newest; for every connection made from now on.

    asyncio takes one packet of a connection for each round of its loop, and the others wait in the socket. On a machine
    that could not keep up for some seconds voices stayed late by as much, six seconds when the socket was full; and so
    did answers to a browser's question whether anybody is there, so that it hung up.
    """
    aioice.ice.StunProtocol = PromptProtocol  # type: ignore[misc]


class PromptProtocol(StunProtocol):
    """Takes all that has come to its socket at once."""

    _socket: socket.socket | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        # Other loops take packets in other ways, and what comes by a relay does not come by a socket of ours.
        if isinstance(asyncio.get_running_loop(), asyncio.SelectorEventLoop):
            own = transport.get_extra_info("socket")
            self._socket = own.dup() if own is not None else None

    def connection_lost(self, exc: Exception | None) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None
        super().connection_lost(exc)

    def datagram_received(self, data: bytes | str, addr: tuple[Any, ...]) -> None:
        assert isinstance(data, bytes)
        for packet, sender in in_time([(data, addr), *self._waiting()]):
            super().datagram_received(packet, sender)

    def _waiting(self) -> Iterator[Packet]:
        for _ in range(MOST_WAITING):
            if self._socket is None:
                return
            try:
                yield self._socket.recvfrom(_LARGEST)
            except BlockingIOError:
                return
            except OSError as error:
                self.error_received(error)
                return


def in_time(packets: Sequence[Packet]) -> list[Packet]:
    """All but the sound that has waited too long, in their order."""
    sound = [number for number, (data, _) in enumerate(packets) if _is_sound(data)]
    late = set(sound[:-KEPT])
    return [packet for number, packet in enumerate(packets) if number not in late]


def _is_sound(data: bytes) -> bool:
    """RTP, and neither STUN nor DTLS (RFC 7983) nor RTCP (RFC 5761)."""
    return len(data) > 1 and 128 <= data[0] <= 191 and not 192 <= data[1] <= 223
