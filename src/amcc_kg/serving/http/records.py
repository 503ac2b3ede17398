"""What is recorded of requests: the log, one line of JSON for each and for each event, and figures.

Lines are gathered and written to standard error a few times a second by a thread of its own, so that a reader
that has stopped reading holds up nobody: what it leaves beyond a bound is dropped and counted. Nothing a
client sends stands in a line unbounded. Counting is adding to plain numbers; the client library of Prometheus
is loaded when somebody asks for the figures.
"""

from __future__ import annotations

import json
import os
import sys
from bisect import bisect_left
from collections import Counter
from contextlib import suppress
from datetime import UTC, datetime
from itertools import accumulate
from json.encoder import encode_basestring_ascii
from threading import Event, Thread
from types import SimpleNamespace
from typing import Any, cast

from amcc_kg.serving.http.messages import Request

_MOST = 400
_PERIOD = 0.2
_HELD = 8 << 20
_BOUNDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


class Metrics:
    """Figures of one server since its start."""

    def __init__(self) -> None:
        self.requests: Counter[int] = Counter()
        self.reused = 0
        self.deaths = 0  # of workers, while they worked
        self.timeouts = 0  # queries ended at their deadline
        self.seconds = 0.0
        self.slower = [0] * (len(_BOUNDS) + 1)

    def answered(self, status: int, seconds: float) -> None:
        """Count an answer that was worked out."""
        self.requests[status] += 1
        self.seconds += seconds
        self.slower[bisect_left(_BOUNDS, seconds)] += 1

    def exposition(self, now: list[tuple[str, str, int]]) -> tuple[bytes, str]:
        """Return the figures in Prometheus' text format and its media type.

        `now` are the names of gauges, what they tell, and what is so at this moment.
        """
        from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest
        from prometheus_client.metrics_core import CounterMetricFamily as Count
        from prometheus_client.metrics_core import GaugeMetricFamily, HistogramMetricFamily

        requests = Count("amcc_requests", "Requests answered, by status.", labels=["status"])
        for status, count in sorted(self.requests.items()):
            requests.add_metric([str(status)], count)
        bounds = (*map(str, _BOUNDS), "+Inf")
        buckets = list(zip(bounds, map(float, accumulate(self.slower)), strict=True))
        about = "Seconds to answer requests that were not answered from raw bytes."
        found = [
            requests,
            HistogramMetricFamily("amcc_request_seconds", about, buckets, self.seconds),
            Count("amcc_reused", "Requests answered from raw bytes.", self.reused),
            Count("amcc_worker_deaths", "Workers that ended while they worked.", self.deaths),
            Count("amcc_timeouts", "Queries ended at their deadline.", self.timeouts),
            *(GaugeMetricFamily(*gauge) for gauge in now),
        ]
        # All that is asked of a registry here is to collect.
        collected = cast("Any", SimpleNamespace(collect=lambda: found))
        return generate_latest(collected), CONTENT_TYPE_PLAIN_0_0_4


class Log:
    """Where lines go, and what has been counted."""

    def __init__(self, *, quiet: bool = False) -> None:
        """Write events, and unless `quiet` requests too."""
        self.quiet = quiet
        self.metrics = Metrics()
        self._lines: list[bytes] = []
        self._size = 0
        self._lost = 0
        # Not a lock: nobody may have to wait for a thread whose reader has stopped reading.
        self._ending = Event()
        self._thread: Thread | None = None

    def gather(self) -> None:
        """From now on write a few times a second instead of at once."""
        self._thread = Thread(target=self._write_on, name="log", daemon=True)
        self._thread.start()

    def event(self, what: str, detail: str = "") -> None:
        """Write that something happened."""
        self._put(_line({"time": _now(), "event": what, "detail": detail[:_MOST]}))

    def request(self, fragment: bytes, client: str, seconds: float) -> None:
        """Write that a request was answered; `fragment` is what `describe` returned for it."""
        if not self.quiet:
            name, spent = encode_basestring_ascii(client), seconds * 1000
            head = f'{{"time": "{_now()}", "client": {name}, "ms": {spent:.2f}, '
            self._put(head.encode() + fragment)

    def answered(
        self, request: Request, method: str, status: int, size: int, source: str, seconds: float
    ) -> None:
        """Count an answer that was worked out, and write it."""
        self.metrics.answered(status, seconds)
        if not self.quiet:
            self.request(describe(request, method, status, size, source), request.client, seconds)

    def close(self) -> None:
        """Write what has been gathered, if its reader takes it soon."""
        if self._thread is not None:
            self._ending.set()
            self._thread.join(1.0)

    def _put(self, line: bytes) -> None:
        # One thread appends, another swaps the list: each is a single step of the interpreter.
        if self._size > _HELD:
            self._lost += 1
            return
        self._lines.append(line)
        self._size += len(line)
        if self._thread is None:
            self._flush()

    def _write_on(self) -> None:
        while not self._ending.wait(_PERIOD):
            self._flush()
        self._flush()

    def _flush(self) -> None:
        lines, self._lines = self._lines, []
        if lines:
            view = memoryview(b"".join(lines))
            with suppress(OSError, ValueError):
                while view:
                    view = view[os.write(sys.stderr.fileno(), view) :]
        lost, self._lost, self._size = self._lost, 0, 0
        if lost:
            self.event("log lines lost", str(lost))


def describe(request: Request, method: str, status: int, size: int, source: str) -> bytes:
    """Return what the log says of a request apart from when, from whom, and how long; ends the line."""
    entry: dict[str, object] = {"method": method, "path": request.path[:_MOST], "status": status}
    entry |= {"bytes": size, "from": source}
    if sent := request.query or request.body[:_MOST].decode(errors="replace"):
        entry["query"] = sent[:_MOST]
    return _line(entry)[1:]


def _line(entry: dict[str, object]) -> bytes:
    return json.dumps(entry).encode() + b"\n"


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
