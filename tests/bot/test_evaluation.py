"""What the evaluation lets pass of danger that is only implied."""

import pytest

from outreach.domain.words import Channel, Question
from tests.bot.evaluation import cases
from tests.bot.evaluation.cases import Utterance
from tests.bot.evaluation.report import LEAST_ALARMED, MOST_ALARMED, Figures, printed
from tests.bot.evaluation.run import Heard


def _heard(kind: str, alarms: int, of: int) -> list[Heard]:
    return [
        Heard(
            Utterance(Question.AREA, "ici ou ailleurs", Channel.VOICE, ("harmless",), {}, f"{kind} {number}"),
            "distress" if number < alarms else "inform_area",
            right=False,
        )
        for number in range(of)
    ]


@pytest.mark.parametrize(
    ("kind", "alarms", "passes"),
    [("despair", 46, False), ("despair", 47, True), ("openly", 99, False), ("harmless", 11, True), ("harmless", 12, False)],
)  # fmt: skip
def test_neither_fewer_alarms_over_hints_nor_more_over_harmless_words(kind: str, alarms: int, passes: bool) -> None:
    # Of anything at all that is heard, the share of meanings has a floor of its own.
    failures = Figures((), (), _heard(kind, alarms, 100)).failures()
    assert any(failure.startswith(kind) for failure in failures) is not passes


def test_what_is_implied_is_told_apart_and_never_word_by_word() -> None:
    told = "\n".join(printed(Figures((), (), _heard("despair", 1, 2)), every=True))
    assert "50.0%     1 of    2  despair" in told
    assert "ici ou ailleurs" not in told


def test_every_file_of_what_is_implied_is_judged() -> None:
    assert {one.where.split()[0] for one in cases.implied()} == {*LEAST_ALARMED, *MOST_ALARMED}
