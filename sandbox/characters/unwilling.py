"""Those who end up elsewhere: a refusal, a stop, somebody else, another day, a human."""

from sandbox.characters.common import with_replies
from sandbox.characters.model import BySms, Character, Habit, leaves, says

UNWILLING = (
    Character(
        "refuses",
        "Refuse l'aide.",
        with_replies(
            consent_assistance=says("non merci", "non merci ça m'intéresse pas", "non ça ira merci"),
            closing=leaves("au revoir"),
        ),
        share=5,
    ),
    Character(
        "stops",
        "Ne veut plus d'appels.",
        with_replies(
            identity=says("arrêtez de m'appeler", "arrêtez d'appeler", "laissez-moi tranquille ne m'appelez plus"),
            closing=leaves(),
        ),
        habit=Habit(morning=0.8, afternoon=0.8),
        share=2,
    ),
    Character(
        "texts_stop",
        "Répond STOP à l'annonce.",
        with_replies(opening=says("j'ai dit stop", "je vous ai déjà dit stop"), identity=says("arrêtez d'appeler")),
        sms=BySms(announcement=says("STOP", "Stop", "stop svp")),
        share=2,
    ),
    Character(
        "third_party",
        "Une autre personne décroche et dit quand rappeler.",
        with_replies(
            identity=says("non c'est sa femme", "non il est pas là c'est sa femme", "ah non c'est son mari"),
            knows_person=says("oui c'est mon mari", "oui c'est ma femme", "oui"),
            birth_date=says("ah mais c'est pas moi c'est sa femme"),
            callback_time=says("demain matin", "demain après-midi", "vers 16 heures"),
        ),
        habit=Habit(morning=0.9, afternoon=0.9),
        later="cooperative",
        share=3,
    ),
    Character(
        "wrong_number",
        "Le numéro a changé de titulaire.",
        with_replies(
            identity=says("ah non vous faites erreur", "non vous vous trompez de numéro"),
            knows_person=says("non je connais pas cette personne", "non"),
            birth_date=says("vous faites erreur c'est pas moi"),
        ),
        habit=Habit(morning=0.8, afternoon=0.8),
        share=2,
    ),
    Character(
        "deceased",
        "La veuve, ou le veuf, répond.",
        with_replies(
            identity=says("il est décédé au mois de mars", "mon mari est décédé", "elle est décédée l'année dernière"),
            knows_person=says("il est décédé c'était mon mari"),
            birth_date=says("il est décédé je vous dis"),
            closing=leaves("merci", "au revoir"),
        ),
        habit=Habit(morning=0.8, afternoon=0.8),
        share=1.5,
    ),
    Character(
        "has_doctor",
        "A trouvé un médecin traitant.",
        with_replies(
            situation=(says("oui j'en ai un", "oui j'ai trouvé un médecin le mois dernier", "oui"), says("oui")),
        ),
        share=4,
    ),
    Character(
        "callback_morning",
        "Demande d'être rappelé demain matin.",
        with_replies(
            identity=(
                says("oui mais là je peux pas rappelez demain matin", "je suis occupée rappelez-moi demain matin"),
                says("rappelez-moi demain matin"),
            ),
            callback_time=says("demain matin", "demain vers 10 heures"),
        ),
        habit=Habit(morning=0.9, afternoon=0.9),
        later="cooperative",
        share=2,
    ),
    Character(
        "callback_after_four",
        "Demande d'être rappelé après 16 heures.",
        with_replies(
            situation=says("écoutez là je suis au travail rappelez après 16 heures"),
            callback_time=says("demain après 16 heures", "après 16 heures"),
        ),
        habit=Habit(morning=0.9, afternoon=0.9),
        later="cooperative",
        share=2,
    ),
    Character(
        "hangs_up_at_once",
        "Raccroche en entendant un automate.",
        with_replies(opening=leaves(), listening=leaves(), identity=leaves()),
        share=3,
    ),
    Character(
        "hangs_up_midway",
        "Raccroche au milieu.",
        with_replies(consent_sharing=leaves(), mobility=leaves("oh ça me fatigue")),
        habit=Habit(morning=0.9, afternoon=0.9),
        later="cooperative",
        share=3,
    ),
    Character(
        "silent",
        "Décroche et ne dit rien.",
        {},
        habit=Habit(morning=0.8, afternoon=0.8),
        share=1.5,
        patience=6,
    ),
    Character(
        "wants_human",
        "Veut parler à quelqu'un.",
        with_replies(
            birth_date=says("je veux parler à un conseiller", "un conseiller s'il vous plaît"),
            situation=says("un conseiller s'il vous plaît"),
            callback_time=says("demain matin"),
        ),
        share=3,
    ),
    Character(
        "emergency",
        "Se sent mal pendant l'appel.",
        with_replies(
            situation=says("j'ai très mal à la poitrine là", "attendez j'arrive plus à respirer"),
            consent_assistance=says("j'ai mal à la poitrine"),
            closing=leaves(),
        ),
        habit=Habit(morning=0.8, afternoon=0.8),
        share=1,
    ),
    Character(
        "mistaken_twice",
        "Se trompe deux fois de date de naissance.",
        with_replies(birth_date=(says("{wrong_birth}"), says("{wrong_birth}"))),
        habit=Habit(morning=0.8, afternoon=0.8),
        share=1.5,
    ),
    Character(
        "carer",
        "Une fille ou une aide répond à la place.",
        with_replies(
            identity=says("je suis sa fille je m'occupe d'elle", "c'est son aide à domicile je réponds pour elle"),
            knows_person=says("oui c'est ma mère", "oui je suis son aide à domicile"),
            birth_date=says("je suis sa fille elle est née le {birth}"),
            callback_time=says("demain matin", "demain après-midi elle sera là"),
        ),
        habit=Habit(morning=0.9, afternoon=0.9),
        later="cooperative",
        share=2,
    ),
    Character(
        "withdraws",
        "Change d'avis à la fin.",
        with_replies(confirmation=says("finalement non laissez tomber", "non j'ai changé d'avis laissez tomber")),
        habit=Habit(morning=0.8, afternoon=0.8),
        share=1.5,
    ),
    Character(
        "wants_letter",
        "Préfère un courrier.",
        with_replies(
            consent_assistance=says("envoyez-moi un courrier plutôt", "je préfère que vous m'envoyiez un courrier"),
            situation=says("non envoyez-moi un courrier"),
        ),
        habit=Habit(morning=0.8, afternoon=0.8),
        share=1.5,
    ),
    Character("busy", "Toujours occupé.", with_replies(), habit=Habit(always="busy"), share=1),
    Character(
        "mailbox",
        "Toujours la messagerie.",
        with_replies(),
        habit=Habit(always="machine"),
        share=4,
    ),
    Character("never_answers", "Ne décroche jamais.", with_replies(), habit=Habit(always="no_answer"), share=5),
    Character("invalid_number", "Numéro qui n'existe plus.", with_replies(), habit=Habit(always="invalid"), share=1.5),
    Character("unreachable", "Téléphone éteint.", with_replies(), habit=Habit(always="unreachable"), share=1),
    Character("mailbox_full", "Toujours une messagerie pleine.", {}, habit=Habit(always="mailbox_full"), share=0),
    Character(
        "screened",
        "Un assistant filtre les appels, puis passe la personne.",
        with_replies(),
        habit=Habit(always="screened"),
        share=0,
    ),
    Character(
        "screened_out",
        "Un assistant filtre les appels, et n'en passe aucun.",
        with_replies(),
        habit=Habit(always="screened", accepts=False),
        share=0,
    ),
    Character("fax", "Un télécopieur décroche.", {}, habit=Habit(always="fax"), share=0.7),
)
"""`silent` and `fax` have no replies: whatever is asked, nothing is said."""
