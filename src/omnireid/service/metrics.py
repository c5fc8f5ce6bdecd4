"""Figures for Prometheus: requests, stages of a search, the gallery, the queue, the disk.

Labels hold names that the program declares (routes, stages, states, the model) and never anything
about a person.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily, InfoMetricFamily, Metric
from prometheus_client.registry import Collector

from omnireid import __version__
from omnireid.errors import OmniReIDError
from omnireid.gallery import Gallery

_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.3, 0.5, 1, 2.5, 5, 10, 30)
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})

Figures = Callable[[], Mapping[str, float]]
"""Figures read at the moment of a scrape: by state, such as {"queued": 2, "failed": 0}."""


class Metrics:
    """The figures of one running service."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._requests = Counter(
            "omnireid_requests",
            "Answered requests by route and status.",
            ("method", "route", "status"),
            registry=self.registry,
        )
        self._request_seconds = Histogram(
            "omnireid_request_seconds",
            "Seconds from a request's first byte to the end of its answer.",
            ("method", "route"),
            buckets=_SECONDS,
            registry=self.registry,
        )
        self._stage_seconds = Histogram(
            "omnireid_search_stage_seconds",
            "Seconds of a search spent encoding the query, in the index, in the ledger.",
            ("stage",),
            buckets=_SECONDS,
            registry=self.registry,
        )

    def observe_request(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count one answered request."""
        known = method if method in _METHODS else "other"
        self._requests.labels(known, route, str(status)).inc()
        self._request_seconds.labels(known, route).observe(seconds)

    def observe_stage(self, stage: str, seconds: float) -> None:
        """Count one stage of one search."""
        self._stage_seconds.labels(stage).observe(seconds)

    def text(self) -> bytes:
        """Everything in Prometheus' text format."""
        return generate_latest(self.registry)


@dataclass(frozen=True)
class SiteFigures(Collector):
    """What is read when Prometheus asks: the gallery, its index, the queue of jobs, the disk."""

    gallery: Gallery
    jobs: Figures
    integrity: Figures

    def collect(self) -> Iterable[Metric]:
        """See prometheus_client's Collector. A gallery that cannot be read is a figure too."""
        try:
            yield from self._gallery()
            readable = 1.0
        except OmniReIDError:
            readable = 0.0
        yield _gauge("omnireid_gallery_readable", "1 when the gallery can be read.", readable)
        disk = shutil.disk_usage(self.gallery.folder)
        yield _gauge("omnireid_disk_free_bytes", "Free bytes on the gallery's disk.", disk.free)
        yield _gauge("omnireid_disk_bytes", "Size of the gallery's disk.", disk.total)
        for name, value in self.integrity().items():
            yield _gauge(f"omnireid_integrity_{name}", "Of the last background check.", value)

    def _gallery(self) -> Iterator[Metric]:
        info = self.gallery.info()
        yield _gauge("omnireid_items", "Items in the gallery.", info.items)
        yield _gauge("omnireid_pictures", "Pictures in the gallery.", info.pictures)
        yield _gauge("omnireid_ledger_bytes", "Bytes of the ledger's file.", info.ledger_bytes)
        yield _gauge("omnireid_picture_bytes", "Bytes of the pictures.", info.picture_bytes)
        yield _gauge("omnireid_index_bytes", "Bytes of the index.", info.index_bytes)
        yield _gauge(
            "omnireid_index_lag",
            "Changes of the ledger that the index has not followed yet.",
            self.gallery.index_lag(),
        )
        jobs = GaugeMetricFamily("omnireid_jobs", "Jobs by state.", labels=("state",))
        for state, count in self.jobs().items():
            jobs.add_metric((state,), count)
        yield jobs
        facts = {"version": __version__, "model_id": info.model_id, "schema": info.schema}
        yield InfoMetricFamily("omnireid", "What is running.", value=facts)


def _gauge(name: str, help_text: str, value: float) -> Metric:
    return GaugeMetricFamily(name, help_text, value=value)
