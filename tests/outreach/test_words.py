"""The state machine as data; stop words; the log's silence (rule 14); the schema and its migrations."""

import logging

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from hypothesis import given
from hypothesis import strategies as st

from outreach.database.models import Base
from outreach.domain.dispositions import FLAGS, Disposition
from outreach.domain.states import FINAL, STATE_AFTER, TRANSITIONS, IllegalTransition, check_transition
from outreach.domain.stop_words import is_stop_message
from outreach.domain.words import ContactState, Outcome
from outreach.logs import redact, scrubbed
from outreach.runtime import Runtime


def test_the_tables_are_those_of_the_migrations(runtime: Runtime) -> None:
    with runtime.engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), Base.metadata) == []


def test_every_state_outcome_and_disposition_has_its_place() -> None:
    assert set(TRANSITIONS) == set(ContactState)
    assert set(STATE_AFTER) == set(Outcome)
    assert set(FLAGS) == set(Disposition)


@given(st.sampled_from(list(ContactState)), st.sampled_from(list(ContactState)))
def test_illegal_transitions_are_refused(before: ContactState, after: ContactState) -> None:
    if after in TRANSITIONS[before] or (before == after and before in FINAL):
        check_transition(before, after)
    else:
        with pytest.raises(IllegalTransition):
            check_transition(before, after)


def test_rule_09_nothing_but_the_patient_leads_out_of_a_refusal() -> None:
    for state in (ContactState.REFUSED, ContactState.OPTED_OUT, ContactState.DECEASED):
        assert not TRANSITIONS[state] & {ContactState.WAITING, ContactState.DUE, ContactState.ATTEMPTING}


@pytest.mark.parametrize(
    "text",
    ["STOP", "stop", "Stop.", "S T O P", "STOP !!", "arret", "ARRÊT", "Stopper svp", "désabonner", "DESABONNEZ-MOI",
     "stop merci", "Bonjour, STOP, merci d'avance", "oui STOP", "STOP STOP", "arrêtez s'il vous plaît", "Stop 🛑"],
)  # fmt: skip
def test_rule_09_a_stop_word_alone_opts_out(text: str) -> None:
    assert is_stop_message(text)


@pytest.mark.parametrize(
    "text",
    ["stop j'ai pas compris", "je ne veux pas stopper mon traitement", "", "oui", "merci", "arrêt cardiaque",
     "j'habite à l'arrêt du bus", "non stop", "ok", "STOP 94800"],
)  # fmt: skip
def test_a_stop_word_within_a_sentence_does_not(text: str) -> None:
    assert not is_stop_message(text)


@given(st.text(st.characters(codec="utf-8"), max_size=60))
def test_any_message_can_be_looked_at(text: str) -> None:
    is_stop_message(text)


def test_rule_14_logs_hold_no_words_no_name_no_number_no_birth_date() -> None:
    event = redact(
        None,
        "info",
        {
            "event": "called +33199001234 about 12/03/1947",
            "text": "je m'appelle Odette",
            "last_name": "Exemple",
            "body": "oui",
            "attempt": "0d9a1c55-8f6f-4f0e-9d7a-0c4a5b6c7d8e",
            "exception": "Key (number)=(+33639981234) already exists",
        },
    )
    shown = repr(event)
    for personal in ("199001234", "639981234", "1947", "Odette", "Exemple", "oui"):
        assert personal not in shown
    assert event["attempt"] == "0d9a1c55-8f6f-4f0e-9d7a-0c4a5b6c7d8e"


@pytest.mark.parametrize(
    "number", ["0199001234", "01 99 00 12 34", "+33 1 99 00 12 34", "0033199001234", "01.99.00.12.34"]
)
def test_rule_14_a_number_is_scrubbed_however_it_is_written(number: str) -> None:
    assert not any(digit in scrubbed(f"to {number}.") for digit in "0123456789")


def test_rule_14_the_database_logs_no_parameters(runtime: Runtime, caplog: pytest.LogCaptureFixture) -> None:
    from sqlalchemy import text as sql
    from sqlalchemy.exc import DBAPIError

    with (
        caplog.at_level(logging.DEBUG),
        pytest.raises(DBAPIError) as failure,
        runtime.engine.connect() as connection,
    ):
        connection.execute(sql("select cast(:name as integer)"), {"name": "Odette"})
    assert "[SQL parameters hidden" in str(failure.value)
