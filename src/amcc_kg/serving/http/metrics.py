"""What is counted, and how Prometheus is told.

Counting is adding to plain numbers; the client library is loaded when somebody asks for the figures.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from prometheus_client.registry import Collector

_BOUNDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


@dataclass(slots=True)
class Gauges:
    """What is so at this moment, or since the present workers began.

    Attributes:
        deaths: workers that ended while they worked.
        timeouts: queries ended at their deadline.
        answers: answers in memory; `held` their bytes.
        statements: of the graph.
        busy: workers at work; `waiting` queries that wait for one.
    """

    deaths: int = 0
    timeouts: int = 0
    answers: int = 0
    held: int = 0
    statements: int = 0
    busy: int = 0
    waiting: int = 0


class Metrics:
    """Figures of one server since its start."""

    __slots__ = ("connections", "deaths", "requests", "reused", "seconds", "slower", "timeouts")

    def __init__(self) -> None:
        self.requests: Counter[int] = Counter()
        self.reused = 0
        self.connections = 0
        self.deaths = 0
        self.timeouts = 0
        self.seconds = 0.0
        self.slower = [0] * (len(_BOUNDS) + 1)

    def answered(self, status: int, seconds: float) -> None:
        """Count an answer that was worked out."""
        self.requests[status] += 1
        self.seconds += seconds
        self.slower[bisect_left(_BOUNDS, seconds)] += 1

    def retire(self, deaths: int, timeouts: int) -> None:
        """Take over the figures of workers that are being replaced."""
        self.deaths += deaths
        self.timeouts += timeouts

    def exposition(self, now: Gauges) -> tuple[bytes, str]:
        """Return the figures in Prometheus' text format and its media type."""
        from prometheus_client import CollectorRegistry
        from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest
        from prometheus_client.metrics_core import (
            CounterMetricFamily,
            GaugeMetricFamily,
            HistogramMetricFamily,
            Metric,
        )

        requests = CounterMetricFamily("amcc_requests", "Requests answered, by status.", labels=["status"])
        for status, count in sorted(self.requests.items()):
            requests.add_metric([str(status)], count)
        buckets, total = [], 0
        for bound, count in zip((*map(str, _BOUNDS), "+Inf"), self.slower, strict=True):
            total += count
            buckets.append((bound, float(total)))
        about = "Seconds to answer requests that were not answered from raw bytes."
        found: list[Metric] = [
            requests,
            HistogramMetricFamily("amcc_request_seconds", about, buckets, self.seconds),
        ]
        for name, text, value in (
            ("amcc_reused", "Requests answered from raw bytes.", self.reused),
            ("amcc_worker_deaths", "Workers that ended while they worked.", self.deaths + now.deaths),
            ("amcc_timeouts", "Queries ended at their deadline.", self.timeouts + now.timeouts),
        ):
            found.append(CounterMetricFamily(name, text, value))
        for name, text, value in (
            ("amcc_connections", "Open connections.", self.connections),
            ("amcc_cached_answers", "Answers in memory.", now.answers),
            ("amcc_cached_bytes", "Bytes of answers in memory.", now.held),
            ("amcc_statements", "Statements in the graph.", now.statements),
            ("amcc_workers_busy", "Workers at work.", now.busy),
            ("amcc_queue_length", "Queries that wait.", now.waiting),
        ):
            found.append(GaugeMetricFamily(name, text, value))

        class Collected:
            def collect(self) -> Iterable[Metric]:
                return found

        registry = CollectorRegistry(auto_describe=False)
        registry.register(cast("Collector", Collected()))
        return generate_latest(registry), CONTENT_TYPE_PLAIN_0_0_4
