"""Those who end up accepting, each in their own way."""

from sandbox.characters.common import KEYPAD, with_replies
from sandbox.characters.model import SILENCE, BySms, Character, Habit, leaves, says, types

WILLING = (
    Character("cooperative", "Répond simplement à tout.", with_replies(), share=38, accepts=True),
    Character(
        "brief",
        "Un mot à la fois.",
        with_replies(
            opening=says("allô", "oui"),
            identity=says("oui"),
            birth_date=says("{birth_digits}", "{birth}"),
            situation=says("non"),
            consent_assistance=says("oui"),
            consent_sharing=says("oui"),
            area=says("{commune}"),
            confirmation=says("oui"),
            closing=leaves("merci", "au revoir"),
        ),
        share=11,
        accepts=True,
    ),
    Character(
        "chatty",
        "Donne plusieurs réponses à la fois.",
        with_replies(
            identity=says("oui bonjour c'est moi-même je suis {born} le {birth}", "oui c'est bien moi {birth}"),
            situation=says("non mon médecin a pris sa retraite l'an dernier depuis je cherche et y a personne"),
            consent_sharing=says("oui oui allez-y vous pouvez"),
            mobility=says("{mobility} et je voudrais quelqu'un à {commune}", "alors {mobility} et plutôt à {commune}"),
            preference=(says("{preference}", "oh vous savez {preference}"), says("{preference}")),
            confirmation=(says("oui c'est tout à fait ça", "oui c'est bien ça"), says("oui")),
        ),
        share=8,
        accepts=True,
    ),
    Character(
        "corrects",
        "Se corrige à la confirmation.",
        with_replies(
            area=says("{neighbour}"),
            confirmation=(says("non en fait à {commune}", "non plutôt à {commune}"), says("oui", "oui c'est ça")),
            what_to_change=says("le lieu", "la ville {commune}"),
        ),
        share=4,
        accepts=True,
    ),
    Character(
        "suspicious",
        "Craint une arnaque, puis accepte.",
        with_replies(
            identity=(
                says("c'est pas une arnaque au moins", "qu'est-ce qui me dit que c'est pas une arnaque"),
                says("bon oui c'est moi", "oui c'est moi"),
            ),
            closing=leaves("bon d'accord au revoir"),
        ),
        share=3,
        accepts=True,
    ),
    Character(
        "who_are_you",
        "Demande qui appelle.",
        with_replies(identity=(says("qui êtes-vous", "c'est qui", "vous êtes qui"), says("d'accord oui c'est moi"))),
        share=3,
        accepts=True,
    ),
    Character(
        "asks_robot",
        "Demande si c'est un robot.",
        with_replies(
            identity=(says("vous êtes un robot", "c'est un robot qui parle"), says("bon oui c'est moi")),
            consent_assistance=(says("c'est gratuit", "c'est payant votre truc"), says("alors oui", "oui")),
        ),
        share=3,
        accepts=True,
    ),
    Character(
        "hard_of_hearing",
        "Entend mal, fait répéter.",
        with_replies(
            identity=(says("répétez s'il vous plaît", "pardon j'ai pas entendu"), says("oui c'est moi")),
            birth_date=(says("plus lentement s'il vous plaît", "parlez moins vite"), says("{birth}")),
            consent_assistance=(says("pardon vous pouvez répéter"), says("oui")),
        ),
        share=4,
        accepts=True,
        patience=5,
    ),
    Character(
        "past_illness",
        "Raconte un malaise ancien, qui n'est pas une urgence.",
        with_replies(
            situation=(
                says(
                    "non et pourtant j'ai fait un infarctus il y a dix ans",
                    "non j'avais eu un avc en deux mille douze et mon médecin est parti",
                ),
                says("non j'en ai pas"),
            )
        ),
        share=2,
        accepts=True,
    ),
    Character(
        "keypad",
        "Répond au clavier.",
        with_replies(
            opening=says("allô"),
            **{ask.value: act for ask, act in KEYPAD.items()},
            travel_limit=types("{minutes}"),
        ),
        share=4,
        accepts=True,
    ),
    Character(
        "mistaken_once",
        "Se trompe une fois de date de naissance.",
        with_replies(birth_date=(says("{wrong_birth}"), says("{birth}"))),
        share=3,
        accepts=True,
    ),
    Character(
        "non_native",
        "Parle peu le français.",
        with_replies(
            identity=(says("quoi", "pardon pas compris"), says("oui moi", "oui c'est moi")),
            birth_date=says("{birth_digits}"),
            situation=says("non docteur pas", "non pas docteur"),
            consent_assistance=says("oui aide oui", "oui merci"),
            consent_sharing=says("oui"),
            preference=says("parle {language_name} si possible", "un docteur qui parle {language_name}"),
        ),
        share=3,
        accepts=True,
        foreign=True,
    ),
    Character(
        "refuses_sharing",
        "Accepte l'aide, mais pas que l'on donne son nom.",
        with_replies(consent_sharing=says("non", "non ça je préfère pas", "non pas mon nom")),
        share=4,
        accepts=True,
    ),
    Character(
        "wheelchair",
        "En fauteuil, avec un transport prescrit.",
        with_replies(
            mobility=says("je suis en fauteuil roulant il me faut l'ambulance", "en fauteuil et avec un vsl"),
            travel_limit=says("vingt minutes"),
        ),
        share=4,
        accepts=True,
    ),
    Character(
        "home_visit",
        "Ne peut plus sortir.",
        with_replies(
            mobility=says("je peux plus sortir il faut venir à domicile", "à domicile je me déplace plus"),
            area=says("chez moi à {commune}", "près de chez moi"),
        ),
        share=4,
        accepts=True,
    ),
    Character(
        "retired_doctor",
        "Raconte le départ de son médecin.",
        with_replies(
            situation=says(
                "ben j'en avais un mais il a pris sa retraite en juin et personne l'a remplacé",
                "le docteur a pris sa retraite et depuis j'ai que mon cardiologue",
            )
        ),
        share=6,
        accepts=True,
    ),
    Character(
        "overseas",
        "Outre-mer, sur un portable.",
        with_replies(opening=says("allô bonjour", "oui bonjour"), area=says("{commune}", "vers {commune}")),
        share=0,
        accepts=True,
    ),
    Character(
        "calls_back",
        "Rappelle de soi-même après l'annonce.",
        with_replies(opening=says("oui bonjour j'ai reçu un message de vous", "bonjour vous m'avez écrit")),
        habit=Habit(morning=0.45, afternoon=0.45),
        sms=BySms(calls_back=True),
        share=3,
        accepts=True,
    ),
    Character(
        "replies_sms",
        "Répond OUI à l'annonce, puis par SMS.",
        with_replies(birth_date=says("{birth_digits}"), area=says("{commune}")),
        habit=Habit(morning=0.25, afternoon=0.3),
        sms=BySms(announcement=says("OUI", "Oui", "oui"), answers_questions=True),
        share=4,
        accepts=True,
    ),
    Character(
        "slow_start",
        "Ne dit rien d'abord, puis répond.",
        with_replies(opening=(SILENCE, says("allô oui")), listening=(SILENCE, says("oui oui je suis là"))),
        share=2,
        accepts=True,
    ),
)

NEEDS_OVERSEAS = frozenset({"overseas"})
NEEDS_MOBILE = frozenset({"calls_back", "replies_sms", "texts_stop"})
