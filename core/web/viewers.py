"""Who is behind a connection."""

from ipaddress import ip_address
from urllib.parse import urlsplit

from starlette.requests import HTTPConnection

from core.access import DEMO_AGENT, Viewer


def viewer_of(connection: HTTPConnection) -> Viewer:
    """Whoever sits at this machine is the demo agent; other machines and other sites' pages are strangers."""
    host = connection.client.host if connection.client else ""
    return DEMO_AGENT if _is_loopback(host) and same_origin(connection) else Viewer(host, "stranger")


def same_origin(connection: HTTPConnection) -> bool:
    """False for a browser that asks on behalf of another site; scripts send no Origin and are let through."""
    origin = connection.headers.get("origin")
    return origin is None or urlsplit(origin).netloc == connection.headers.get("host")


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
