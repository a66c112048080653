"""An invented campaign of any size, written by the database itself: people whom nobody has, numbers that nobody has.

The ranges reserved for fiction hold 60,000 numbers. These are +33 000 and six figures: no French number begins with a
zero after the country's code, so that no network could ring one, and everybody is marked as invented besides.
"""

from datetime import datetime

from sqlalchemy import Engine, text

from outreach.domain.policy import ContactPolicy
from outreach.domain.words import Role
from outreach.runtime import Runtime
from outreach.services import accounts, campaigns

CAMPAIGN = "bench"

_PEOPLE = """
insert into patients (id, reference, civility, last_name, first_name, birth_date, postal_code, department,
                      legal_protection, objected, invented, created_at, updated_at)
select gen_random_uuid(), 'BENCH' || lpad(n::text, 7, '0'), 'MME', 'Exemple', 'Odette', date '1947-03-12', '94800',
       '94', false, false, true, :now, :now
from generate_series(1, :people) n
"""
_NUMBERS = """
insert into phone_numbers (id, patient_id, rank, e164, kind)
select gen_random_uuid(), id, 1, '+33000' || right(reference, 6), 'landline' from patients
"""
_CONTACTS = """
insert into contacts (id, campaign_id, patient_id, state, attempts, next_attempt_at, created_at, updated_at)
select gen_random_uuid(), (select id from campaigns where name = :campaign), id, 'waiting', 0,
       :now - random() * interval '1 hour', :now, :now
from patients
"""


def enrol(runtime: Runtime, people: int, rules: ContactPolicy) -> None:
    """A running campaign with so many people, all of whom may be called now. Less than a million."""
    now = runtime.clock.now()
    with runtime.transaction() as session:
        accounts.create(session, "bench", "an invented password", Role.ADVISER, now, by="bench")
        campaigns.create(session, CAMPAIGN, rules, "a measurement", now, by="bench")
    with runtime.engine.begin() as connection:
        for statement in (_PEOPLE, _NUMBERS, _CONTACTS):
            connection.execute(text(statement), {"now": now, "people": people, "campaign": CAMPAIGN})
    # Nobody is called while nobody would speak to them; here nobody picks up.
    with runtime.engine.begin() as connection:
        connection.execute(
            text("insert into listeners (id, answered_wall) values (gen_random_uuid(), now() + interval '1 day')")
        )
    with runtime.transaction() as session:
        campaigns.start(session, CAMPAIGN, now, by="bench")
    with runtime.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("vacuum analyze patients, phone_numbers, contacts"))


def placed(engine: Engine) -> int:
    """How many calls the carrier's id is known of."""
    with engine.connect() as connection:
        return connection.scalar(text("select count(*) from attempts where carrier_id is not null")) or 0


def end_calls(engine: Engine, now: datetime) -> None:
    """Hangs up: what is under way counts no more among the calls at once."""
    with engine.begin() as connection:
        connection.execute(
            text(
                "update attempts set status = 'ended', disposition = 'no_answer', rang = true, rang_at = :now,"
                " ended_at = :now where status <> 'ended'"
            ),
            {"now": now},
        )


def whole_scans(engine: Engine) -> dict[str, int]:
    """How often PostgreSQL has read a whole table of those that grow with a campaign."""
    with engine.connect() as connection:
        rows = connection.execute(
            text(
                "select relname, seq_scan from pg_stat_user_tables"
                " where relname in ('patients', 'phone_numbers', 'contacts')"
            )
        ).all()
    return {row[0]: row[1] for row in rows}


def number_of(rank: int) -> str:
    return f"+33000{rank:06}"
