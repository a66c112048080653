"""First and last names for invented people: common ones, by generation."""

from random import Random

_FIRST: tuple[tuple[int, tuple[str, ...], tuple[str, ...]], ...] = (
    (
        1945,
        ("Marcel", "Roger", "André", "Raymond", "René", "Henri", "Lucien", "Georges", "Maurice", "Fernand"),
        ("Odette", "Simone", "Denise", "Yvette", "Ginette", "Paulette", "Lucienne", "Huguette", "Raymonde", "Andrée"),
    ),
    (
        1962,
        ("Michel", "Daniel", "Bernard", "Alain", "Gérard", "Christian", "Jean-Claude", "Serge", "Guy", "Yves"),
        ("Monique", "Françoise", "Nicole", "Danielle", "Josiane", "Annie", "Martine", "Chantal", "Michèle", "Évelyne"),
    ),
    (
        1980,
        ("Philippe", "Thierry", "Laurent", "Stéphane", "Christophe", "Olivier", "Karim", "Éric", "Mourad", "David"),
        ("Nathalie", "Sandrine", "Valérie", "Isabelle", "Céline", "Karine", "Fatima", "Stéphanie", "Laurence", "Nadia"),
    ),
    (
        2030,
        ("Nicolas", "Julien", "Kevin", "Thomas", "Mehdi", "Lucas", "Maxime", "Bastien", "Yanis", "Quentin"),
        ("Julie", "Camille", "Manon", "Aurélie", "Inès", "Élodie", "Sarah", "Laura", "Marine", "Chloé"),
    ),
)
_LAST = (
    "Bernard", "Petit", "Roux", "Fournier", "Lambert", "Mercier", "Boyer", "Garnier", "Chevalier", "Perrin", "Lemoine",
    "Marchand", "Dufour", "Brunet", "Rolland", "Caron", "Vidal", "Picard", "Renaud", "Aubry", "Leclerc", "Poirier",
    "Guérin", "Masson", "Colin", "Barbier", "Schmitt", "Muller", "Klein", "Le Goff", "Le Gall", "Tanguy", "Delattre",
    "Vasseur", "Lefebvre", "Benali", "Haddad", "Diallo", "Traoré", "Da Silva", "Ferreira", "Garcia", "Lopez", "Rossi",
    "Nguyen", "Tran", "Yilmaz", "Cohen", "Morin", "Giraud", "Roussel", "Blanchard", "Gaillard", "Brun", "Noël",
)  # fmt: skip
_LAST_OVERSEAS = (
    "Payet",
    "Hoarau",
    "Grondin",
    "Boyer",
    "Fontaine",
    "Joseph",
    "Jean-Baptiste",
    "Louis",
    "Augustin",
    "Célestin",
)


def first_name(draw: Random, woman: bool, year: int) -> str:
    men, women = next((men, women) for until, men, women in _FIRST if year < until)
    return draw.choice(women if woman else men)


def last_name(draw: Random, overseas: bool) -> str:
    return draw.choice(_LAST_OVERSEAS if overseas else _LAST)
