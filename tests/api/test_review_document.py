"""The national quarterly review as a PDF: what it says is what the pages say; tagged, titled, in French, without a name."""

import io
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from pypdf import PdfReader

from api.documents import NotSet, as_pdf
from api.documents import review as document
from api.pages import reviews_words as words
from outreach.domain.rates_masking import SMALLEST_CELL
from outreach.domain.reviews import Quarter
from outreach.services import cohorts, reviews
from tests.api.test_reviews_pages import Reviewed, reviewed

__all__ = ["reviewed"]
Browse = Callable[[str], httpx.Client]


def _text(content: bytes) -> str:
    pages = PdfReader(io.BytesIO(content)).pages
    return re.sub(r"\s+", " ", " ".join(page.extract_text() for page in pages))


def test_the_review_says_what_the_pages_say(reviewed: Reviewed, logged_in: Browse) -> None:
    browser = logged_in("dominique")
    answer = browser.get("/pilotage/revue.pdf?trimestre=2026-T4")
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.headers["content-disposition"] == 'attachment; filename="revue-2026-T4.pdf"'
    marks = (b"%PDF-", b"/Lang(fr-FR)", b"/MarkInfo", b"/StructTreeRoot", b"/DisplayDocTitle", b"pdfuaid:part")
    assert [mark for mark in marks if mark not in answer.content] == []
    text = _text(answer.content)
    for said in (
        "Revue nationale trimestrielle",
        "4e trimestre 2026, du 1er octobre 2026 au 31 décembre 2026",
        "Chiffres arrêtés au soir du 31 octobre 2026",
        "chiffres provisoires",
        "Val-de-Marne (94)",
        "Bièvre",
        "reference-2026",
        "(médecin déclaré + en ont un par ailleurs) ÷",
        "masqué",
    ):
        assert said in text, said
    for never in ("Exemple", "Odette", "ALD", "06 39 98", "01 99 00"):
        assert never not in text
    with reviewed.runtime.transaction() as session:
        nation = reviews.overview(session).nation
    for column in ("enrolled", "eligible", "reached", "consented"):
        assert words.number(nation.counts[column]) in text
    assert words.rate_with(nation.rate).replace(words.NO_BREAK, " ") in text
    kept = [(entry.subject, entry.reason) for entry in reviewed.audit(act="review_exported")]
    assert kept == [("2026-T4", "pdf")]


def test_rule_15_no_table_of_the_review_shows_a_small_figure_of_people(reviewed: Reviewed) -> None:
    with reviewed.runtime.transaction() as session:
        shown = reviews.national_review(session, Quarter.parse("2026-T4"))
        followed = cohorts.followed(session, None, shown.overview.day.day)
    made = document.document(shown, followed)
    tables = [part for section in made["sections"] for part in section["parts"] if part["kind"] == "table"]
    assert len(tables) > 8
    of_physicians = {words.COLUMNS[column] for column in ("volunteers", "capacity", "free", "missing", "stopping")}
    for table in tables:
        for row in table["rows"]:
            for name, cell in zip(table["columns"], row, strict=True):
                if name not in of_physicians and cell.isdigit():
                    assert cell == "0" or int(cell) >= SMALLEST_CELL, (table["caption"], name)


def test_a_review_is_of_a_quarter_that_was_counted(reviewed: Reviewed, logged_in: Browse) -> None:
    browser = logged_in("dominique")
    assert browser.get("/pilotage/revue.pdf?trimestre=2026-T1").status_code == 404
    assert browser.get("/pilotage/revue.pdf?trimestre=hier").status_code == 422
    assert logged_in("camille").get("/pilotage/revue.pdf?trimestre=2026-T4").status_code == 403
    assert "3e trimestre 2026" in _text(browser.get("/pilotage/revue.pdf?trimestre=2026-T3").content)


def test_a_review_compares_with_the_quarter_before(reviewed: Reviewed) -> None:
    reviewed.clock.set(datetime(2027, 1, 1, 3, tzinfo=UTC))
    with reviewed.runtime.transaction() as session:
        reviews.count(session, reviewed.now.date() - timedelta(days=1), reviewed.now)
        shown = reviews.national_review(session, Quarter.parse("2026-T4"))
        assert shown.is_final
        assert shown.before is not None
        assert str(Quarter.of(shown.before.day.day)) == "2026-T3"
        assert "provisoires" not in document.document(shown, None)["as-of"]


def test_what_cannot_be_set_says_so() -> None:
    with pytest.raises(NotSet):
        as_pdf("review", {"title": "half a document"})


@pytest.mark.parametrize(("now", "before", "said"), [(40, 20, "20 de plus"), (20, 40, "20 de moins"), (25, 20, "")])
def test_rule_15_a_gain_of_a_few_people_is_not_told(now: int, before: int, said: str) -> None:
    assert said in words.gain(now, before)
    assert bool(words.gain(now, before)) == bool(said)
