"""Figures of the webhooks, for Prometheus: counts and times, nothing about anybody."""

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest

_SECONDS = (0.01, 0.025, 0.05, 0.1, 0.2, 0.4, 0.8, 1.0, 2.0, 4.0, 8.0, 16.0)


class PhoneMetrics:
    """One process's own registry, so that several applications can live in one process."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.webhooks = Counter("relais_webhooks", "Webhooks answered", ["route", "status"], registry=self.registry)
        self.refused = Counter("relais_webhooks_refused", "Webhooks with a wrong signature", registry=self.registry)
        self.turns = Histogram(
            "relais_turn_seconds",
            "From a turn's arrival to its answer",
            registry=self.registry,
            buckets=_SECONDS,
        )
        self.agent = Histogram("relais_agent_seconds", "What Rasa took of it", registry=self.registry, buckets=_SECONDS)
        self.apologies = Counter("relais_apologies", "Turns that Rasa did not answer", registry=self.registry)
        self.late_openings = Counter(
            "relais_late_openings", "Calls greeted before Rasa had opened them", registry=self.registry
        )

    def page(self) -> bytes:
        return generate_latest(self.registry)
