"""The app as its user starts it: `python -m core serve` in a process of its own, on a free port."""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.error import URLError
from urllib.request import ProxyHandler, Request, build_opener

from core.bench.conditions import temporary_database
from core.clock import SystemClock
from core.config import ROOT
from core.database import open_database
from core.errors import SidetoneError
from data.seed import seed_if_empty

START_TIMEOUT_S = 60.0
STOP_TIMEOUT_S = 60.0
POLL_S = 0.02
# Whatever proxy the environment names, the server is on this machine.
_open = build_opener(ProxyHandler({})).open


class Server:
    """A running app."""

    def __init__(self, process: subprocess.Popen[bytes], port: int, started_s: float) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self._process = process
        self._started_s = started_s

    def answers_after_s(self, path: str) -> float:
        """Seconds from the start of the process to the first good answer. Raises SidetoneError if none comes."""
        while (elapsed_s := time.monotonic() - self._started_s) < START_TIMEOUT_S:
            if self._process.poll() is not None:
                raise SidetoneError(f"the server ended with exit status {self._process.returncode}; run `make run`")
            try:
                with _open(self.url + path, timeout=START_TIMEOUT_S) as answer:
                    answer.read()
                    return time.monotonic() - self._started_s
            except (URLError, ConnectionError):
                time.sleep(POLL_S)
        raise SidetoneError(f"the server did not answer {path} within {elapsed_s:.0f} s; run `make run`")

    def events(self, call_id: str) -> Iterator[dict[str, Any]]:
        """A call's events as they come, until the server ends the stream."""
        with _open(Request(f"{self.url}/api/calls/{call_id}/events")) as stream:
            for line in stream:
                if line.startswith(b"data: "):
                    yield json.loads(line.removeprefix(b"data: "))

    def stop_s(self) -> float:
        """Ask the process to stop; the seconds until it is gone."""
        begun_s = time.monotonic()
        self._process.terminate()
        try:
            self._process.wait(STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        return time.monotonic() - begun_s


@contextmanager
def running_server(seed: int) -> Iterator[Server]:
    """Start the app on a seeded temporary database; it is stopped with the block at the latest."""
    with temporary_database() as url:
        _seed(url, seed)
        port = _free_port()
        started_s = time.monotonic()
        process = subprocess.Popen(
            [sys.executable, "-m", "core", "serve"],
            cwd=ROOT,
            env={**os.environ, "PORT": str(port), "DATABASE_URL": url},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        server = Server(process, port, started_s)
        try:
            yield server
        finally:
            if process.poll() is None:
                server.stop_s()


def _seed(url: str, seed: int) -> None:
    database = open_database(url)
    seed_if_empty(database, SystemClock().now().date(), seed)
    database.dispose()


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port: int = listening.getsockname()[1]
        return port
