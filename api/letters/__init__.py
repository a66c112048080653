"""Letters to physicians, as text and as a tagged PDF, in a wording that has a version.

They are shown to the adviser, who sends them over MSSanté: nothing here sends anything.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import typst
import yaml

from api.pages import labels, physicians_words
from outreach.database.models import Patient, Physician
from outreach.services.offer_letters import OfferFacts

VERSION = "2026-11-a"
_FOLDER = Path(__file__).parent
_NEEDS = ("wheelchair", "home_visit")
"""What a practice must be able to do; how somebody travels is not its business."""


@dataclass(frozen=True, slots=True)
class Letter:
    """What a letter says, in the order in which it is read."""

    wording: str
    date: str
    to: Sequence[str]
    title: str
    greeting: str
    purpose: str
    about: str
    paragraphs: Sequence[str]
    signature: str
    reference: str | None = None
    facts: Sequence[str] = field(default=())
    columns: Sequence[str] = field(default=())
    rows: Sequence[Sequence[str]] = field(default=())


def versions() -> list[Path]:
    """Every wording there has been."""
    return sorted(_FOLDER.glob("*.yml"))


@cache
def _wording(version: str) -> Mapping[str, Any]:
    words: Mapping[str, Any] = yaml.safe_load((_FOLDER / f"{version}.yml").read_text(encoding="utf-8"))
    return words


def _name(physician: Physician | None) -> str:
    return physicians_words.physician(physician) if physician is not None else "Docteur"


def _to(physician: Physician | None) -> list[str]:
    if physician is None:
        return []
    town = " ".join(part for part in (physician.postal_code, physician.commune) if part)
    return [part for part in (_name(physician), physician.address, town) if part]


def offer_letter(facts: OfferFacts, now: datetime) -> Letter:
    """What one physician is asked about one person who agreed to be named."""
    words = _wording(VERSION)["offer"]
    request, patient, says = facts.request, facts.patient, words["facts"]
    told = [
        says["age"].format(year=patient.birth_date.year) if patient.birth_date is not None else "",
        says["home"].format(postal_code=patient.postal_code),
        *(says[need] for need in _NEEDS if need in request.mobility),
        says["language"].format(language=labels.language(facts.language)) if facts.language else "",
    ]
    return Letter(
        wording=VERSION,
        date=labels.day(labels.paris_day(now)),
        to=_to(facts.physician),
        title=words["title"],
        greeting=words["greeting"].format(physician=_name(facts.physician)),
        purpose=words["purpose"].format(person=labels.person(patient)),
        about=words["about"],
        facts=[fact for fact in told if fact],
        paragraphs=[
            # The last minute of the last day: at midnight it would be the day after.
            words["answer"].format(until=labels.day(labels.paris_day(facts.offer.expires_at - labels.ONE_MINUTE))),
            words["next"],
        ],
        signature=words["signature"],
        reference=words["reference"].format(reference=patient.reference),
    )


def regular_letter(physician: Physician | None, patients: Sequence[Patient], now: datetime) -> Letter:
    """Whom a physician sees three times a year or more, and who has declared nobody."""
    words = _wording(VERSION)["regular"]
    return Letter(
        wording=VERSION,
        date=labels.day(labels.paris_day(now)),
        to=_to(physician),
        title=words["title"],
        greeting=words["greeting"].format(physician=_name(physician)),
        purpose=words["purpose"],
        about=words["about"],
        columns=("Nom", "Année de naissance", "Référence"),
        rows=[
            (labels.person(p), str(p.birth_date.year) if p.birth_date is not None else labels.NOTHING, p.reference)
            for p in patients
        ],
        paragraphs=[words["answer"]],
        signature=words["signature"],
    )


def as_text(letter: Letter) -> str:
    """The letter as one pastes it into a message."""
    lines = [letter.title, "", letter.greeting, "", letter.purpose, "", f"{letter.about} :"]
    lines += [f"- {fact}" for fact in letter.facts]
    lines += [f"- {', '.join(row)}" for row in letter.rows]
    for paragraph in letter.paragraphs:
        lines += ["", paragraph]
    lines += ["", letter.signature]
    if letter.reference:
        lines.append(letter.reference)
    return "\n".join(lines) + "\n"


def as_pdf(letter: Letter) -> bytes:
    """The letter as a PDF/UA-1 file: tagged, titled, in French. Fonts are the compiler's own, whatever the machine."""
    made = typst.compile(
        str(_FOLDER / "letter.typ"),
        root=str(_FOLDER),
        format="pdf",
        ignore_system_fonts=True,
        sys_inputs={"letter": json.dumps(asdict(letter))},
        pdf_standards="ua-1",
    )
    assert isinstance(made, bytes)
    return made
