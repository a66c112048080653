# ruff: noqa: E501 (a table of patterns, a question each)
"""What simulated people understand of the agent: from its French sentences to what is being asked.

They know nothing else of the agent: no field, no code. Keywords are tolerant, so that a new wording is mostly
understood, and a question that really says something else is really misunderstood, as in life.
"""

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum


class Ask(StrEnum):
    OPENING = "opening"
    """Somebody presents themselves, and asks nothing yet."""
    LISTENING = "listening"
    IDENTITY = "identity"
    KNOWS_PERSON = "knows_person"
    BIRTH_DATE = "birth_date"
    SITUATION = "situation"
    CONSENT_ASSISTANCE = "consent_assistance"
    CONSENT_SHARING = "consent_sharing"
    MOBILITY = "mobility"
    PRESCRIBED_TRANSPORT = "prescribed_transport"
    TRAVEL_LIMIT = "travel_limit"
    AREA = "area"
    WHICH_DEPARTMENT = "which_department"
    PREFERENCE = "preference"
    CALLBACK_TIME = "callback_time"
    CONFIRMATION = "confirmation"
    WHAT_TO_CHANGE = "what_to_change"
    ANNOUNCEMENT = "announcement"
    CLOSING = "closing"
    STATEMENT = "statement"
    """Something said that asks for nothing."""
    UNKNOWN = "unknown"
    """A question that isn't understood."""


@dataclass(frozen=True, slots=True)
class Heard:
    ask: Ask
    by_keys: bool = False
    """The agent asks to use the keypad (or, in an SMS, to answer with a figure)."""


# The first that fits wins: the narrow before the wide.
_QUESTIONS: tuple[tuple[Ask, str], ...] = (
    (Ask.CONFIRMATION, r"tout est (juste|exact|correct|bon)|est ce (juste|exact|correct|bien ca)|vous confirmez|c est bien ca"),
    (Ask.WHAT_TO_CHANGE, r"faut il (changer|corriger|modifier)|voulez vous (changer|corriger|modifier)|n est pas juste"),
    (Ask.BIRTH_DATE, r"(date|jour|annee|lieu|chiffres?|mois)?.{0,12}\bnaissance|\bnee? le\b|jjmmaaaa|jj mm aaaa"),
    (Ask.KNOWS_PERSON, r"connaissez vous|la connaissez|le connaissez"),
    (Ask.CALLBACK_TIME, r"\brappeler\b|rappelions|quand (pouvons|peut|voulez)|quel (jour|moment)|quelle heure|le matin.{0,4}(tapez|: \d)"),
    (Ask.PRESCRIBED_TRANSPORT, r"(droit|prescription|ordonnance|bon).{0,30}\btransport|transport prescrit.{0,20}(droit|\?)"),
    (Ask.TRAVEL_LIMIT, r"combien de (temps|minutes|kilometres|km)|minutes de (trajet|route)|quelle distance|jusqu ou"),
    (Ask.WHICH_DEPARTMENT, r"quel departement|plusieurs (villes|communes)"),
    (Ask.CONSENT_SHARING, r"votre nom.{0,30}medecin|medecin.{0,40}votre nom|(donner|transmettre|recoivent|communiquer).{0,20}(nom|coordonnees)"),
    (Ask.CONSENT_ASSISTANCE, r"voulez vous.{0,30}aide|souhaitez vous.{0,40}aid|acceptez vous.{0,30}aid|(voulez|souhaitez|cette|notre) (notre |cette |une |de l )?aide|vous aidions"),
    (Ask.SITUATION, r"(avez vous|vous avez|suit il|vous suit|declare).{0,40}medecin traitant|medecin traitant.{0,40}(suit|declare|aujourd hui)"),
    (Ask.MOBILITY, r"deplacez|deplacer|pouvez vous aller|aller chez|(venir|rendre) (au cabinet|chez)|fauteuil|accompagnee?\b.{0,20}(tapez|\d)|\bseule?\b.{0,12}(tapez|\d)"),
    (Ask.PREFERENCE, r"prefer|une femme.{0,40}un homme|autre souhait"),
    (Ask.AREA, r"dans quel(le)? (ville|commune|secteur|lieu)|ou cherchez|ou voulez|ou souhaitez|quelle (ville|commune)|pres de chez vous.{0,12}(tapez|\d)|code postal"),
    (Ask.LISTENING, r"m entendez|vous etes la|toujours la|quelqu un (en ligne|au bout)"),
    (Ask.IDENTITY, r"parler a|est ce (que c est )?(bien )?vous|etes vous|vous etes|c est bien vous|suis je (bien )?(avec|chez)|vous etes bien|pour vous meme|telephone est (il )?le votre|qui est a l appareil"),
)  # fmt: skip
# What is asked without a question mark: « Tapez votre date de naissance », « Dites oui ».
_IMPERATIVE = re.compile(r"^(\w+ ){0,4}?(tapez|dites|ecrivez|repondez|indiquez|donnez|precisez)\b")
_KEYS = re.compile(r"\b(tapez|clavier|touche|appuyez)\b|\brepondez \d|: \d|\bhuit chiffres\b")
_ANNOUNCEMENT = re.compile(r"vous (appellera|contactera|telephonera)|allons vous appeler")
_CLOSING = re.compile(
    r"au revoir|raccrochez|conseiller (vous )?rappellera|echange est termine|bonne (journee|soiree)|appelez (tout de suite )?le 15\b|est bien enregistree"
)
_PRESENTS = re.compile(r"\b(bonjour|allo|assurance maladie|assistant)\b")
_HAS_QUESTION = re.compile(r"\?")


def plain(text: str) -> str:
    """Lower case without accents, apostrophes or typography; question marks and colons stay."""
    bare = unicodedata.normalize("NFD", text.lower().replace("œ", "oe"))
    bare = "".join(letter for letter in bare if not unicodedata.combining(letter))
    return re.sub(r"\s+", " ", re.sub(r"[^a-z0-9?:]", " ", bare)).strip()


def sentences(text: str) -> list[str]:
    return [said for part in re.findall(r"[^.!?…]+[.!?…]*", text) if (said := plain(part))]


def _question_in(sentence: str) -> Ask | None:
    return next((ask for ask, pattern in _QUESTIONS if re.search(pattern, sentence)), None)


def understand(text: str) -> Heard:
    """The last thing asked of the listener, else what the agent is doing."""
    said = sentences(text)
    by_keys = any(_KEYS.search(sentence) for sentence in said)
    if any(_ANNOUNCEMENT.search(sentence) for sentence in said):
        return Heard(Ask.ANNOUNCEMENT)
    questions = [sentence for sentence in said if _HAS_QUESTION.search(sentence)]
    for sentence in reversed(questions):
        if (ask := _question_in(sentence)) is not None:
            return Heard(ask, by_keys)
    asked = [sentence for sentence in said if _IMPERATIVE.search(sentence) or _KEYS.search(sentence)]
    for sentence in reversed(asked):
        if (ask := _question_in(sentence)) is not None:
            return Heard(ask, by_keys)
    if any(_CLOSING.search(sentence) for sentence in said):
        return Heard(Ask.CLOSING)
    if questions or any(_IMPERATIVE.search(sentence) for sentence in said):
        return Heard(Ask.UNKNOWN, by_keys)
    if any(_PRESENTS.search(sentence) for sentence in said):
        return Heard(Ask.OPENING)
    return Heard(Ask.STATEMENT)
