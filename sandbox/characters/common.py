"""The ordinary replies, from which characters differ: French as a speech recogniser writes it."""

from collections.abc import Mapping

from sandbox.characters.model import Act, Script, leaves, says
from sandbox.speech import Ask

YES = says("oui", "oui oui", "oui d'accord", "ah oui", "oui bien sûr")
NO = says("non", "non non", "ah non")
HELLO = says("allô", "allô oui", "oui allô", "allô oui bonjour")

ORDINARY: Mapping[Ask, Script] = {
    Ask.OPENING: (HELLO, says("oui d'accord", "oui", "d'accord")),
    Ask.LISTENING: (
        says("oui allô", "allô oui", "oui je vous entends", "oui j'entends", "allô"),
        says("oui", "oui je vous entends"),
    ),
    Ask.IDENTITY: (
        says("oui c'est moi", "c'est moi-même", "oui c'est bien moi", "oui oui c'est moi", "euh oui c'est moi", "oui"),
        says("oui c'est moi", "oui"),
    ),
    Ask.KNOWS_PERSON: (says("oui c'est moi"),),
    Ask.BIRTH_DATE: (
        says("{birth}", "{birth}", "euh {birth}", "je suis {born} le {birth}", "alors {birth}"),
        says("{birth}"),
    ),
    Ask.SITUATION: (
        says(
            "non",
            "non je n'en ai plus",
            "non mon médecin est parti à la retraite",
            "non j'ai pas de médecin traitant",
            "ben non j'en ai pas",
            "non plus depuis l'année dernière",
        ),
        says("non", "non je n'en ai pas"),
    ),
    Ask.CONSENT_ASSISTANCE: (
        says(
            "oui",
            "oui je veux bien",
            "oui volontiers",
            "ah oui d'accord",
            "oui s'il vous plaît",
            "ben oui avec plaisir",
        ),
        says("oui"),
    ),
    Ask.CONSENT_SHARING: (
        says("oui", "oui d'accord", "oui vous pouvez", "oui je suis d'accord", "d'accord oui"),
        says("oui"),
    ),
    Ask.MOBILITY: (says("{mobility}"), says("{mobility}")),
    Ask.PRESCRIBED_TRANSPORT: (says("oui", "oui j'ai un bon de transport"), says("oui")),
    Ask.TRAVEL_LIMIT: (says("{minutes} minutes", "{minutes} minutes maximum", "euh {minutes} minutes"),),
    Ask.AREA: (says("{area}"), says("{commune}")),
    Ask.WHICH_DEPARTMENT: (says("{department_name}", "dans le {department}"), says("le {department}")),
    Ask.PREFERENCE: (says("{preference}"), says("{preference}")),
    Ask.CALLBACK_TIME: (says("{callback}"), says("demain matin")),
    Ask.CONFIRMATION: (says("oui", "oui c'est ça", "oui tout est juste", "oui c'est bon"), says("oui")),
    Ask.WHAT_TO_CHANGE: (says("non c'est bon rien"), says("le lieu {commune}")),
    Ask.CLOSING: (leaves("merci au revoir", "au revoir merci", "merci beaucoup au revoir", "au revoir"),),
    Ask.STATEMENT: (says("d'accord", "oui", "oui d'accord"),),
    Ask.UNKNOWN: (says("oui", "je sais pas"), says("j'ai pas compris")),
}

KEYPAD: Mapping[Ask, Act] = {
    Ask.LISTENING: Act(keys="1"),
    Ask.IDENTITY: Act(keys="1"),
    Ask.BIRTH_DATE: Act(keys="{birth_keys}"),
    Ask.SITUATION: Act(keys="2"),
    Ask.CONSENT_ASSISTANCE: Act(keys="1"),
    Ask.CONSENT_SHARING: Act(keys="1"),
    Ask.MOBILITY: Act(keys="{mobility_key}"),
    Ask.AREA: Act(keys="1"),
    Ask.PREFERENCE: Act(keys="3"),
    Ask.CALLBACK_TIME: Act(keys="1"),
    Ask.CONFIRMATION: Act(keys="1"),
}
"""What is pressed when the agent says which keys mean what."""


def with_replies(**changed: Script | Act) -> dict[Ask, Script]:
    """The ordinary replies, some of them changed; named after the asks."""
    replies = dict(ORDINARY)
    for name, script in changed.items():
        replies[Ask(name)] = (script,) if isinstance(script, Act) else script
    return replies
