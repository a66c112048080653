"""What the import does by sets of rows comes to what it would row by row, whatever was there and whatever arrives."""

import csv
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, text, update

from outreach.clock import FrozenClock
from outreach.database.models import Campaign, Contact, Patient, PhoneNumber
from outreach.domain.patients_file import read_row
from outreach.domain.policy import ContactPolicy
from outreach.domain.words import CampaignStatus, SuppressionScope
from outreach.runtime import Runtime, Session
from outreach.services import campaigns, erasure, patients_import
from outreach.services.patients_import import import_patients
from outreach.services.suppressions import suppress
from tests.outreach import plain_import

HEADER = (
    "reference", "last_name", "birth_date", "phone_1", "phone_2", "postal_code", "ehpad_finess", "legal_protection",
    "objected", "fund",
)  # fmt: skip
NUMBERS = ("0199000001", "0639980002", "0199000003")
REFERENCES = ("P1", "P2", "P3", "P4", "P5", "P6")
CAMPAIGN = "ald-2026"

rows = st.tuples(
    st.sampled_from(REFERENCES),
    st.sampled_from(("Exemple", "EXEMPLE", "Invente")),
    st.sampled_from(("1947-03-12", "12/03/1947", "2015-01-01")),
    st.sampled_from(("", *NUMBERS)),
    st.sampled_from(("", *NUMBERS)),
    st.sampled_from(("94800", "97400")),
    st.sampled_from(("", "", "940000001")),
    st.sampled_from(("", "", "oui")),
    st.sampled_from(("", "", "oui")),
    st.sampled_from(("", "941")),
)
files = st.lists(rows, min_size=1, max_size=8, unique_by=lambda row: row[0])
states = st.sampled_from(("waiting", "due", "no_phone", "refused", "attempting", "exhausted"))
between = st.lists(
    st.one_of(
        st.tuples(st.just("stop"), st.sampled_from(REFERENCES)),
        st.tuples(st.just("no_sms"), st.sampled_from(REFERENCES)),
        st.tuples(st.just("erase"), st.sampled_from(REFERENCES)),
        st.tuples(st.just("forget"), st.sampled_from(REFERENCES)),
        st.tuples(st.just("unusable"), st.sampled_from(NUMBERS)),
        st.tuples(states, st.sampled_from(REFERENCES)),
    ),
    max_size=8,
)

Import = Callable[[Runtime, FrozenClock, Path, list[tuple[str, ...]]], tuple[int, int, int]]


def _by_sets(runtime: Runtime, clock: FrozenClock, path: Path, lines: list[tuple[str, ...]]) -> tuple[int, int, int]:
    with path.open("w", encoding="utf-8", newline="") as output:
        csv.writer(output).writerows([HEADER, *lines])
    report = import_patients(path, CAMPAIGN, runtime.transaction, clock)
    assert report.rejected == 0
    return report.added, report.changed, report.unchanged


def _row_by_row(runtime: Runtime, clock: FrozenClock, _: Path, lines: list[tuple[str, ...]]) -> tuple[int, int, int]:
    added = changed = 0
    read = [read_row(dict(zip(HEADER, line, strict=True)), clock.now().date()) for line in lines]
    for first in range(0, len(read), patients_import.BATCH):
        with runtime.transaction() as session:
            campaign = campaigns.get(session, CAMPAIGN)
            some = plain_import.take(session, read[first : first + patients_import.BATCH], campaign, clock.now())
            if campaign.status == CampaignStatus.RUNNING:
                campaigns.schedule(session, campaign, clock.now())
        added, changed = added + some[0], changed + some[1]
    return added, changed, len(read) - added - changed


def _happens(session: Session, what: str, whom: str, clock: FrozenClock) -> None:
    now = clock.now()
    patient = session.scalar(select(Patient).where(Patient.reference == whom))
    if what == "unusable":
        session.execute(
            update(PhoneNumber)
            .where(PhoneNumber.e164 == f"+33{whom[1:]}")
            .values(unusable_since=now, unusable_because="wrong_number")
        )
    elif what in {"stop", "no_sms"}:
        scope = SuppressionScope.PERSON if what == "stop" else SuppressionScope.SMS
        suppress(session, whom, None, scope, what, now)
    elif patient is None or patient.erased_at is not None:
        pass
    elif what == "erase":
        erasure.erase(session, whom, now, "tests", None)
    elif what == "forget":
        with_numbers = session.merge(patient)
        session.refresh(with_numbers, ["numbers"])
        erasure.empty(session, with_numbers, now)
        patient.erased_because = erasure.KEPT_LONG_ENOUGH
    else:
        session.execute(
            update(Contact).where(Contact.patient_id == patient.id).values(state=what, next_attempt_at=None)
        )


_KEPT = {
    "patients": "select reference, civility, last_name, first_name, birth_date, postal_code, department, fund,"
    " ehpad_finess, legal_protection, objected, invented, erased_at, erased_because, created_at, updated_at"
    " from patients order by reference",
    "numbers": "select reference, rank, e164, kind, unusable_since, unusable_because"
    " from phone_numbers n join patients p on p.id = n.patient_id order by reference, rank",
    "contacts": "select reference, state, reason, attempts, next_attempt_at, c.created_at, c.updated_at"
    " from contacts c join patients p on p.id = c.patient_id order by reference",
    "events": "select reference, before, after, e.reason, at from contact_events e join contacts c on c.id = contact_id"
    " join patients p on p.id = c.patient_id order by reference, at, e.reason",
    "suppressions": "select reference, number, scope, reason, since from suppressions order by 1, 2, 3, 4",
}


def _kept(runtime: Runtime) -> dict[str, list[Any]]:
    with runtime.transaction() as session:
        return {name: [tuple(row) for row in session.execute(text(query))] for name, query in _KEPT.items()}


@contextmanager
def _campaign(runtime: Runtime, clock: FrozenClock, *, running: bool) -> Iterator[None]:
    with runtime.transaction() as session:
        campaign = campaigns.create(session, CAMPAIGN, ContactPolicy(), None, clock.now(), by="tests")
        if running:
            campaign.status = CampaignStatus.RUNNING
    yield
    with runtime.transaction() as session:
        session.execute(text("delete from contact_events"))
        for table in (Contact, PhoneNumber, Patient):
            session.query(table).delete()
        session.execute(text("delete from policy_versions"))
        session.query(Campaign).delete()
        session.execute(text("delete from suppressions"))


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(first=files, meanwhile=between, second=files, size=st.sampled_from((2, 100)), running=st.booleans())
def test_rule_09_an_import_by_sets_comes_to_that_row_by_row(
    runtime: Runtime, clock: FrozenClock, tmp_path: Path, first: list[Any], meanwhile: list[tuple[str, str]],
    second: list[Any], size: int, running: bool,
) -> None:  # fmt: skip
    began = clock.now()
    ends = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(patients_import, "BATCH", size)
        for way in (_row_by_row, _by_sets):
            clock.set(began)
            with _campaign(runtime, clock, running=running):
                told = [way(runtime, clock, tmp_path / "patients.csv", first)]
                with runtime.transaction() as session:
                    for what, whom in meanwhile:
                        _happens(session, what, whom, clock)
                clock.advance(timedelta(hours=1))
                told.append(way(runtime, clock, tmp_path / "patients.csv", second))
                ends.append((told, _kept(runtime)))
    plain, by_sets = ends
    assert by_sets == plain
