"""The sentences: plain French (FALC), twelve words at most, one idea each, the same word for the same thing.

`voice` is spoken, `sms` is written when it differs. Before the birth date is verified nothing names an illness, a
physician or the purpose (rule 6); a message by SMS never names the person either (rule 5).
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Sentence:
    voice: str
    sms: str | None = None


S = Sentence
SENTENCES: dict[str, Sentence] = {
    # Opening: who we are and what we are, at once (rule 3)
    "opening": S("Bonjour. Ici l'assistant automatique de l'Assurance Maladie."),
    "opening.listening": S("Est-ce que vous m'entendez ?"),
    "opening.again": S("Allô ? Ici l'assistant automatique de l'Assurance Maladie. Si vous m'entendez, dites oui."),
    "opening.keys": S("Si vous m'entendez, tapez 1 sur le clavier."),
    # Questions: first wording, second wording, with keys
    "ask.identity.first": S("Je voudrais parler à {name}. Est-ce que c'est vous ?", "Répondez-vous pour vous-même ? Répondez OUI ou NON."),
    "ask.identity.again": S("Êtes-vous {name} ? Dites oui ou non.", "Ce téléphone est-il le vôtre ? Répondez OUI ou NON."),
    "ask.identity.keys": S("Vous êtes {name} ? Tapez 1. Sinon, tapez 2.", "Ce téléphone est le vôtre : répondez 1. Sinon : répondez 2."),
    "ask.birth_date.first": S(
        "Je dois vérifier que c'est bien vous. Quelle est votre date de naissance ? Dites-la, ou tapez les huit chiffres.",
        "Je dois vérifier que c'est bien vous. Quelle est votre date de naissance ? Écrivez JJ/MM/AAAA.",
    ),
    "ask.birth_date.again": S(
        "Quelle est votre date de naissance ? Dites le jour, le mois et l'année.",
        "Quelle est votre date de naissance ? Le jour, le mois et l'année : JJ/MM/AAAA.",
    ),
    "ask.birth_date.keys": S(
        "Tapez votre date de naissance sur le clavier. Deux chiffres pour le jour. Deux pour le mois, quatre pour l'année.",
        "Écrivez huit chiffres pour votre naissance : JJMMAAAA.",
    ),
    "ask.situation.first": S("Avez-vous un médecin traitant aujourd'hui ?"),
    "ask.situation.again": S("Un médecin traitant vous suit-il aujourd'hui ? Dites oui ou non.", "Un médecin traitant vous suit-il ? OUI ou NON."),
    "ask.situation.keys": S("Vous avez un médecin traitant ? Tapez 1. Sinon, tapez 2.", "Vous avez un médecin traitant : 1. Sinon : 2."),
    "ask.consent_assistance.first": S(
        "Nous pouvons vous aider à trouver un médecin traitant. Vous pouvez refuser. Vos remboursements ne changent pas. Voulez-vous cette aide ?"
    ),
    "ask.consent_assistance.again": S(
        "Voulez-vous notre aide pour trouver un médecin traitant ? Dites oui ou non.",
        "Voulez-vous notre aide pour trouver un médecin traitant ? OUI ou NON.",
    ),
    "ask.consent_assistance.keys": S(
        "Vous voulez notre aide ? Tapez 1. Vous ne voulez pas ? Tapez 2.", "Vous voulez notre aide : 1. Vous ne voulez pas : 2."
    ),
    "ask.consent_sharing.first": S("Pour chercher, pouvons-nous donner votre nom à des médecins ? Vous pouvez refuser."),
    "ask.consent_sharing.again": S(
        "Acceptez-vous que des médecins reçoivent votre nom ? Dites oui ou non.",
        "Acceptez-vous que des médecins reçoivent votre nom ? OUI ou NON.",
    ),
    "ask.consent_sharing.keys": S(
        "Nous pouvons donner votre nom ? Tapez 1. Nous ne pouvons pas ? Tapez 2.", "Nous pouvons donner votre nom : 1. Non : 2."
    ),
    "ask.mobility.first": S("Comment pouvez-vous aller chez un médecin ? Par exemple : seul, accompagné, en fauteuil roulant."),
    "ask.mobility.again": S("Comment vous déplacez-vous ? Seul, avec quelqu'un, en ambulance, en fauteuil ?"),
    "ask.mobility.keys": S(
        "Seul : tapez 1. Accompagné : tapez 2. En transport prescrit : tapez 3. Sans marches : tapez 4. À domicile : tapez 5.",
        "Seul : 1. Accompagné : 2. Transport prescrit : 3. Sans marches : 4. À domicile : 5.",
    ),
    "ask.area.first": S("Où cherchez-vous un médecin ? Dites une ville, ou « près de chez moi »."),
    "ask.area.again": S("Dans quelle ville voulez-vous un médecin ? Vous pouvez donner le code postal."),
    "ask.area.keys": S(
        "Près de chez vous : tapez 1. Dans le département : tapez 2. Ou tapez votre code postal.",
        "Près de chez vous : 1. Dans le département : 2. Ou votre code postal.",
    ),
    "ask.preference.first": S("Avez-vous une préférence ? Par exemple une femme, un homme, une langue."),
    "ask.preference.again": S("Préférez-vous une femme, un homme, ou est-ce égal ?"),
    "ask.preference.keys": S(
        "Une femme : tapez 1. Un homme : tapez 2. Pas de préférence : tapez 3.", "Une femme : 1. Un homme : 2. Pas de préférence : 3."
    ),
    "ask.callback_time.first": S("Quand pouvons-nous vous rappeler ?"),
    "ask.callback_time.again": S("Quel jour et à quelle heure vous rappeler ?"),
    "ask.callback_time.keys": S("Le matin : tapez 1. L'après-midi : tapez 2.", "Le matin : 1. L'après-midi : 2."),
    "ask.callback_third_party.first": S("Quand pouvons-nous rappeler ?"),
    "ask.callback_third_party.again": S("Quel jour et à quelle heure pouvons-nous rappeler ?"),
    "ask.callback_third_party.keys": S("Le matin : tapez 1. L'après-midi : tapez 2.", "Le matin : 1. L'après-midi : 2."),
    "ask.confirmation.first": S("Est-ce que tout est juste ?"),
    "ask.confirmation.again": S("Est-ce juste ? Dites oui ou non.", "Est-ce juste ? OUI ou NON."),
    "ask.confirmation.keys": S("Tout est juste ? Tapez 1. Sinon, tapez 2.", "Tout est juste : 1. Sinon : 2."),
    # Clarifications
    "clarify.knows_person": S("Connaissez-vous {name} ?", "Connaissez-vous la personne qui avait ce numéro ?"),
    "clarify.transport": S("Avez-vous droit à un transport prescrit, comme une ambulance ?"),
    "clarify.travel_limit": S("Combien de minutes de trajet, au maximum ?"),
    "clarify.which_department": S("Plusieurs villes portent ce nom. Dans quel département ?"),
    "clarify.what_to_change": S("Que faut-il changer : le lieu, le déplacement ou la préférence ?"),
    # What is said back
    "recap.start": S("Je répète ce que j'ai noté."),
    "recap.area": S("Vous cherchez {area}."),
    "recap.mobility": S("Vous vous déplacez : {mobility}."),
    "recap.minutes": S("Au maximum {minutes} minutes de trajet."),
    "recap.km": S("Au maximum {km} kilomètres de trajet."),
    "recap.preference": S("Votre préférence : {preference}."),
    "corrected": S("C'est corrigé."),
    # After identity
    "verified": S("Merci, c'est bien vous."),
    "purpose": S("Je vous contacte au sujet du médecin traitant."),
    "resumed": S("Nous reprenons où nous en étions."),
    "sharing_refused": S("D'accord, nous ne donnerons pas votre nom."),
    "birth_date.wrong": S("Je n'ai pas pu vérifier."),
    "birth_date.partial": S("Il me manque une partie de la date."),
    "birth_date.impossible": S("Cette date n'existe pas."),
    "birth_date.age": S("Il me faut la date, pas l'âge."),
    "birth_date.social_security": S("Je n'ai pas besoin de ce numéro. Je ne l'ai pas gardé."),
    "callback.hours": S("Nous appelons du lundi au vendredi, entre 10 heures et 19 heures."),
    "not_understood": S("Excusez-moi, je n'ai pas compris."),
    # Somebody else
    "third_party": S("D'accord. L'Assurance Maladie souhaite parler à cette personne. Ce n'est pas urgent."),
    # Replies to what interrupts
    "reply.who": S("Je suis l'assistant automatique de l'Assurance Maladie."),
    "reply.purpose_unverified": S("C'est l'Assurance Maladie. C'est personnel. Ce n'est pas urgent. Vous pouvez aussi appeler le 36 46."),
    "reply.purpose": S("Nous aidons à trouver un médecin traitant."),
    "reply.scam": S("Raccrochez. Appelez vous-même le 36 46.", "En cas de doute, ne répondez pas. Appelez vous-même le 36 46."),
    "reply.how_number": S("L'Assurance Maladie a ce numéro dans ses dossiers."),
    "reply.free_unverified": S("Cet appel ne vous coûte rien.", "Nos messages ne vous coûtent rien."),
    "reply.free": S("Notre aide est gratuite."),
    "reply.mandatory_unverified": S("Vous n'êtes pas obligé de répondre."),
    "reply.mandatory": S("Vous pouvez refuser. Vos remboursements ne changent pas."),
    "reply.recording": S("Votre voix n'est pas enregistrée. Vos réponses sont notées.", "Vos réponses sont notées, pour cette demande seulement."),
    "reply.robot": S("Oui, je suis un assistant automatique. Pour parler à quelqu'un, dites « un conseiller ».", "Oui, je suis un assistant automatique. Pour parler à quelqu'un, écrivez CONSEILLER."),
    "reply.hearing": S("Je parle plus lentement. Vous pouvez aussi répondre avec le clavier.", "D'accord, prenez votre temps."),
    "reply.slower": S("D'accord, je parle plus lentement.", "D'accord, prenez votre temps."),
    "reply.relay": S("D'accord, nous continuons avec le relais."),
    "reply.out_of_scope": S("Je ne peux pas répondre à cela. Vous pouvez appeler le 36 46."),
    "reply.medical": S("Je ne donne pas de conseil médical. Demandez à un médecin ou à un pharmacien."),
    "reply.promise": S("Je ne peux rien promettre. Un conseiller vous expliquera la suite."),
    "reply.unsure": S("C'est gratuit. Vous pouvez refuser. Vos remboursements ne changent pas."),
    "no_more_sms": S("C'est noté. Nous n'enverrons plus de SMS."),
    "no_more_calls": S("C'est noté. Nous n'appellerons plus."),
    # Emergency: the words of DOMAIN §3
    "emergency": S("Raccrochez et appelez le 15 ou le 112. Si vous entendez ou parlez mal : le 114, par SMS.", "Appelez tout de suite le 15 ou le 112. Si vous entendez ou parlez mal : le 114, par SMS."),
    "distress": S(
        "Raccrochez et appelez le 15 ou le 112. Si vous entendez ou parlez mal : le 114, par SMS. Vous pouvez aussi appeler le 31 14.",
        "Appelez le 15 ou le 112. Si vous entendez ou parlez mal : le 114, par SMS. Vous pouvez aussi appeler le 3114.",
    ),
    # Endings
    "end.accepted": S("C'est noté. Un conseiller va chercher avec vous. Il vous rappellera. Merci et au revoir."),
    "end.accepted_advice_only": S("C'est noté. Un conseiller vous rappellera. Il ne donnera pas votre nom. Merci et au revoir."),
    "end.refused": S("C'est noté. Nous ne vous contacterons plus. Vos remboursements ne changent pas. Au revoir."),
    "end.refused_unverified": S("C'est noté. Nous ne vous contacterons plus. Au revoir."),
    "end.stopped": S("C'est noté. Nous ne vous contacterons plus. Au revoir."),
    "end.letter": S("C'est noté. Nous vous écrirons. Nous n'appellerons plus. Au revoir."),
    "end.has_doctor": S("C'est noté : vous avez un médecin traitant. Nous ne vous appellerons plus. Merci et au revoir."),
    "end.human": S("D'accord. Un conseiller vous rappellera. Merci et au revoir."),
    "end.language": S("Un conseiller vous rappellera. An adviser will call you back."),
    "end.wrong_number": S("Excusez-nous pour le dérangement. Nous n'appellerons plus ce numéro. Au revoir."),
    "end.deceased": S("Toutes nos condoléances. Nous n'appellerons plus. Au revoir."),
    "end.identity_failed": S("Je n'ai pas pu vérifier. Un conseiller s'en occupera. Vous pouvez appeler le 36 46. Au revoir."),
    "end.not_understood": S("Je n'arrive pas à vous comprendre. Un conseiller vous rappellera. Merci et au revoir."),
    "end.silence": S("Je ne vous entends plus. Un conseiller vous rappellera. Merci et au revoir.", "Un conseiller vous rappellera. Merci et au revoir."),
    "end.nobody": S("Je n'entends personne. Au revoir."),
    "end.machine": S("Au revoir."),
    "end.bye": S("Au revoir."),
    "end.goodbye": S("Merci et au revoir."),
    "end.callback": S("C'est noté. Nous rappellerons {window}. Merci et au revoir."),
    "end.call_again": S("D'accord, nous rappellerons un autre jour. Merci et au revoir."),
    "after_the_end": S("Notre échange est terminé. Vous pouvez appeler le 36 46.", "Notre échange est terminé. Pour toute question, appelez le 36 46."),
}  # fmt: skip
