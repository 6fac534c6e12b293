"""Many calls whose microphones get speech: a frame of 20 ms every 20 ms."""

import logging
import threading
import time
from collections.abc import Callable, Mapping, Sequence

import av

from core.bench.talk import FRAME_S
from core.bootstrap import Services
from core.calls.events import Party
from core.calls.microphone import Microphone
from core.errors import SidetoneError

log = logging.getLogger(__name__)
Spoken = Mapping[Party, Sequence[av.AudioFrame]]
"""What each party of a call says, over and over."""


class Feeder:
    """Starts calls over `ramp_s` and keeps them all supplied, from one thread, as the WebRTC loop would."""

    def __init__(
        self,
        services: Services,
        calls: Sequence[Spoken],
        ramp_s: float,
        began: Callable[[str], None] = lambda call_id: None,
    ) -> None:
        """`began` is told of every call as soon as it has begun."""
        self._services = services
        self._began = began
        self._calls = calls
        self._ramp_s = ramp_s
        self._stopping = threading.Event()
        self._failure: Exception | None = None
        self._worker = threading.Thread(target=self._run, name="feeder", daemon=True)
        self.call_ids: list[str] = []
        self.used_s = 0.0
        self.lasted_s = 0.0
        self.late_s = 0.0

    def start(self) -> None:
        self._worker.start()

    def stop(self) -> None:
        """Stop feeding and end the calls. Raises SidetoneError when the calls could not be fed."""
        self._stopping.set()
        self._worker.join()
        if self._failure is not None:
            raise SidetoneError(f"the calls could not be fed: {self._failure}") from self._failure
        for call_id in self.call_ids:
            self._services.desk.end(call_id)

    def _run(self) -> None:
        try:
            self._feed()
        except Exception as error:
            log.exception("feeding the calls failed")
            self._failure = error

    def _feed(self) -> None:
        clock = self._services.clock
        started: list[tuple[int, Microphone, Sequence[av.AudioFrame]]] = []
        begun_s, begun_cpu_s = clock.monotonic_s(), time.thread_time()
        tick = 0
        while not clock.wait(self._stopping, begun_s + tick * FRAME_S - clock.monotonic_s()):
            self.late_s = max(self.late_s, clock.monotonic_s() - begun_s - tick * FRAME_S)
            due = min(len(self._calls), 1 + tick * FRAME_S / self._ramp_s * len(self._calls))
            while len(self.call_ids) < due:
                started += [(tick, *leg) for leg in self._new_call(self._calls[len(self.call_ids)])]
            for first_tick, microphone, frames in started:
                microphone.frame("bench", frames[(tick - first_tick) % len(frames)])
            tick += 1
        self.used_s, self.lasted_s = time.thread_time() - begun_cpu_s, clock.monotonic_s() - begun_s

    def _new_call(self, spoken: Spoken) -> list[tuple[Microphone, Sequence[av.AudioFrame]]]:
        call_id = self._services.desk.start("bench")
        self._began(call_id)
        legs = []
        for party, frames in spoken.items():
            microphone = self._services.desk.microphone(call_id, party)
            microphone.offered("bench")
            legs.append((microphone, frames))
        self.call_ids.append(call_id)
        return legs
