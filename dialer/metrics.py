"""Figures of the dialer, for Prometheus."""

import traceback

import structlog
from prometheus_client import CollectorRegistry, Counter

logger = structlog.get_logger(__name__)


class DialerMetrics:
    """One process's own registry, so that several dialers can live in one process."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.placed = Counter(
            "relais_placed",
            "Requests to the carrier, by how they ended",
            ["channel", "result"],
            registry=self.registry,
        )
        self.adopted = Counter("relais_adopted", "Attempts found again at the carrier", registry=self.registry)
        self.failures = Counter("relais_job_failures", "Jobs that raised", ["job"], registry=self.registry)

    def failed(self, job: str, error: Exception) -> None:
        """Counts and says a failure: its kind and its place, for the message may hold what the job worked on."""
        self.failures.labels(job).inc()
        last = traceback.extract_tb(error.__traceback__)[-1]
        logger.error("job failed", job=job, error=type(error).__name__, at=f"{last.name}:{last.lineno}")
