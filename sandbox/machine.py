"""Who picks up when nobody does: a mailbox, a fax, and an assistant that screens the calls of somebody."""

from __future__ import annotations

from sandbox.clock import NetworkClock
from sandbox.line import CallPlan, Reply, Talker

MAILBOX_SECONDS = 45.0
FULL_SECONDS = 4.0
SECONDS_A_CHARACTER = 0.06
_BEFORE_GREETING = 1.0
_SCREENING = (
    "Bonjour, la personne que vous appelez utilise un service de filtrage. "
    "Veuillez indiquer votre nom et le motif de votre appel."
)
_ON_THE_WAY = "Merci. Restez en ligne, je vais voir si cette personne est disponible."


class Machine:
    """Plays its greeting from the pick-up on, whatever is said meanwhile, then records until the line is cut.

    On a fast clock a request takes longer than a greeting: it is heard once all the same.
    """

    def __init__(self, plan: CallPlan, clock: NetworkClock) -> None:
        self._clock = clock
        self._greeting = plan.greeting
        self._full = plan.result == "mailbox_full"
        self._picked_up = clock.now()
        self._heard = plan.greeting is None
        self._silences = 0

    @property
    def _greeting_left(self) -> float:
        length = _BEFORE_GREETING + len(self._greeting or "") * SECONDS_A_CHARACTER
        return length - (self._clock.now() - self._picked_up).total_seconds() if self._greeting else 0.0

    @property
    def records(self) -> bool:
        """Whether what is said now is kept for whoever the mailbox belongs to."""
        return self._greeting is not None and not self._full and self._heard and self._greeting_left <= 0

    def was_heard(self) -> None:
        """The greeting was listened to, and the application told of it."""
        self._heard = True

    def hear(self, text: str, expects_digits: bool) -> Reply:  # noqa: ARG002 - a machine doesn't listen
        if not self._heard:
            return Reply(speech=self._greeting, delay_seconds=max(0.0, self._greeting_left), speaking_seconds=0.0)
        if self._full:
            return Reply(hang_up=True, delay_seconds=FULL_SECONDS)
        self._silences += 1
        return Reply(hang_up=self._silences > 2, delay_seconds=MAILBOX_SECONDS if self._silences > 2 else 1.0)


class Screening:
    """Asks who calls and why, then fetches the person, or doesn't."""

    def __init__(self, person: Talker, *, accepts: bool) -> None:
        self._person = person
        self._accepts = accepts
        self._heard = 0

    def was_heard(self) -> None:
        self._heard += 1

    def hear(self, text: str, expects_digits: bool) -> Reply:
        if self._heard == 0:
            return Reply(speech=_SCREENING, delay_seconds=0.5)
        if self._heard == 1:
            return Reply(speech=_ON_THE_WAY, delay_seconds=1.0)
        if self._heard == 2:
            return Reply(speech="Allô oui ?", delay_seconds=4.0) if self._accepts else Reply(hang_up=True)
        return self._person.hear(text, expects_digits)
