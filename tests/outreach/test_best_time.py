"""What is learned from real attempts in the database, and the moments that are chosen by it."""

from datetime import UTC, date, datetime, timedelta
from random import Random
from uuid import UUID

import pytest
from sqlalchemy import func, select

from outreach.clock import FrozenClock
from outreach.database.models import AnswerTally, Attempt, Campaign, Contact, Learning, Patient
from outreach.database.repositories import answering as kept
from outreach.domain.answering import AgeBand, Group, Slot
from outreach.domain.best_time import room_of
from outreach.domain.calling_hours import closed_because, is_morning
from outreach.domain.dispositions import FLAGS, Disposition
from outreach.domain.policy import ContactPolicy
from outreach.domain.words import AttemptStatus, Channel, ContactState, Direction, NumberKind, Purpose
from outreach.runtime import Runtime, Session
from outreach.services import answering, campaigns, carrier_facts, claims, sms_claims
from outreach.services.carrier_facts import CarrierStatus
from tests.factories import a_campaign, a_contact, a_landline, a_mobile, a_patient, an_adviser, claim_call

LEARNING = ContactPolicy(announce_sms=False)


def _rang(session: Session, patient: Patient, at: datetime, disposition: Disposition, **changes: object) -> Attempt:
    """A call as it stands when it has ended, or hasn't."""
    flags = FLAGS[disposition]
    attempt = Attempt(
        **{
            "patient_id": patient.id,
            "channel": Channel.VOICE,
            "direction": Direction.OUTBOUND,
            "purpose": Purpose.CALL,
            "number": patient.numbers[0].e164,
            "caller": "+33162000001",
            "status": AttemptStatus.ENDED,
            "disposition": disposition,
            "rang": flags.rang,
            "human_answered": flags.human_answered,
            "final": flags.final,
            "claimed_at": at,
            "rang_at": at if flags.rang else None,
            "claimed_wall": func.clock_timestamp(),
            "heard_wall": func.clock_timestamp(),
            **changes,
        }
    )
    session.add(attempt)
    session.flush()
    return attempt


def _tallies(session: Session) -> dict[tuple[date, int, str, str, int], tuple[int, int]]:
    return {
        (t.day, t.half_hour, t.kind, t.age_band, t.tries): (t.rang, t.answered)
        for t in session.scalars(select(AnswerTally))
    }


def _refresh(runtime: Runtime, clock: FrozenClock) -> None:
    with runtime.transaction() as session:
        assert answering.refresh(session, clock.now())


def test_calls_are_counted_by_the_patients_clock_number_age_and_tries(session: Session, clock: FrozenClock) -> None:
    woman = a_patient(session, clock.now())
    far = a_patient(session, clock.now(), postal_code="97400", phones=(a_mobile(),), birth_date=date(1980, 1, 1))
    morning = datetime(2026, 11, 24, 9, 40, tzinfo=UTC)
    _rang(session, woman, morning, Disposition.NO_ANSWER)
    _rang(session, woman, morning + timedelta(days=2, hours=4), Disposition.HUNG_UP)
    # Half past eight in the evening in UTC is half past midnight of the next day there.
    _rang(session, far, datetime(2026, 11, 24, 20, 30, tzinfo=UTC), Disposition.VOICEMAIL_LEFT)
    kept.recount(session, date(2026, 11, 1))
    assert _tallies(session) == {
        (date(2026, 11, 24), 21, "landline", "65_to_79", 0): (1, 0),
        (date(2026, 11, 26), 29, "landline", "65_to_79", 1): (1, 1),
        (date(2026, 11, 25), 1, "mobile", "under_50", 0): (1, 0),
    }


def test_only_calls_that_rang_somebody_who_had_never_spoken_to_us_teach(session: Session, clock: FrozenClock) -> None:
    at = datetime(2026, 11, 24, 9, 40, tzinfo=UTC)
    knows_us, silent = a_patient(session, at), a_patient(session, at)
    _rang(session, knows_us, at, Disposition.ABANDONED)
    _rang(session, knows_us, at + timedelta(days=2), Disposition.CONVERSATION)
    _rang(session, silent, at, Disposition.BUSY)
    _rang(session, silent, at, Disposition.FAX)
    _rang(session, silent, at, Disposition.NO_ANSWER, status=AttemptStatus.RINGING)
    _rang(session, silent, at, Disposition.CONVERSATION, direction=Direction.INBOUND)
    kept.recount(session, date(2026, 11, 1))
    assert _tallies(session) == {(date(2026, 11, 24), 21, "landline", "65_to_79", 0): (1, 1)}


def test_the_tallies_kept_day_by_day_equal_a_recount_of_everything(runtime: Runtime, clock: FrozenClock) -> None:
    chance = Random(4)
    with runtime.transaction() as session:
        everybody = [
            a_patient(session, clock.now(), phones=(chance.choice((a_mobile, a_landline))(),)) for _ in range(20)
        ]
    under_way: list[tuple[UUID, UUID, Disposition]] = []
    for _day in range(12):
        on_the_line = {patient_id for _, patient_id, _ in under_way}
        for person in chance.sample([person for person in everybody if person.id not in on_the_line], 8):
            at = clock.now() + timedelta(minutes=chance.randrange(480))
            with runtime.transaction() as session:
                how = chance.choice((Disposition.NO_ANSWER, Disposition.MACHINE, Disposition.HUNG_UP, Disposition.BUSY))
                attempt = _rang(session, person, at, how, status=AttemptStatus.IN_PROGRESS)
                attempt.human_answered = False
                under_way.append((attempt.id, person.id, how))
        # Some are still under way when it is learned, one of them for days.
        chance.shuffle(under_way)
        while len(under_way) > 3:
            attempt_id, _, how = under_way.pop()
            with runtime.transaction() as session:
                ended = session.get_one(Attempt, attempt_id)
                ended.status = AttemptStatus.ENDED
                ended.human_answered = FLAGS[how].human_answered
        clock.advance(timedelta(days=1))
        _refresh(runtime, clock)
    with runtime.transaction() as session:
        by_day = _tallies(session)
        kept.recount(session, date(2000, 1, 1))
        assert by_day == _tallies(session)
        assert sum(rang for rang, _ in by_day.values()) > 20


def test_old_calls_fade_by_half_in_six_weeks(runtime: Runtime, clock: FrozenClock) -> None:
    with runtime.transaction() as session:
        for _ in range(8):
            _rang(session, a_patient(session, clock.now()), clock.now(), Disposition.HUNG_UP)
    _refresh(runtime, clock)
    clock.advance(timedelta(days=42))
    _refresh(runtime, clock)
    with runtime.transaction() as session:
        learning = kept.learning(session)
        assert learning is not None
        assert learning.document["tallies"] == [[1, 21, "landline", "65_to_79", 0, 4.0, 4.0]]


def test_one_dialer_learns_at_a_time(runtime: Runtime, clock: FrozenClock) -> None:
    with runtime.transaction() as one, runtime.transaction() as other:
        assert answering.refresh(one, clock.now())
        assert not answering.refresh(other, clock.now())


def test_every_process_reads_what_was_learned_last(runtime: Runtime, clock: FrozenClock) -> None:
    slot, group = Slot(1, 21), Group(NumberKind.LANDLINE, AgeBand.FROM_65)
    with runtime.transaction() as session:
        before = answering.learned(session).beliefs.ratio(group, slot)[0]
        for _ in range(30):
            _rang(session, a_patient(session, clock.now()), clock.now() - timedelta(hours=1), Disposition.NO_ANSWER)
            _rang(session, a_patient(session, clock.now()), clock.now(), Disposition.HUNG_UP)
    _refresh(runtime, clock)
    with runtime.transaction() as session:
        known = answering.learned(session)
        assert known.beliefs.ratio(group, slot)[0] > before
        assert answering.learned(session) is known


def _teach(session: Session, now: datetime, good: int) -> None:
    """A learning in which people answer at one half-hour of the day and hardly at any other."""
    tallies = [
        [day, half_hour, kind, age, 0, 3000.0, 3000.0 * (0.5 if half_hour == good else 0.1)]
        for day in range(5)
        for half_hour in (*range(20, 26), *range(28, 38))
        for kind in NumberKind
        for age in AgeBand
    ]
    kept.keep(session, now, now.date(), {"tallies": tallies, "planned": []})


@pytest.fixture
def missed(runtime: Runtime, clock: FrozenClock) -> Contact:
    """Somebody of a learning campaign, about to be called on a Tuesday morning."""
    with runtime.transaction() as session:
        campaign = a_campaign(session, clock.now(), LEARNING)
        return a_contact(session, campaign, a_patient(session, clock.now()), clock.now())


def _miss(runtime: Runtime, clock: FrozenClock) -> datetime:
    with runtime.transaction() as session:
        claims.open_contacts(session, clock.now())
    with runtime.transaction() as session:
        claimed = claim_call(session, clock.now(), runtime.settings)
    assert claimed is not None
    with runtime.transaction() as session:
        carrier_facts.carrier_status(
            session, claimed.attempt_id, CarrierStatus.NO_ANSWER, clock.now(), carrier_id=f"CA{claimed.attempt_id.hex}"
        )
    with runtime.transaction() as session:
        again = session.scalars(select(Contact)).one()
        assert again.state == ContactState.WAITING
        assert again.next_attempt_at is not None
        return again.next_attempt_at


def test_who_was_missed_is_called_again_when_people_answer(
    runtime: Runtime, clock: FrozenClock, missed: Contact
) -> None:
    with runtime.transaction() as session:
        _teach(session, clock.now(), good=34)
    at = _miss(runtime, clock)
    # Thursday afternoon is the earliest; the half-hour after 17:00 is the best, that day or on Friday.
    assert (at.astimezone(UTC).hour, at.minute // 30) == (16, 0)
    assert at.date() in {date(2026, 11, 26), date(2026, 11, 27)}


def test_rule_02_the_best_time_of_the_wrong_half_is_never_chosen(
    runtime: Runtime, clock: FrozenClock, missed: Contact
) -> None:
    with runtime.transaction() as session:
        _teach(session, clock.now(), good=22)
    at = _miss(runtime, clock)
    assert at - clock.now() >= timedelta(hours=48)
    assert not is_morning(at, "94")
    assert closed_because(LEARNING, "94", at) is None


def test_switched_off_the_fixed_order_is_back(runtime: Runtime, clock: FrozenClock, missed: Contact) -> None:
    with runtime.transaction() as session:
        _teach(session, clock.now(), good=34)
        session.get_one(Campaign, missed.campaign_id).policy = ContactPolicy(
            announce_sms=False, best_time=False
        ).document()
    assert _miss(runtime, clock) == datetime(2026, 11, 26, 13, tzinfo=UTC)


def test_the_first_call_after_an_announcement_comes_when_people_answer(runtime: Runtime, clock: FrozenClock) -> None:
    with runtime.transaction() as session:
        campaign = a_campaign(session, clock.now(), ContactPolicy())
        for _ in range(2):
            a_contact(session, campaign, a_patient(session, clock.now(), phones=(a_mobile(),)), clock.now())

    def announce() -> datetime:
        with runtime.transaction() as session:
            claims.open_contacts(session, clock.now())
            claimed = sms_claims.claim_sms(session, clock.now(), runtime.settings)
            assert claimed is not None
            attempt = session.get_one(Attempt, claimed.attempt_id)
            at = session.get_one(Contact, attempt.contact_id).next_attempt_at
            assert at is not None
            return at

    assert announce() == datetime(2026, 11, 25, 9, tzinfo=UTC)
    clock.advance(timedelta(seconds=5))
    with runtime.transaction() as session:
        _teach(session, clock.now(), good=34)
    assert announce().replace(minute=0, second=0) == datetime(2026, 11, 25, 16, tzinfo=UTC)


def test_what_is_planned_is_counted_for_each_half_hour(runtime: Runtime, clock: FrozenClock, missed: Contact) -> None:
    with runtime.transaction() as session:
        session.get_one(Contact, missed.id).next_attempt_at = clock.now() + timedelta(minutes=40)
    _refresh(runtime, clock)
    with runtime.transaction() as session:
        planned = answering.learned(session).planned
        assert planned == {missed.campaign_id: {datetime(2026, 11, 24, 10, tzinfo=UTC): 1}}
        assert session.scalar(select(func.count()).select_from(Learning)) == 1


def _moments_at_the_start(session: Session, now: datetime, rules: ContactPolicy, phones: list[str]) -> list[datetime]:
    """When those of a campaign that has just started are called, or sent their announcement, in order."""
    campaign = a_campaign(session, now, rules, start=False)
    for phone in phones:
        session.add(
            Contact(
                campaign_id=campaign.id,
                patient_id=a_patient(session, now, phones=(phone,)).id,
                created_at=now,
                updated_at=now,
            )
        )
    an_adviser(session, now)
    session.flush()
    campaigns.start(session, campaign.name, now, by="tests")
    return sorted(at for at in session.scalars(select(Contact.next_attempt_at)) if at is not None)


def test_a_campaign_that_starts_knowing_nothing_calls_at_once(session: Session, clock: FrozenClock) -> None:
    phones = [a_landline(), a_mobile()]
    assert _moments_at_the_start(session, clock.now(), LEARNING, phones) == [clock.now()] * 2


def test_first_calls_go_to_the_best_half_hours_as_far_as_there_is_room(session: Session, clock: FrozenClock) -> None:
    _teach(session, clock.now(), good=34)
    # One line and little time: four calls in half an hour.
    rules = ContactPolicy(announce_sms=False, calls_per_second=0.01, calls_at_once=1, ring_seconds=60)
    room = int(room_of(rules))
    phones = [a_landline() for _ in range(2 * room)] + [a_mobile() for _ in range(3)]
    moments = _moments_at_the_start(session, clock.now(), rules, phones)
    today, tomorrow = (datetime(2026, 11, day, 16, tzinfo=UTC) for day in (24, 25))
    assert len(moments) == len(phones)
    for best in (today, tomorrow):
        in_it = [at for at in moments if best <= at < best + timedelta(minutes=30)]
        assert len(in_it) == room
        assert len(set(in_it)) > room / 2
    # The half-hours of both days are full: the others are called at once.
    assert moments.count(clock.now()) == 3


def test_an_announcement_is_not_put_off(session: Session, clock: FrozenClock) -> None:
    _teach(session, clock.now(), good=34)
    landline, mobile = a_landline(), a_mobile()
    moments = _moments_at_the_start(session, clock.now(), ContactPolicy(), [landline, mobile])
    assert moments[0] == clock.now()
    assert moments[1].replace(minute=0, second=0) == datetime(2026, 11, 24, 16, tzinfo=UTC)
