"""What is counted, and how Prometheus is told.

Counting is adding to plain numbers; the client library is loaded when somebody asks for the figures.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from itertools import accumulate
from types import SimpleNamespace
from typing import Any, cast

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
        from prometheus_client.metrics_core import (
            CounterMetricFamily,
            GaugeMetricFamily,
            HistogramMetricFamily,
        )

        requests = CounterMetricFamily("amcc_requests", "Requests answered, by status.", labels=["status"])
        for status, count in sorted(self.requests.items()):
            requests.add_metric([str(status)], count)
        bounds = (*map(str, _BOUNDS), "+Inf")
        buckets = [
            (bound, float(total)) for bound, total in zip(bounds, accumulate(self.slower), strict=True)
        ]
        about = "Seconds to answer requests that were not answered from raw bytes."
        found = [
            requests,
            HistogramMetricFamily("amcc_request_seconds", about, buckets, self.seconds),
            CounterMetricFamily("amcc_reused", "Requests answered from raw bytes.", self.reused),
            CounterMetricFamily("amcc_worker_deaths", "Workers that ended while they worked.", self.deaths),
            CounterMetricFamily("amcc_timeouts", "Queries ended at their deadline.", self.timeouts),
            *(GaugeMetricFamily(name, text, value) for name, text, value in now),
        ]
        # All that is asked of a registry here is to collect.
        collected = cast("Any", SimpleNamespace(collect=lambda: found))
        return generate_latest(collected), CONTENT_TYPE_PLAIN_0_0_4
