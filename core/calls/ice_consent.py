"""When a browser that answers no more counts as gone."""

import asyncio
import random
from collections.abc import Awaitable, Callable

from aioice import Connection
from aioice.stun import TransactionError

INTERVAL_S = 5.0
EXPIRES_S = 30.0
"""Both of RFC 7675, section 5.1."""
_AGAIN = 3
"""So often a question is sent again: answers to it are waited for for 7.5 s."""


def let_answers_be_late() -> None:
    """Let a browser's answer count whenever it comes before the consent to send expires; for every connection.

    aioice waits half a second for each answer, and closes the connection after six in a row that took longer. On a
    machine that is busy for half a minute that ended calls whose sound still went both ways.
    """
    Connection.query_consent = ask_for_consent  # type: ignore[assignment, method-assign]


async def ask_for_consent(connection: Connection, interval_s: float = INTERVAL_S) -> None:
    """Ask the other side every `interval_s`, and close the connection when it has not answered for `EXPIRES_S`."""
    loop = asyncio.get_running_loop()

    async def pause() -> None:
        await asyncio.sleep(interval_s * random.uniform(0.8, 1.2))

    await no_more_answers(lambda: _ask(connection), pause, loop.time)
    # Closing would otherwise wait for the task that closes.
    connection._query_consent_task = None
    await connection.close()


async def no_more_answers(
    ask: Callable[[], Awaitable[bool]], pause: Callable[[], Awaitable[None]], now_s: Callable[[], float]
) -> None:
    """Return when the last answer is `EXPIRES_S` old. `ask` tells whether one came."""
    answered_s = now_s()
    while now_s() - answered_s < EXPIRES_S:
        await pause()
        if await ask():
            answered_s = now_s()


async def _ask(connection: Connection) -> bool:
    assert connection.remote_password is not None, "consent is asked for once connected"
    key = connection.remote_password.encode()
    for pair in connection._nominated.values():
        request = connection.build_request(pair, nominate=False)
        try:
            await pair.protocol.request(request, pair.remote_addr, integrity_key=key, retransmissions=_AGAIN)
        except TransactionError:
            return False
    return True
