"""The life of a contact, as data (DESIGN §4)."""

from outreach.domain.words import ContactState as S
from outreach.domain.words import Outcome

FINAL: frozenset[S] = frozenset(
    {
        S.ACCEPTED,
        S.REFUSED,
        S.OPTED_OUT,
        S.WRONG_NUMBER,
        S.DECEASED,
        S.ALREADY_HAS_DOCTOR,
        S.IDENTITY_FAILED,
        S.HUMAN_REQUESTED,
        S.EXHAUSTED,
        S.NO_PHONE,
        S.INELIGIBLE,
    }
)

# An outcome may arrive while waiting or due: the patient calls back or answers an SMS by themselves.
_BY_CONVERSATION = frozenset(
    {
        S.ACCEPTED,
        S.REFUSED,
        S.OPTED_OUT,
        S.WRONG_NUMBER,
        S.DECEASED,
        S.ALREADY_HAS_DOCTOR,
        S.IDENTITY_FAILED,
        S.HUMAN_REQUESTED,
    }
)

TRANSITIONS: dict[S, frozenset[S]] = {
    S.WAITING: frozenset({S.WAITING, S.DUE, S.IN_CONVERSATION, S.EXHAUSTED, S.NO_PHONE, S.INELIGIBLE})
    | _BY_CONVERSATION,
    S.DUE: frozenset({S.WAITING, S.ATTEMPTING, S.IN_CONVERSATION, S.EXHAUSTED, S.NO_PHONE, S.INELIGIBLE})
    | _BY_CONVERSATION,
    S.ATTEMPTING: frozenset({S.WAITING, S.IN_CONVERSATION, S.EXHAUSTED, S.NO_PHONE}) | _BY_CONVERSATION,
    S.IN_CONVERSATION: frozenset({S.WAITING, S.EXHAUSTED, S.NO_PHONE}) | _BY_CONVERSATION,
    # Afterwards only the patient can change it: a withdrawal, a STOP, a later yes on an inbound call.
    S.ACCEPTED: frozenset({S.IN_CONVERSATION, S.REFUSED, S.OPTED_OUT, S.HUMAN_REQUESTED, S.DECEASED}),
    S.REFUSED: frozenset({S.OPTED_OUT, S.ACCEPTED, S.HUMAN_REQUESTED, S.DECEASED}),
    S.OPTED_OUT: frozenset({S.ACCEPTED, S.HUMAN_REQUESTED, S.DECEASED}),
    S.WRONG_NUMBER: _BY_CONVERSATION - {S.WRONG_NUMBER},
    S.DECEASED: frozenset({S.OPTED_OUT}),
    S.ALREADY_HAS_DOCTOR: _BY_CONVERSATION - {S.ALREADY_HAS_DOCTOR},
    S.IDENTITY_FAILED: _BY_CONVERSATION - {S.IDENTITY_FAILED},
    S.HUMAN_REQUESTED: _BY_CONVERSATION - {S.HUMAN_REQUESTED},
    S.EXHAUSTED: frozenset({S.IN_CONVERSATION}) | _BY_CONVERSATION,
    S.NO_PHONE: frozenset({S.WAITING, S.INELIGIBLE}) | _BY_CONVERSATION,
    # Whom the agent doesn't call may call it.
    S.INELIGIBLE: frozenset({S.WAITING, S.NO_PHONE}) | _BY_CONVERSATION - {S.WRONG_NUMBER, S.IDENTITY_FAILED},
}

STATE_AFTER: dict[Outcome, S] = {
    Outcome.ACCEPTED: S.ACCEPTED,
    Outcome.REFUSED: S.REFUSED,
    Outcome.OPTED_OUT: S.OPTED_OUT,
    Outcome.CALLBACK: S.WAITING,
    Outcome.WRONG_NUMBER: S.WRONG_NUMBER,
    Outcome.THIRD_PARTY: S.WAITING,
    Outcome.DECEASED: S.DECEASED,
    Outcome.ALREADY_HAS_DOCTOR: S.ALREADY_HAS_DOCTOR,
    Outcome.EMERGENCY: S.HUMAN_REQUESTED,
    Outcome.HUMAN_REQUESTED: S.HUMAN_REQUESTED,
    Outcome.IDENTITY_FAILED: S.IDENTITY_FAILED,
    Outcome.ABANDONED: S.WAITING,
}


class IllegalTransition(Exception):
    """A change of state that the life of a contact does not know."""

    def __init__(self, before: S, after: S) -> None:
        super().__init__(f"a contact cannot go from {before} to {after}")
        self.before = before
        self.after = after


def check_transition(before: S, after: S) -> None:
    """Raises IllegalTransition unless `before` may become `after`; staying in a final state is allowed."""
    if before == after and before in FINAL:
        return
    if after not in TRANSITIONS[before]:
        raise IllegalTransition(before, after)
