"""Two wordings compared: the test's false alarms and power by simulation, who hears which, what may be compared."""

from collections.abc import Iterator
from datetime import timedelta
from uuid import UUID, uuid4

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, text

from bot.actions.wording.sentences import document, versions
from outreach.clock import FrozenClock
from outreach.database.models import Alert, AlertMessage, AuditEntry, Comparison, Contact, Conversation
from outreach.domain import comparing
from outreach.domain.comparing import ALTERNATIVES, CONSENT_EVIDENCE, HANG_UP_EVIDENCE, LEAST, Half, half_of
from outreach.domain.policy import ContactPolicy
from outreach.domain.wording_rules import Sentences, changed, problems
from outreach.domain.words import Channel, ComparisonState, ConsentState, Outcome
from outreach.errors import BadInput
from outreach.runtime import Session
from outreach.services import alert_messages, campaigns, comparisons, telephone
from outreach.services.comparisons import AlreadyComparing, NotComparing, UnfitWording
from tests.api.world import answer_everything
from tests.factories import a_campaign, a_contact, a_patient

A, B = "2026-11-a", "2026-11-b"
_ONES = np.array(ALTERNATIVES)
_MEANS = _ONES.mean(axis=1)
# The weight of a success and of a failure of each half, for each alternative.
_WON = np.log(_ONES / _MEANS[:, None])
_LOST = np.log((1 - _ONES) / (1 - _MEANS)[:, None])


def ends(
    draw: np.random.Generator, agree: tuple[float, float], hang_up: tuple[float, float], most: int
) -> Iterator[tuple[ComparisonState, int]]:
    """Whole comparisons, looked at after every single pair: how each ends, and after how many pairs."""
    steps = np.arange(1, most + 1)
    while True:
        crossed = []
        for shares, needed in ((agree, CONSENT_EVIDENCE), (hang_up, HANG_UP_EVIDENCE)):
            told = np.cumsum(draw.random((2, most)) < np.array(shares)[:, None], axis=1)
            logs = np.zeros((len(ALTERNATIVES), most))
            for half in (0, 1):
                logs += np.outer(_WON[:, half], told[half]) + np.outer(_LOST[:, half], steps - told[half])
            top = logs.max(axis=0)
            found = top + np.log(np.exp(logs - top).mean(axis=0))
            over = np.flatnonzero((found >= np.log(needed)) & (steps >= LEAST))
            crossed.append((int(over[0]) if over.size else most, told))
        (by_consent, agreed), (by_harm, _) = crossed
        if by_harm < most and by_harm <= by_consent:
            yield ComparisonState.HARM, by_harm + 1
        elif by_consent < most:
            first = agreed[0][by_consent] > agreed[1][by_consent]
            yield (ComparisonState.FIRST_BETTER if first else ComparisonState.SECOND_BETTER), by_consent + 1
        else:
            yield ComparisonState.NO_DIFFERENCE, most


@pytest.mark.parametrize(("agree", "hang_up"), [(0.6, 0.1), (0.3, 0.25)])
def test_without_a_difference_one_in_twenty_is_wrong_at_most_looking_after_every_pair(
    agree: float, hang_up: float
) -> None:
    run = ends(np.random.default_rng(20261126), (agree, agree), (hang_up, hang_up), 800)
    wrong = sum(next(run)[0] is not ComparisonState.NO_DIFFERENCE for _ in range(200))
    assert wrong <= 0.05 * 200, wrong


def test_ten_points_are_seen_within_the_usual_number() -> None:
    run = ends(np.random.default_rng(7), (0.60, 0.70), (0.1, 0.1), comparing.USUAL_MOST)
    found = [next(run) for _ in range(60)]
    right = [pairs for state, pairs in found if state is ComparisonState.SECOND_BETTER]
    assert len(right) >= 54, len(right)
    assert sum(state is ComparisonState.FIRST_BETTER for state, _ in found) == 0
    # Looking pays: half of them end long before the last person.
    assert float(np.median(right)) < comparing.USUAL_MOST / 2


def test_harm_ends_it() -> None:
    run = ends(np.random.default_rng(11), (0.6, 0.6), (0.10, 0.22), comparing.USUAL_MOST)
    found = [next(run)[0] for _ in range(30)]
    assert found.count(ComparisonState.HARM) >= 27


@given(st.integers(0, 400), st.data())
def test_the_evidence_is_that_of_the_simulation(pairs: int, data: st.DataObject) -> None:
    first, second = data.draw(st.integers(0, pairs)), data.draw(st.integers(0, pairs))
    logs = _WON @ np.array([first, second]) + _LOST @ np.array([pairs - first, pairs - second])
    assert comparing.evidence(pairs, first, second) == pytest.approx(float(np.exp(logs).mean()), rel=1e-9)
    assert comparing.evidence(pairs, first, second) == pytest.approx(comparing.evidence(pairs, second, first))


@given(st.floats(0.01, 0.99))
def test_one_pair_is_a_fair_bet_at_most_whatever_the_common_share(share: float) -> None:
    """What makes every look allowed: on average no alternative gains under no difference."""
    expected = sum(
        share ** (first + second) * (1 - share) ** (2 - first - second) * comparing.evidence(1, first, second)
        for first in (0, 1)
        for second in (0, 1)
    )
    assert expected <= 1 + 1e-12


def test_nothing_is_concluded_of_a_few() -> None:
    few = LEAST - 1
    first, second = Half(few, few, 0, few, 0), Half(few, 0, few, 0, few)
    assert comparing.look(first, second, 2000).state is ComparisonState.RUNNING
    assert (
        comparing.look(Half(LEAST, LEAST, 0, LEAST, 0), Half(LEAST, 0, 0, 0, 0), 2000).state
        is ComparisonState.FIRST_BETTER
    )
    with pytest.raises(ValueError, match="successes"):
        comparing.evidence(3, 4, 0)


@given(st.uuids(), st.lists(st.uuids(), min_size=200, max_size=200, unique=True))
def test_halves_are_halves_and_never_change(comparison: UUID, contacts: list[UUID]) -> None:
    halves = [half_of(comparison, contact) for contact in contacts]
    assert halves == [half_of(comparison, contact) for contact in contacts]
    assert 50 < sum(halves) < 150


# What may be compared


def test_every_wording_of_ours_may_be_spoken() -> None:
    for version in versions():
        assert problems(document(version), document(A)) == []
    assert changed(document(A), document(B)) == [
        "ask.consent_assistance.again",
        "ask.consent_assistance.first",
        "purpose",
    ]


@pytest.mark.parametrize(
    ("key", "said", "why"),
    [
        ("opening", "Bonjour. Ici l'Assurance Maladie.", "règle 3"),
        ("emergency", "Appelez le 15.", "mots prévus"),
        ("reply.scam", "Raccrochez.", "mots prévus"),
        ("ask.consent_assistance.first", "Voulez-vous cette aide ?", "refuser"),
        ("ask.identity.first", "Avez-vous un médecin ? Êtes-vous {name} ?", "règle 6"),
        ("purpose", "Vous avez une affection de longue durée.", "maladie"),
        ("ask.situation.first", "Quel est votre mot de passe ?", "règle 7"),
        ("ask.area.first", "Quel est votre numéro de sécurité sociale ?", "règle 7"),
        ("purpose", "Vous aurez un médecin bientôt.", "promet"),
        ("purpose", "Allez voir sur www.example.org.", "lien"),
        ("purpose", "", "est vide"),
        ("purpose", "Je vous appelle ce matin pour vous aider à trouver enfin un médecin.", "12 mots"),
        ("end.refused", "C'est noté. Au revoir.", "ne peut pas changer"),
        ("opening", "Bonjour. Ici l'assistant automatique de l'Assurance Maladie. Merci.", "ne peut pas changer"),
    ],
)
def test_a_wording_without_what_every_one_must_hold_is_refused(key: str, said: str, why: str) -> None:
    wrong: Sentences = {**document(A), key: {"voice": said, "sms": None}}
    assert any(why in problem for problem in problems(wrong, document(A))), problems(wrong, document(A))


def test_rule_05_a_message_before_verification_names_nobody() -> None:
    wrong: Sentences = {
        **document(A),
        "ask.identity.first": {"voice": "Êtes-vous {name} ?", "sms": "Êtes-vous {name} ?"},
    }
    assert any("règle 5" in problem for problem in problems(wrong, document(A)))


# In a campaign


@pytest.fixture
def campaign(session: Session, clock: FrozenClock) -> None:
    a_campaign(session, clock.now(), ContactPolicy(announce_sms=False))
    for version in versions():
        comparisons.tell(session, version, document(version), clock.now())


def talk(session: Session, clock: FrozenClock, outcome: Outcome, contact: Contact | None = None) -> Contact:
    """Somebody calls us, is verified, and ends so."""
    if contact is None:
        patient = a_patient(session, clock.now())
        contact = a_contact(session, campaigns.get(session, "ald-2026"), patient, clock.now())
    session.refresh(contact, ["patient"])
    session.refresh(contact.patient, ["numbers"])
    called = telephone.inbound(
        session, Channel.VOICE, contact.patient.numbers[0].e164, "+33162000001", f"CA{uuid4().hex}", clock.now()
    )
    assert called.conversation_id is not None
    answer_everything(session, called.conversation_id, contact.patient, outcome, ConsentState.GIVEN, clock.now())
    spoken = session.get_one(Conversation, called.conversation_id)
    spoken.ended_at = clock.now()
    clock.advance(timedelta(minutes=1))
    session.flush()
    return contact


@pytest.mark.usefixtures("campaign")
def test_each_person_is_counted_once_in_their_half_by_their_first_conversation(
    session: Session, clock: FrozenClock
) -> None:
    before = talk(session, clock, Outcome.REFUSED)
    begun = comparisons.start(session, "ald-2026", A, B, 2000, clock.now(), "dominique")
    talk(session, clock, Outcome.ACCEPTED, before)  # verified before it began: of neither half
    expected = [Half(), Half()]
    for number in range(14):
        outcome = (Outcome.ACCEPTED, Outcome.ABANDONED, Outcome.REFUSED)[number % 3]
        contact = talk(session, clock, outcome)
        talk(session, clock, Outcome.ACCEPTED if outcome is not Outcome.ACCEPTED else Outcome.REFUSED, contact)
        half = half_of(begun.id, contact.id)
        held = expected[half]
        expected[half] = Half(
            held.verified + 1,
            held.agreed + (outcome is Outcome.ACCEPTED),
            held.hung_up + (outcome is Outcome.ABANDONED),
        )
    assert comparisons.look_at_all(session, clock.now()) == []
    result = session.scalars(select(Comparison.result)).one()
    assert result is not None
    counted = [Half(half["verified"], half["agreed"], half["hung_up"]) for half in result["halves"]]
    assert counted == expected
    assert result["pairs"] == min(half.verified for half in expected)


@pytest.mark.usefixtures("campaign")
def test_it_ends_by_itself_once_enough_is_known(
    session: Session, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(comparing, "LEAST", 3)
    monkeypatch.setattr(comparing, "CONSENT_EVIDENCE", 2.0)
    begun = comparisons.start(session, "ald-2026", A, B, 2000, clock.now(), "dominique")
    campaign = campaigns.get(session, "ald-2026")
    assert campaign.comparison == {"id": str(begun.id), "versions": [A, B]}
    for _ in range(24):
        contact = a_contact(session, campaign, a_patient(session, clock.now()), clock.now())
        outcome = Outcome.ACCEPTED if comparing.version_for(campaign.comparison, contact.id) == B else Outcome.REFUSED
        talk(session, clock, outcome, contact)
    assert comparisons.look_at_all(session, clock.now()) == ["ald-2026"]
    session.refresh(begun)
    session.refresh(campaign)
    assert (begun.state, begun.ended_by) == (ComparisonState.SECOND_BETTER, "relais")
    assert not campaigns.get(session, "ald-2026").comparison
    comparisons.adopt(session, "ald-2026", B, clock.now(), "dominique")
    assert comparisons.spoken(campaign) == B
    acts = session.scalars(select(AuditEntry.act).where(AuditEntry.act.like("comp%") | AuditEntry.act.like("word%")))
    assert list(acts) == ["comparison_started", "comparison_ended", "wording_adopted"]


@pytest.mark.usefixtures("campaign")
@pytest.mark.parametrize("harmful", [A, B])
def test_harm_raises_an_alert_that_says_what_the_campaign_says_now(
    session: Session, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch, harmful: str
) -> None:
    monkeypatch.setattr(comparing, "LEAST", 3)
    monkeypatch.setattr(comparing, "HANG_UP_EVIDENCE", 2.0)
    campaign = campaigns.get(session, "ald-2026")
    comparisons.start(session, "ald-2026", A, B, 2000, clock.now(), "dominique")
    heard = dict.fromkeys((A, B), 0)
    while min(heard.values()) < 5:
        contact = a_contact(session, campaign, a_patient(session, clock.now()), clock.now())
        hears = str(comparing.version_for(campaign.comparison, contact.id))
        if heard[hears] < 5:
            talk(session, clock, Outcome.ABANDONED if hears == harmful else Outcome.ACCEPTED, contact)
            heard[hears] += 1
    assert comparisons.look_at_all(session, clock.now()) == ["ald-2026"]
    assert comparisons.look_at_all(session, clock.now()) == []
    alert = session.scalars(select(Alert)).one()
    assert (alert.kind, alert.campaign_id, alert.count) == ("wording_harms", campaign.id, 1)
    assert f"formulation {harmful} qu’à" in alert.what_to_do
    if harmful == comparisons.spoken(campaign):
        assert f"Adoptez {B}" in alert.what_to_do
    else:
        assert f"la campagne dit {A}." in alert.what_to_do
    ways = select(AlertMessage.way).where(AlertMessage.tells == "opened")
    assert sorted(session.scalars(ways)) == ["email", "webhook"]
    (told,) = alert_messages.claim(session, [alert_messages.WEBHOOK])
    assert (told.kind, told.campaign, told.what_to_do) == ("wording_harms", "ald-2026", alert.what_to_do)


@pytest.mark.usefixtures("campaign")
def test_an_end_without_harm_raises_no_alert(
    session: Session, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(comparing, "LEAST", 1)
    comparisons.start(session, "ald-2026", A, B, comparing.LEAST, clock.now(), "dominique")
    for _ in range(12):
        talk(session, clock, Outcome.ACCEPTED)
    assert comparisons.look_at_all(session, clock.now()) == ["ald-2026"]
    assert session.scalars(select(Alert)).all() == []


@pytest.mark.usefixtures("campaign")
def test_what_cannot_be_compared_is_refused(session: Session, clock: FrozenClock) -> None:
    wrong = {**document(B), "emergency": {"voice": "Appelez le 15.", "sms": None}}
    comparisons.tell(session, "2026-11-z", wrong, clock.now())
    for version in ("2026-11-z", "2026-11-nobody-knows"):
        with pytest.raises(UnfitWording):
            comparisons.start(session, "ald-2026", A, version, 2000, clock.now(), "dominique")
        with pytest.raises(UnfitWording):
            comparisons.adopt(session, "ald-2026", version, clock.now(), "dominique")
    for first, second, most in ((A, A, 2000), (A, B, 5), (A, B, 10**6)):
        with pytest.raises(BadInput):
            comparisons.start(session, "ald-2026", first, second, most, clock.now(), "dominique")
    with pytest.raises(NotComparing):
        comparisons.stop(session, "ald-2026", clock.now(), "dominique")
    comparisons.start(session, "ald-2026", A, B, 2000, clock.now(), "dominique")
    with pytest.raises(AlreadyComparing):
        comparisons.start(session, "ald-2026", A, B, 2000, clock.now(), "dominique")
    comparisons.stop(session, "ald-2026", clock.now(), "dominique")
    assert campaigns.get(session, "ald-2026").comparison is None


def test_rule_15_few_people_of_a_half_are_masked() -> None:
    def counted(*halves: tuple[int, int, int]) -> list[dict[str, int | None]]:
        names = ("verified", "agreed", "hung_up")
        return comparisons.published({"halves": [dict(zip(names, half, strict=True)) for half in halves]})

    shown = counted((40, 20, 3), (40, 35, 0))
    assert shown[0] == {"verified": 40, "agreed": 20, "hung_up": None}
    # Five didn't agree: neither they nor those who did are told.
    assert shown[1] == {"verified": 40, "agreed": None, "hung_up": 0}
    assert counted((8, 4, 1), (0, 0, 0))[0] == {"verified": None, "agreed": None, "hung_up": None}


@pytest.mark.usefixtures("campaign")
def test_the_database_draws_the_same_lots(session: Session) -> None:
    comparison, contacts = uuid4(), [uuid4() for _ in range(50)]
    query = text("select get_byte(sha256(convert_to(cast(:c as text) || cast(:k as text), 'UTF8')), 0) & 1")
    drawn = [session.scalar(query, {"c": str(comparison), "k": str(contact)}) for contact in contacts]
    assert drawn == [half_of(comparison, contact) for contact in contacts]
