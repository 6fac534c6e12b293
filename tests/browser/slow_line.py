"""A page that hears of the app late, as on a busy machine."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from playwright.sync_api import Page, WebSocketRoute
from voices import until


class SlowLine:
    """The way between a page and the app, on which what the app sends can be kept back for a while."""

    def __init__(self, page: Page) -> None:
        self._browser = page
        self._kept: list[bytes] = []
        self._asked = 0
        """Messages of the page."""
        self._keeps = False
        page.route_web_socket(re.compile("/_stcore/stream"), self._connect)

    @contextmanager
    def late(self, before: bytes, after: bytes) -> Iterator[None]:
        """What is done meets a page that has yet to get runs with the words `before`, and asks for the next with them.

        `after` are words the app draws when it was done.
        """
        self._keeps = True
        self._until(lambda: self._kept_with(before) > 1, before)
        yield
        drawn_before = len(self._kept)
        self._until(lambda: self._kept_with(after) > 0, after)
        self._deliver(drawn_before)
        self.ask_twice()
        self._keeps = False
        self._deliver(len(self._kept))

    @contextmanager
    def at_once(self, words: bytes) -> Iterator[None]:
        """What is done comes to the page together with what the app draws afterwards.

        `words` are what it draws when it was done.
        """
        self._keeps = True
        yield
        self._until(lambda: self._kept_with(words) > 0, words)
        self.ask_twice()
        self._keeps = False
        self._deliver(len(self._kept))

    def ask_twice(self) -> None:
        """Wait until the page has asked for what is next, and again."""
        asked = self._asked
        self._until(lambda: self._asked >= asked + 2, "the next run")

    def _until(self, holds: Callable[[], bool], what: object) -> None:
        until(self._browser, holds, lambda: f"{what!r} did not come")

    def _kept_with(self, words: bytes) -> int:
        return sum(words in message for message in self._kept)

    def _deliver(self, messages: int) -> None:
        for message in self._kept[:messages]:
            self._page.send(message)
        del self._kept[:messages]

    def _connect(self, page: WebSocketRoute) -> None:
        self._page = page
        app = page.connect_to_server()

        def to_app(message: str | bytes) -> None:
            self._asked += 1
            app.send(message)

        def to_page(message: str | bytes) -> None:
            if self._keeps and isinstance(message, bytes):
                self._kept.append(message)
            else:
                page.send(message)

        page.on_message(to_app)
        app.on_message(to_page)
