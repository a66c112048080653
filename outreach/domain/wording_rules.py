"""What every wording must hold and what none may (DOMAIN §3, rules 3, 5, 6 and 7): whatever breaks it is not spoken."""

import re
from collections.abc import Mapping

Sentences = Mapping[str, Mapping[str, str | None]]
"""key → {"voice", "sms"}; no "sms" is written as it is spoken."""

FIXED = {
    "emergency": "Raccrochez et appelez le 15 ou le 112. Si vous entendez ou parlez mal : le 114, par SMS.",
    "reply.scam": "Raccrochez. Appelez vous-même le 36 46.",
}
FREEDOM = "Vous pouvez refuser. Vos remboursements ne changent pas."
COMPARED = re.compile(
    r"purpose|ask\.(situation|consent_assistance|consent_sharing|mobility|area|preference)\.(first|again|keys)"
)
"""What may differ between two wordings that are compared: said after the birth date is verified, and never an
emergency, an ending or an answer to a doubt."""

_BEFORE = re.compile(
    r"(opening|ask\.identity|ask\.birth_date|birth_date|clarify\.(knows_person|first_name))\b.*|.*unverified|third_party"
)
_PURPOSE = re.compile(r"m[ée]decin|docteur|sant[ée]\b|\bsoins?\b|traitant|traitement", re.IGNORECASE)
_ILLNESS = re.compile(r"\bALD\b|affection|longue durée|pathologie|malad", re.IGNORECASE)
_ASKED = re.compile(
    r"s[ée]curit[ée] sociale|carte vitale|\bNIR\b|carte bancaire|\bIBAN\b|\bRIB\b|mot de passe|code secret"
    r"|(quelle|votre|avez-vous une?) (maladie|diagnostic|affection)",
    re.IGNORECASE,
)
_PROMISE = re.compile(
    r"garanti|vous aurez un m[ée]decin|nous (vous )?trouverons|\d+ (jours|semaines|euros)", re.IGNORECASE
)
_LINK = re.compile(r"https?:|www\.", re.IGNORECASE)
_LONGEST = 12


def problems(sentences: Sentences, like: Sentences | None = None) -> list[str]:
    """What is wrong with a wording, one sentence in French each; none when it may be spoken.

    `like`: the one that is spoken already; what may not differ from it must not.
    """
    found: list[str] = []
    opening = _voice(sentences, "opening")
    if "assistant automatique" not in opening or "Assurance Maladie" not in opening:
        found.append("L’ouverture ne dit pas que c’est l’assistant automatique de l’Assurance Maladie (règle 3).")
    for key, words in FIXED.items():
        if not _voice(sentences, key).startswith(words):
            found.append(f"« {key} » ne dit pas les mots prévus.")
    for key in ("ask.consent_assistance.first", "reply.mandatory"):
        for said in _both(sentences, key):
            if FREEDOM not in said:
                found.append(f"« {key} » ne dit pas que l’on peut refuser et que rien ne change.")
                break
    for key in sentences:
        found += [f"« {key} » {why}" for why in _wrong(sentences, key)]
    if like is not None:
        changed = {key for key in sentences.keys() | like.keys() if sentences.get(key) != like.get(key)}
        found += [
            f"« {key} » ne peut pas changer : elle est dite avant la vérification, ou ses mots sont fixés."
            for key in sorted(changed)
            if COMPARED.fullmatch(key) is None
        ]
    return found


def _voice(sentences: Sentences, key: str) -> str:
    return (sentences.get(key) or {}).get("voice") or ""


def _both(sentences: Sentences, key: str) -> list[str]:
    voice = _voice(sentences, key)
    return [voice, (sentences.get(key) or {}).get("sms") or voice]


def _wrong(sentences: Sentences, key: str) -> list[str]:
    voice, sms = _both(sentences, key)
    wrong = []
    for said in (voice, sms):
        without_us = said.replace("Assurance Maladie", "")
        if not said.strip():
            wrong.append("est vide.")
        if _ILLNESS.search(without_us):
            wrong.append("nomme une maladie.")
        if _BEFORE.fullmatch(key) and _PURPOSE.search(without_us):
            wrong.append("dit pourquoi nous appelons avant la vérification (règle 6).")
        if "?" in said and _ASKED.search(said):
            wrong.append("demande ce que l’agent ne demande jamais (règle 7).")
        if _PROMISE.search(said):
            wrong.append("promet quelque chose.")
        if _LINK.search(said):
            wrong.append("contient un lien.")
        if any(len(re.findall(r"[^\W_][\w'’-]*", part)) > _LONGEST for part in re.split(r"(?<=[.?!:])\s+", said)):
            wrong.append(f"a une phrase de plus de {_LONGEST} mots.")
    if _BEFORE.fullmatch(key) and "{name}" in sms:
        wrong.append("nomme la personne par SMS avant la vérification (règle 5).")
    return list(dict.fromkeys(wrong))


def changed(first: Sentences, second: Sentences) -> list[str]:
    """The keys that two wordings say differently."""
    return sorted(key for key in first.keys() | second.keys() if first.get(key) != second.get(key))
