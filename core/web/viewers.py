"""Who is behind a connection."""

from ipaddress import ip_address
from urllib.parse import urlsplit

from starlette.requests import HTTPConnection

from core.access import Viewer


def viewer_of(connection: HTTPConnection) -> Viewer:
    """Until accounts come, whoever sits at this machine is the demo agent, and everybody else a stranger."""
    host = connection.client.host if connection.client else ""
    return Viewer("demo agent", "agent") if _is_loopback(host) and same_origin(connection) else Viewer(host, "stranger")


def same_origin(connection: HTTPConnection) -> bool:
    """False for a browser that asks on behalf of another site; scripts send no Origin and are let through."""
    origin = connection.headers.get("origin")
    return origin is None or urlsplit(origin).netloc == connection.headers.get("host")


def _is_loopback(host: str) -> bool:
    if host == "testclient":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
