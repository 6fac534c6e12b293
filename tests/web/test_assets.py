"""What of the components' folder a browser can get."""

from starlette.applications import Starlette
from starlette.routing import Mount
from starlette.testclient import TestClient

from core.config import ROOT
from core.web.assets import BrowserModules


def test_modules_are_served_fresh_and_sources_are_not() -> None:
    folder = BrowserModules(directory=ROOT / "pages" / "components")
    client = TestClient(Starlette(routes=[Mount("/ui", folder)]))
    module = client.get("/ui/call_view/mount.js")
    assert (module.status_code, module.headers["cache-control"]) == (200, "no-cache")
    assert "javascript" in module.headers["content-type"]
    assert client.get("/ui/microphone.py").status_code == 404
    assert client.get("/ui/../../.env").status_code == 404
