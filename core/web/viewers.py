"""Who is behind a connection."""

from collections.abc import Iterable, Mapping
from ipaddress import ip_address
from urllib.parse import urlsplit

from starlette.requests import HTTPConnection

from core.access import Colleague, Viewer, staff_viewer

FORWARDED = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip", "via")
"""Headers of a proxy: behind one, everybody seems to sit at this machine."""
AT_THIS_MACHINE = "this machine"


def viewer_of(connection: HTTPConnection, roster: Iterable[Colleague] = (), default: str = AT_THIS_MACHINE) -> Viewer:
    """Whoever sits at this machine works here, as the one of `roster` that `?as=` names; anybody else is a customer.

    Pages of other sites are strangers, whoever looks at them.
    """
    peer = connection.client.host if connection.client else ""
    if not same_origin(connection):
        return Viewer(peer, "stranger")
    if not at_this_machine(peer, connection.headers):
        return Viewer(peer, "customer")
    return staff_viewer(connection.query_params.get("as", ""), roster, default)


def at_this_machine(peer: str, headers: Mapping[str, str]) -> bool:
    """Whether a connection from the address `peer` comes from a browser or script on this machine.

    The name it was opened by counts, too: a site may point a name of its own at this machine, and its pages are then
    of one origin with ours. Names without a dot cannot be anybody else's.
    """
    forwarded = any(name.lower() in FORWARDED for name in headers)
    return _is_loopback(peer) and not forwarded and _is_ours(headers.get("host", ""))


def same_origin(connection: HTTPConnection) -> bool:
    """False for a browser that asks on behalf of another site; scripts send no Origin and are let through."""
    origin = connection.headers.get("origin")
    return origin is None or urlsplit(origin).netloc == connection.headers.get("host")


def _is_ours(host: str) -> bool:
    try:
        name = urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return False
    return _is_loopback(name) or not ({".", ":"} & set(name.removesuffix(".localhost")))


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
