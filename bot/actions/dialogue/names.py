"""Whether somebody says the name that we asked for."""

import re

from bot.actions.dialogue.state import PatientFacts
from bot.actions.understanding.meaning import Understanding
from bot.actions.understanding.text import plain

_TITLE = "monsieur|madame|mademoiselle|mme|mr|m"
_BEFORE_A_NAME = rf"(?:oui|ouais|bonjour|bonsoir|allo|c est|ici|moi|je suis|bien|euh|{_TITLE}) "
_AFTER_A_NAME = (
    r" (?:a l appareil|elle meme|lui meme|moi meme|oui|c est moi|c est ca|bonjour|j ecoute|je vous ecoute|en personne)"
)


def says_own_name(heard: Understanding, facts: PatientFacts) -> bool:
    """« Madame Exemple à l'appareil »; not « madame Exemple n'est pas là »."""
    name = rf"(?:{re.escape(plain(facts.first_name))} )?{re.escape(plain(facts.last_name))}"
    said = plain(heard.text)
    return re.fullmatch(rf"(?:{_BEFORE_A_NAME})*{name}(?:{_AFTER_A_NAME})*", said) is not None
