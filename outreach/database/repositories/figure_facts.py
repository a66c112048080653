"""What each row contributes to the figures, as SQL: from raw rows to facts, from facts to sums (decision 19).

Flags alone are read, never lists of dispositions. `{who_…}` is where a statement is restricted to some people.
"""

# ruff: noqa: S608 - the statements are made of our own words alone

from outreach.domain.answering import BANDS, AgeBand
from outreach.domain.phones import MOBILE
from outreach.domain.rates import COHORT_BREAKDOWNS, COLUMNS, EVERYWHERE, REFUSALS, STEPS, UNKNOWN, Breakdown, Delay
from outreach.domain.territories import OVERSEAS_ZONES
from outreach.domain.words import (
    ConsentKind,
    ConsentState,
    ContactState,
    Direction,
    Identity,
    NumberKind,
    OfferStatus,
    Outcome,
    Purpose,
    RequestKind,
    RequestStatus,
    Speaker,
)

_PARIS = "Europe/Paris"
_OVERSEAS = " ".join(f"when '{department}' then '{zone}'" for department, zone in OVERSEAS_ZONES.items())
_ZONE = f"case p.department {_OVERSEAS} else '{_PARIS}' end"
_REFUSED = ", ".join(f"'{outcome.value}'" for outcome in sorted(REFUSALS))


def _age(day: str) -> str:
    """The band of the age in completed years on a day."""
    years = f"extract(year from age(({day})::date, p.birth_date))"
    bands = " ".join(f"when {years} < {limit} then '{band.value}'" for limit, band in BANDS)
    return f"case when p.birth_date is null then '{UNKNOWN}' {bands} else '{AgeBand.FROM_80.value}' end"


CALLS = f"""
select a.id as attempt_id, a.patient_id as person_id, a.campaign_id,
    a.purpose = '{Purpose.CALL.value}' as is_call,
    case when a.purpose = '{Purpose.CALL.value}' then
        row_number() over (
            partition by a.patient_id, a.contact_id, a.purpose = '{Purpose.CALL.value}' order by a.placed_at, a.id
        )
    end::smallint as number_of_call,
    date_bin('30 minutes', timezone({_ZONE}, a.placed_at), timestamp '2000-01-01') as local_half_hour,
    a.channel,
    case when a.number ~ '{MOBILE.pattern}' then '{NumberKind.MOBILE.value}' when a.number ~ '^\\+'
        then '{NumberKind.LANDLINE.value}' else '{UNKNOWN}' end as number_kind,
    p.department, {_age(f"timezone({_ZONE}, a.placed_at)")} as age, p.ehpad_finess is not null as ehpad, a.caller,
    a.rang, a.human_answered, a.right_party, talk.accepted, talk.refused
from attempts a
join patients p on p.id = a.patient_id
cross join lateral (
    select coalesce(bool_or(c.outcome = '{Outcome.ACCEPTED.value}'), false) as accepted,
        coalesce(bool_or(c.outcome in ({_REFUSED})), false) as refused
    from conversations c where c.attempt_id = a.id
) talk
where a.campaign_id is not null and a.placed_at is not null
    and (a.purpose = '{Purpose.CALL.value}' or a.direction = '{Direction.INBOUND.value}') {{who_a}}
"""
"""Calls that we placed, and whatever people began themselves; what was never placed is no call."""

_STEP_CONDITIONS = {
    "eligible": "true",
    "no_phone": "not phone.has",
    "with_telephone": "phone.has",
    "attempted": "tried.attempted",
    "rang": "tried.rang",
    "contacted": "tried.contacted",
    "reached": "tried.reached",
    "verified": "talked.verified",
    "consented": "talked.consented",
    "accepted": "talked.accepted",
    "refused": "talked.refused",
    "handed_over": "asked.handed_over",
    "offered": "asked.offered",
    "matched": "asked.matched",
    "declared": "asked.declared",
}
assert tuple(_STEP_CONDITIONS) == STEPS

_CALL = f"a.purpose = '{Purpose.CALL.value}'"
CONTACTS = f"""
select c.id as contact_id, c.patient_id as person_id, c.campaign_id, p.department,
    {_age(f"timezone('{_PARIS}', c.created_at)")} as age, p.ehpad_finess is not null as ehpad, c.state, c.held_by,
    case when c.state in ('{ContactState.WAITING.value}', '{ContactState.DUE.value}') and c.next_attempt_at is not null
        then to_char(timezone({_ZONE}, c.next_attempt_at), 'YYYY-MM-DD AM ') || to_char(c.attempts + 1, 'FM00')
    end as waits_for,
    case when c.state = '{ContactState.INELIGIBLE.value}' then array[]::varchar[] else array_remove(array[
        {", ".join(f"case when {condition} then '{step}' end" for step, condition in _STEP_CONDITIONS.items())}
    ], null)::varchar[] end as steps
from contacts c
join patients p on p.id = c.patient_id
cross join lateral (select exists (select from phone_numbers n where n.patient_id = c.patient_id) as has) phone
cross join lateral (
    select coalesce(bool_or({_CALL} and a.placed_at is not null), false) as attempted,
        coalesce(bool_or({_CALL} and a.rang), false) as rang,
        coalesce(bool_or(a.human_answered or a.right_party), false) as contacted,
        coalesce(bool_or(a.right_party), false) as reached
    from attempts a where a.contact_id = c.id
) tried
cross join lateral (
    select coalesce(bool_or(t.identity = '{Identity.VERIFIED.value}'), false) as verified,
        coalesce(bool_or(t.outcome = '{Outcome.ACCEPTED.value}'), false) as accepted,
        coalesce(bool_or(t.outcome in ({_REFUSED})), false) as refused,
        coalesce(bool_or(exists (
            select from consents g where g.conversation_id = t.id
                and g.kind = '{ConsentKind.ASSISTANCE.value}' and g.state = '{ConsentState.GIVEN.value}'
        )), false) as consented
    from conversations t where t.contact_id = c.id
) talked
cross join lateral (
    select coalesce(bool_or(r.kind = '{RequestKind.MATCHING.value}'), false) as handed_over,
        coalesce(bool_or(exists (select from offers o where o.request_id = r.id)), false) as offered,
        coalesce(bool_or(exists (
            select from offers o where o.request_id = r.id and o.status = '{OfferStatus.ACCEPTED.value}'
        )), false) as matched,
        coalesce(bool_or(r.result = 'declared'), false) as declared
    from requests r where r.contact_id = c.id
) asked
where true {{who_c}}
"""

CONVERSATIONS = f"""
select t.id as conversation_id, t.patient_id as person_id, c.campaign_id, t.outcome, said.asked, said.last_asked
from conversations t
join contacts c on c.id = t.contact_id
cross join lateral (
    select coalesce(array_agg(distinct u.asks order by u.asks), array[]::varchar[]) as asked,
        (array_agg(u.asks order by u.position desc))[1] as last_asked
    from turns u where u.conversation_id = t.id and u.speaker = '{Speaker.AGENT.value}' and u.asks is not null
) said
where t.patient_id is not null {{who_t}}
"""

_OPEN = ", ".join(f"'{status.value}'" for status in (RequestStatus.NEW, RequestStatus.CLAIMED, RequestStatus.OFFERED))
REQUESTS = f"""
select r.id as request_id, coalesce(r.patient_id, r.id) as person_id,
    coalesce(c.campaign_id, '{EVERYWHERE}'::uuid) as campaign_id, r.department, r.status in ({_OPEN}) as is_open,
    timezone('{_PARIS}', r.created_at)::date as opened_on, timezone('{_PARIS}', r.closed_at)::date as closed_on,
    case
        when act.first_at <= r.due_at then '{Delay.IN_TIME.value}'
        when act.first_at <= r.due_at + interval '1 day' then '{Delay.A_DAY_LATE.value}'
        when act.first_at is not null then '{Delay.LATER.value}'
        when r.status in ({_OPEN})
            then '{Delay.WAITING.value} ' || to_char(timezone('UTC', r.due_at), 'YYYY-MM-DD HH24')
        else '{Delay.UNTOUCHED.value}'
    end as delay
from requests r
left join contacts c on c.id = r.contact_id
cross join lateral (
    select min(e.at) as first_at from request_events e where e.request_id = r.id and e.account_id is not null
) act
where true {{who_r}}
"""

FACTS = {
    "call_facts": (CALLS, "attempt_id"),
    "contact_facts": (CONTACTS, "contact_id"),
    "conversation_facts": (CONVERSATIONS, "conversation_id"),
    "request_facts": (REQUESTS, "request_id"),
}
"""By table: what it should hold, and its key."""

EVERYBODY = {"who_a": "", "who_c": "", "who_t": "", "who_r": ""}
THESE = {
    "who_a": "and a.patient_id = any(:people)",
    "who_c": "and c.patient_id = any(:people)",
    "who_t": "and t.patient_id = any(:people)",
    "who_r": "and (r.patient_id = any(:people) or (r.patient_id is null and r.id = any(:people)))",
}


def _labels(pairs: dict[Breakdown, str]) -> str:
    return ", ".join(f"('{breakdown.value}', {label})" for breakdown, label in pairs.items())


_DAY_OF_WEEK = "to_char(local_half_hour, 'ID')"
_HALF_HOUR = "to_char(local_half_hour, 'HH24:MI')"
_YES = "case when ehpad then 'yes' else 'no' end"
_OF_CALLS = {
    Breakdown.TOTAL: "''",
    Breakdown.ATTEMPT: "to_char(number_of_call, 'FM00')",
    Breakdown.HOUR: _HALF_HOUR,
    Breakdown.WEEKDAY: _DAY_OF_WEEK,
    Breakdown.MOMENT: f"{_DAY_OF_WEEK} || ' ' || {_HALF_HOUR}",
    Breakdown.DAY: "to_char(local_half_hour, 'YYYY-MM-DD')",
    Breakdown.NUMBER_KIND: "number_kind",
    Breakdown.DEPARTMENT: "department",
    Breakdown.AGE: "age",
    Breakdown.EHPAD: _YES,
    Breakdown.CALLER: "caller",
}
_OF_EXCHANGES = {Breakdown.CHANNEL: "channel", Breakdown.EXCHANGES: "''"}
_FLAGS = {
    "placed": "true",
    "rang": "rang",
    "human_answered": "human_answered",
    "right_party": "right_party",
    "accepted": "accepted",
    "refused": "refused",
}
assert tuple(_FLAGS) == COLUMNS
_PLACES = {
    Breakdown.COHORT: "''",
    Breakdown.COHORT_DEPARTMENT: "department",
    Breakdown.COHORT_AGE: "age",
    Breakdown.COHORT_EHPAD: _YES,
}
assert set(_PLACES) == set(COHORT_BREAKDOWNS)

# Each: rows of (person_id, campaign, breakdown, label, measure, n): how often somebody counts in a cell, once for each.
_COUNTS = ", ".join(f"count(*) filter (where {flag}) as {measure}" for measure, flag in _FLAGS.items())
_COUNTED = ", ".join(f"('{measure}', {measure})" for measure in _FLAGS)


def _of_calls(labels: dict[Breakdown, str], campaign: str = "campaign_id", which: str = "is_call") -> str:
    return f"""
        select person_id, campaign, breakdown, label, measure, n
        from (
            select person_id, {campaign} as campaign, breakdown, label, {_COUNTS}
            from {{facts}}, lateral (values {_labels(labels)}) g(breakdown, label)
            where {which} and label is not null
            group by person_id, {campaign}, breakdown, label
        ) counted, lateral (values {_COUNTED}) m(measure, n)
        where n > 0
    """


def _counting(rows: str) -> str:
    return f"""
        select person_id, campaign, breakdown, label, measure, count(*) as n from ({rows}) rows_that_count
        group by person_id, campaign, breakdown, label, measure
    """


_ALL = f"'{EVERYWHERE}'::uuid"
_TOTALS = {Breakdown.TOTAL: "''"}
_OF_CONTACTS = _counting(
    f"""
        select person_id, campaign, breakdown, label, step as measure
        from {{facts}}, lateral (values (campaign_id), ({_ALL})) k(campaign),
            lateral (values {_labels(_PLACES)}) g(breakdown, label), unnest(steps) step
        union all
        select person_id, campaign_id, breakdown, label, 'people'
        from {{facts}}, lateral (values
            ('{Breakdown.STATE.value}', state),
            ('{Breakdown.HELD.value}', held_by),
            ('{Breakdown.HELD_DEPARTMENT.value}', held_by || ' ' || department),
            ('{Breakdown.WAITING.value}', waits_for)
        ) g(breakdown, label)
        where label is not null
    """
)
_OF_CONVERSATIONS = _counting(
    f"""
        select person_id, campaign_id as campaign, breakdown, label, measure
        from {{facts}}, unnest(asked) question,
            lateral (values
                ('{Breakdown.QUESTION.value}', question), ('{Breakdown.QUESTIONS.value}', '')
            ) g(breakdown, label),
            lateral (values ('heard', true),
                ('left', question = last_asked and outcome is not distinct from '{Outcome.ABANDONED.value}'),
                ('answered', question <> last_asked or outcome is distinct from '{Outcome.ABANDONED.value}')
            ) m(measure, holds)
        where holds
        union all
        select person_id, campaign_id, '{Breakdown.ENDING.value}', coalesce(last_asked, 'opening') || ' ' || outcome,
            'conversations'
        from {{facts}} where outcome is not null
    """
)
_OF_REQUESTS = _counting(
    f"""
        select person_id, campaign, breakdown, label, 'requests' as measure
        from {{facts}}, lateral (values
                (campaign_id, '{Breakdown.HANDOVER.value}', delay),
                (nullif({_ALL}, campaign_id), '{Breakdown.HANDOVER.value}', delay),
                ({_ALL}, '{Breakdown.OPENED.value}', to_char(opened_on, 'YYYY-MM-DD ') || department),
                ({_ALL}, '{Breakdown.CLOSED.value}', to_char(closed_on, 'YYYY-MM-DD ') || department),
                ({_ALL}, '{Breakdown.OPEN.value}', case when is_open then department end)
            ) g(campaign, breakdown, label)
        where label is not null and campaign is not null
    """
)
CELLS = {
    "call_facts": " union all ".join(
        (_of_calls(_OF_CALLS), _of_calls(_OF_EXCHANGES, which="true"), _of_calls(_TOTALS, campaign=_ALL))
    ),
    "contact_facts": _OF_CONTACTS,
    "conversation_facts": _OF_CONVERSATIONS,
    "request_facts": _OF_REQUESTS,
}
"""For some people: all their cells at once."""

PASSES = {
    "call_facts": [
        *(_of_calls({breakdown: label}) for breakdown, label in _OF_CALLS.items()),
        *(_of_calls({breakdown: label}, which="true") for breakdown, label in _OF_EXCHANGES.items()),
        _of_calls(_TOTALS, campaign=_ALL),
    ],
    "contact_facts": [_OF_CONTACTS],
    "conversation_facts": [_OF_CONVERSATIONS],
    "request_facts": [_OF_REQUESTS],
}
"""For everybody: the same, a breakdown at a time."""
