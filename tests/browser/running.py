"""Sidetone running as the README starts it, on a free port, with a database of its own."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from playwright.sync_api import Page, expect

from core.config import ROOT

SCRIPTED_SPEECH = {
    "STT": "scripted",
    "STT_TIMELINE": str(ROOT / "data" / "scenarios" / "sarah_johnson.timeline.yaml"),
}
"""Settings for an app that nobody speaks to: what it is said to hear is written down, and no model is loaded."""
START_TIMEOUT_S = 60.0
STOP_TIMEOUT_S = 20.0
WAIT_MS = 30_000
"""How long a page may take to show something, on a machine that is busy."""


@dataclass(frozen=True)
class Running:
    url: str
    process: subprocess.Popen[bytes]
    output: Path

    def get(self, path: str) -> Any:
        """The JSON answer of a route."""
        answer = httpx.get(f"{self.url}{path}", timeout=10)
        answer.raise_for_status()
        return answer.json()

    def events(self, call_id: str) -> list[dict[str, Any]]:
        """Every event of a call that is over and wrapped up, by SSE."""
        stream = httpx.get(f"{self.url}/api/calls/{call_id}/events", timeout=30).text
        return [json.loads(line.removeprefix("data: ")) for line in stream.splitlines() if line.startswith("data: ")]

    def stop(self) -> int:
        """Ask it to stop, by its own process id; its exit status."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(STOP_TIMEOUT_S)


def at_rest(page: Page) -> None:
    """Wait until no script runs: on a busy machine, a choice made while one does can be undone by what it draws."""
    expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning")


def pick(page: Page, box: str, option: str) -> None:
    """Choose by the keyboard: a list that has just opened moves on under the mouse, and a click between two of its
    lines chooses neither."""
    combobox = page.get_by_role("combobox", name=box)
    combobox.fill(option)
    expect(page.get_by_role("option", name=option)).to_be_visible()
    combobox.press("Enter")


@contextmanager
def running_app(folder: Path, **settings: str) -> Iterator[Running]:
    """`settings` are variables of the environment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    own = {
        "PORT": str(port),
        "DATABASE_URL": f"duckdb:///{folder / 'app.duckdb'}",
        "RECORDINGS": str(folder / "recordings"),
    }
    environment = {**os.environ, **own, **settings}
    output = folder / "app.log"
    with output.open("wb") as sink:
        command = [sys.executable, "-m", "core", "serve"]
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=sink, stderr=subprocess.STDOUT)
    app = Running(f"http://127.0.0.1:{port}", process, output)
    try:
        _wait_until_up(app)
        yield app
    finally:
        if process.poll() is None:
            app.stop()


def _wait_until_up(app: Running) -> None:
    deadline = time.monotonic() + START_TIMEOUT_S
    while time.monotonic() < deadline and app.process.poll() is None:
        try:
            app.get("/api/health")
        except httpx.TransportError:
            time.sleep(0.1)
        else:
            return
    raise AssertionError(f"the app did not come up:\n{app.output.read_text()}")
