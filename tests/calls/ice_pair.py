import asyncio

from aioice import Connection


async def connected() -> tuple[Connection, Connection]:
    """Two ends of a real connection on this machine."""
    here, there = Connection(ice_controlling=True), Connection(ice_controlling=False)
    await asyncio.gather(here.gather_candidates(), there.gather_candidates())
    for one, other in ((here, there), (there, here)):
        for candidate in one.local_candidates:
            await other.add_remote_candidate(candidate)
        await other.add_remote_candidate(None)
        other.remote_username, other.remote_password = one.local_username, one.local_password
    await asyncio.gather(here.connect(), there.connect())
    return here, there
