"""The telephone room's own fixed sentences. Everything else that is said comes from the agent.

None holds a health word, the purpose of the call, a name or a date (DOMAIN §7 rule 5). An SMS keeps to the
characters of GSM-7 (no ê, no ç) so that it fits in two segments.
"""

from outreach.domain.phones import answers_by_sms
from outreach.domain.words import Purpose

VERSION = "telephone-1"
"""The version of these sentences, kept with those that go into a transcript."""

GREETING = "Bonjour. Ici l'assistant automatique de l'Assurance Maladie. Un instant, s'il vous plaît."

APOLOGY_AT_FIRST = (
    "Bonjour, ici l'assistant automatique de l'Assurance Maladie. Nous avons un souci technique."
    " Nous vous rappellerons. Ce n'est pas urgent."
)
# What was just said went unheard: it may have been an emergency (rule 12).
APOLOGY = (
    "Pardon, nous avons un souci technique. Nous vous rappellerons."
    " Si c'est une urgence, raccrochez et appelez le 15 ou le 112. Au revoir."
)
# For those whom we shall not call: they called us, and nobody knows who they are, or all is settled with them.
APOLOGY_TO_CALLER_AT_FIRST = (
    "Bonjour, ici l'assistant automatique de l'Assurance Maladie. Nous avons un souci technique."
    " Rappelez dans une heure, ou appelez le 36 46. Si c'est une urgence, raccrochez et appelez le 15 ou le 112."
)
APOLOGY_TO_CALLER = (
    "Pardon, nous avons un souci technique. Rappelez dans une heure, ou appelez le 36 46."
    " Si c'est une urgence, raccrochez et appelez le 15 ou le 112. Au revoir."
)

# For who picks up our call while they, or somebody on their line, have called us.
ALREADY_TALKING = (
    "Bonjour. Ici l'assistant automatique de l'Assurance Maladie. Nous sommes déjà en ligne. Ce n'est pas urgent."
    " Au revoir."
)

VOICEMAIL = (
    "Bonjour, ceci est un message automatique de l'Assurance Maladie. Nous avons cherché à vous joindre."
    " Vous pouvez appeler le 36 46. Ce n'est pas urgent."
)

# For an assistant that screens calls: whoever it serves reads it, and maybe others. No name (DESIGN §7).
WHO_CALLS = (
    "Bonjour. Ici l'assistant automatique de l'Assurance Maladie. Nous souhaitons parler à la personne qui a ce numéro."
    " C'est personnel. Ce n'est pas urgent."
)

UNKNOWN_CALLER = (
    "Bonjour. Ici l'assistant automatique de l'Assurance Maladie. Pour toute question, appelez le 36 46. Au revoir."
)
STOPPED = "C'est noté. Nous ne vous appellerons plus. Au revoir."
GOODBYE = "Merci. Au revoir."

# Heard by the adviser alone, who may not be alone: whoever is on the line says the rest.
FOR_THE_ADVISER = "Un patient de Relais demande un conseiller."

# The same for an adviser who called somebody from a page: no name, for others may pick up their telephone.
PRESS_TO_CALL = "Relais. Appuyez sur 1 pour appeler la personne."
NOT_CALLED = "Cet appel ne peut pas partir. La raison est sur la page de la demande. Au revoir."
CALL_OVER = "Cet appel n'est plus en attente. Au revoir."
NOBODY_ANSWERED = "La personne ne répond pas. Au revoir."
LINE_BUSY = "La ligne est occupée. Au revoir."
NOT_REACHED = "La personne n'a pas pu être jointe. Au revoir."
ADVISER_APOLOGY = "Relais a un souci technique. Rappelez dans un moment, depuis la page de la demande."

# Nobody reads what a stranger writes: an emergency must find its numbers all the same (rule 12).
SMS_UNKNOWN = (
    "Assurance Maladie, assistant automatique. Pour toute question, appelez le 36 46."
    " Pour une urgence : 15, 112, ou 114 par SMS."
)
SMS_STOPPED_LINE = (
    "Assurance Maladie : c'est noté, nous ne contacterons plus personne à ce numéro. Pour toute question : 36 46."
)
SMS_STOPPED = "Assurance Maladie : c'est noté, nous ne vous contacterons plus. Pour toute question : 36 46."
# The carrier's own answer to START says that messages come again; whoever stopped us must ask us, not it.
SMS_STARTED = "Assurance Maladie : c'est noté. Pour reprendre contact avec nous, appelez le 36 46."
SMS_APOLOGY = (
    "Assurance Maladie : nous avons un souci technique. Merci de renvoyer votre message dans une heure,"
    " ou d'appeler le 36 46. Pour une urgence : 15, 112, ou 114 par SMS."
)

_ANNOUNCEMENT = (
    "Assurance Maladie : notre assistant automatique vous appellera dans les prochains jours, entre 10 h et 19 h."
    " Ce n'est pas urgent. Pour toute question : 36 46."
)
_RECEIPT = (
    "Assurance Maladie : votre demande est bien enregistrée. Un conseiller vous rappellera."
    " Pour toute question ou pour changer d'avis : 36 46."
)
_INVITATION = (
    "Assurance Maladie, assistant automatique : nous avons cherché à vous joindre par téléphone. Ce n'est pas urgent."
    " Vous pouvez nous répondre ici, par SMS. Pour toute question : 36 46."
)
_SMS = {Purpose.ANNOUNCEMENT: _ANNOUNCEMENT, Purpose.RECEIPT: _RECEIPT, Purpose.INVITATION: _INVITATION}
_STOP = " Pour ne plus avoir de message ni d'appel, répondez STOP."


def sms(purpose: Purpose, sender: str) -> str:
    """The text of an SMS that we send first; STOP is offered only where it can be answered."""
    text = _SMS[purpose]
    return text + _STOP if answers_by_sms(sender) else text
