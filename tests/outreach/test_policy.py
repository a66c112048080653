"""policy.yaml: read strictly, refused with the line."""

import pytest

from outreach.domain.policy import DEFAULT, PolicyError, from_document, from_yaml, looser_than_default

WHOLE = """\
days: [mon, tue]
windows: ["10:00-12:00", "15:00-18:30"]
attempts: {per_30_days: 3, per_day: 1, spacing_hours: 72}
announce_sms: false
unanswered_sms: 1
voicemail_on_misses: [1]
ring_seconds: 20
identity_attempts: 2
callback_within_days: 7
calls_per_second: 2.5
calls_at_once: 12
sms_per_second: 3
pace_by_capacity: false
best_time: false
"""


def test_an_empty_policy_is_the_default() -> None:
    assert from_yaml("") == DEFAULT


def test_a_policy_survives_its_document() -> None:
    policy = from_yaml(WHOLE)
    assert policy.ring_seconds == 20
    assert policy.attempts.spacing_hours == 72
    assert from_document(policy.document()) == policy


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("ring_seconds: 25\nwindow: []\n", "line 2: unknown key window"),
        ("attempts:\n  per_day: 1\n  per_week: 3\n", "line 3: unknown key attempts.per_week"),
        ("days: [mon, lundi]\n", "line 1: days must be a list of days"),
        ("ring_seconds: soon\n", "line 1: ring_seconds must be a whole number"),
        ("\n\nwindows: ['19:00-10:00']\n", "line 3: windows must be windows whose start"),
        ("windows: ['10:00-13:00', '12:00-15:00']\n", "do not overlap"),
        ("announce_sms: perhaps\n", "announce_sms must be true or false"),
        ("ring_seconds: true\n", "ring_seconds must be a whole number"),
        ("days: [mon\nring", "not YAML"),
        ("- mon\n", "line 1: a policy is made of keys"),
        ("attempts: 4\n", "attempts must be keys"),
    ],
)
def test_what_is_wrong_is_refused_with_its_line(text: str, told: str) -> None:
    with pytest.raises(PolicyError, match=told.replace("[", r"\[")):
        from_yaml(text)


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("days: [mon, sat]", ["days"]),
        ("windows: ['09:00-12:00']", ["windows"]),
        ("windows: ['10:00-19:00']", ["windows"]),
        ("attempts: {per_30_days: 5}", ["attempts.per_30_days"]),
        ("attempts: {per_day: 2, spacing_hours: 1}", ["attempts.per_day", "attempts.spacing_hours"]),
        ("unanswered_sms: 3", ["unanswered_sms"]),
        ("voicemail_on_misses: [1, 2, 3]", ["voicemail_on_misses"]),
        ("calls_per_second: 50\ncalls_at_once: 500\nsms_per_second: 9", []),
        ("days: [mon]\nwindows: ['10:00-11:00']\nattempts: {per_30_days: 1}", []),
    ],
)
def test_looser_for_people_is_told_rates_are_not(text: str, keys: list[str]) -> None:
    assert looser_than_default(from_yaml(text)) == keys
