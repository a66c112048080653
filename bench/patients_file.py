"""An invented patients.csv as funds write them: every usual spelling of a date and a number, and rows with mistakes.

The telephone numbers are those reserved for fiction, of which there are 60,000: in a large file many people share one.
"""

import csv
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import accumulate
from pathlib import Path
from random import Random

from outreach.domain.patients_file import COLUMNS
from outreach.domain.territories import DEPARTMENTS
from outreach.places import places

FICTION = ("019900", "026191", "035301", "046571", "053649", "063998")
LAST_NAMES = (
    "Exemple", "Invente", "Modèle", "Fictif", "Essai", "Supposé", "d’Ailleurs", "Du Songe", "De la Fable", "Conte",
    "Mirage", "Chimère", "Nul-Part", "Imaginaire", "Irréel", "Rêvé",
)  # fmt: skip
WOMEN = ("Odette", "Paulette", "Yamina", "Marie-Rose", "Jeanne", "Lucienne", "Fatou", "Noëlle", "Solange", "Inès")
MEN = ("Paul", "Roger", "Ahmed", "Jean-Pierre", "André", "Noël", "Mamadou", "Lucien", "Zoé", "Étienne")
_FIRST_BIRTH, _DAYS = date(1925, 1, 1), 30_000


@dataclass(frozen=True, slots=True)
class Written:
    """`twice`: rows whose reference stands already above; `wrong`: rows that nothing can be made of."""

    rows: int
    twice: int
    wrong: int


def write(path: Path, rows: int, seed: int = 6) -> Written:
    """The same file for the same seed. One row in two hundred can't be taken."""
    random = Random(seed)
    homes = [place for place in places().by_code.values() if place.postal_codes and place.department in DEPARTMENTS]
    weights = list(accumulate(place.population for place in homes))
    twice = wrong = 0
    with path.open("w", encoding="utf-8", newline="") as output:
        writer = csv.writer(output, delimiter=";")
        writer.writerow(COLUMNS)
        for number in range(rows):
            home = random.choices(homes, cum_weights=weights)[0]
            woman, birth = random.random() < 0.55, _FIRST_BIRTH + timedelta(days=random.randrange(_DAYS))
            reference, phone = f"P{number:07}", _phone(random)
            lot = random.random()
            if lot < 0.002 and number:
                twice, reference = twice + 1, "P0000000"
            elif lot < 0.005:
                wrong, phone = wrong + 1, "12 34"
            written = f"{birth:%d/%m/%Y}" if random.random() < 0.7 else birth.isoformat()
            writer.writerow(
                (
                    reference,
                    "MME" if woman else "M.",
                    random.choice(LAST_NAMES),
                    random.choice(WOMEN if woman else MEN),
                    written,
                    phone,
                    _phone(random) if random.random() < 0.5 else "",
                    home.postal_codes[0],
                    home.insee_code,
                    f"{home.department[:2]}1",
                    f"{home.department[:2]:0>2}0000{random.randrange(1000):03}" if random.random() < 0.03 else "",
                    "oui" if random.random() < 0.01 else "",
                    "oui" if random.random() < 0.005 else "non",
                    f"99{random.randrange(10**9):09}" if random.random() < 0.2 else "",
                    "fr" if random.random() < 0.9 else "",
                )
            )
    return Written(rows, twice, wrong)


def _phone(random: Random) -> str:
    digits = f"{random.choice(FICTION)}{random.randrange(10_000):04}"
    way = random.random()
    if way < 0.5:
        return digits
    if way < 0.7:
        return " ".join(digits[i : i + 2] for i in range(0, 10, 2))
    if way < 0.8:
        return ".".join(digits[i : i + 2] for i in range(0, 10, 2))
    if way < 0.9:
        return f"+33{digits[1:]}"
    return digits[1:]  # a spreadsheet dropped the zero
