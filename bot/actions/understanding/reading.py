"""Turns one message into an Understanding: the lexicon first, then the classifier, then the values."""

import re
from datetime import datetime

from bot.actions.understanding import safety
from bot.actions.understanding.birth_dates import read_birth_date, read_keyed_birth_date
from bot.actions.understanding.callbacks import read_callback
from bot.actions.understanding.meaning import Act, Heard, Kind, Understanding
from bot.actions.understanding.mobility import MobilitySaid, read_keyed_mobility, read_mobility, read_travel_limit
from bot.actions.understanding.places import Ambiguous, Place, resolve, resolve_mention
from bot.actions.understanding.preferences import Preference, read_preference
from bot.actions.understanding.text import plain
from outreach.domain.calling_hours import local
from outreach.domain.words import AreaScope, Question

# Below this the classifier's guess is not acted upon; a safety label needs more when no word supports it.
SURE_ENOUGH = 0.45
SURE_OF_DANGER = 0.8
SURE_OF_A_YES = 0.6
_NEEDS_MORE = {Act.EMERGENCY, Act.DISTRESS, Act.STOP, Act.LETTER, Act.CHANNEL_CHOICE, Act.DECEASED, Act.WRONG_NUMBER, Act.THIRD_PARTY, Act.VOICEMAIL}  # fmt: skip

_YES = re.compile(
    r"(?:euh |ben |bah |eh ben |ah |mais )*(?:oui|ouais|ouai|si si|d accord|ok|okay|bien sur|volontiers|tout a fait|exactement|absolument|parfait|entendu|avec plaisir|j accepte|je veux bien|c est ca|c est exact|c est juste|affirmatif|tres bien|je suis d accord|pas de probleme|ca marche|ca me va|wi|ui|o|oui oui)"
    r"(?: (?:oui|bien sur|merci|svp|s il vous plait|madame|monsieur|d accord|volontiers|je veux bien|j accepte|c est ca|c est exact|c est juste|c est bon|tout est bon|tout est juste|tout a fait|allez y|vous pouvez|ca marche|avec plaisir|parfait|je suis d accord|pas de probleme|exactement|ok|absolument))*"
)
_NO = re.compile(
    r"(?:euh |ben |bah |ah |eh |mais )*(?:non|nan|nn|n|pas du tout|absolument pas|surement pas|certainement pas|jamais|negatif|non non|hors de question)"
    r"(?: (?:non|pas du tout|madame|monsieur|jamais|hein|absolument pas|pas vraiment|malheureusement|helas|c est faux|pas encore))*"
)
_NOT_A_CONSENT = re.compile(r"(?:oui )?(?:bof|c est bon|mouais|si c est gratuit|ca depend|a voir|on verra|peut etre|si vous voulez|comme vous voulez|hum+|mm+h*|euh+)")
_YES_BUT = re.compile(r"\boui\b.*\b(?:mais|si c est|seulement si|a condition|ca depend|et non)\b")
_HUMAN = re.compile(
    r"\bconseill(?:er|ere)\b|(?:vraie?|autre) personne|etre humain|\bun humain\b|\bhumain\b(?! \?)|parler a (?:quelqu un|qqun|une personne|un responsable)|passez moi quelqu un|standardiste|operat(?:eur|rice)\b(?! relais)"
)
_ASKS_WHETHER_HUMAN = re.compile(r"(?:vous etes|etes vous|t es|es tu|c est) (?:un |une |vraiment |bien )*(?:humain|vraie personne|etre humain)")
_CALLBACK = re.compile(
    r"\brappel\w*|plus tard\b|pas (?:maintenant|le moment|le temps)|(?:suis|etais) (?:occupee?|au volant|au travail|en reunion|en rendez vous|a table)|un autre (?:jour|moment)|tombez mal|du monde"
)
_REPEAT = re.compile(r"\brepet\w*|redites|encore une fois|^(?:pardon|hein|quoi|comment|plait il)(?: \?)?$|(?:pas|rien) (?:bien )?(?:entendu|compris)")
_SLOWER = re.compile(r"lentement|trop vite|moins vite|pas si vite|ralenti\w*|trop rapide|doucement")
_WITHDRAW = re.compile(r"laissez tomber|annul\w+|change d avis|finalement (?:non|je (?:ne )?(?:veux|souhaite))|retire mon (?:accord|consentement)|(?:ne )?(?:veux|souhaite) plus (?:de votre aide|participer|etre aide|d aide|rien)|^je refuse")
_RECORDING = re.compile(r"enregistr\w+")
_SCAM = re.compile(r"\barnaq\w*|\barnak\w*|escroc\w*|fishing|phishing|me mefie|voler mes")
_SELF = re.compile(r"c(?: est|)? (?:bien )?moi(?: meme)?\b|\b(?:lui|elle|moi) meme\b|en personne|je reponds pour moi")
_OTHER_ME = re.compile(r"(?:pas|plus) moi\b|moi qui (?:gere|m occupe|suis (?:sa|son))|moi (?:sa|son) ")
_LANGUAGE = re.compile(r"\b(?:speak|english|habla|hablo|entiendo|falo|fala|sprechen|deutsch)\b|(?:parle|comprend\w*) pas (?:bien )?(?:le )?francais")
_NO_DOCTOR = re.compile(
    r"retraite|(?:n ai|j ai|en ai|ai) (?:plus|pas)|(?:parti|arrete|ferme|demenage|decede|mort|quitte)\w*\b|(?:que|seulement|juste) (?:mon|ma|mes|un) |cardiologue|diabetologue|specialiste|dentiste|rhumatologue|cherche|aucun|personne|prennent (?:plus|pas)|remplacant"
)
_NEAR_HOME = re.compile(
    r"(?:pres|proche|proximite|cote|loin|autour|proches) (?:de |d |du )?(?:chez moi|chez nous|la maison|mon domicile|mon quartier|ici|moi)|^(?:chez moi|ici|dans le coin|a proximite|pas (?:trop )?loin|au plus pres|le plus (?:pres|proche)(?: possible)?)$|(?:dans|ds) (?:ma|mon|notre) (?:ville|quartier|commune|village|coin)|dans le (?:coin|quartier)|a proximite"
)
_ANYWHERE = re.compile(r"n importe ou|peu importe(?: ou)?$|\bpartout\b|ou vous voulez|ou il y a de la place|peu importe l endroit|m est egal")
_DEPARTMENT = re.compile(r"(?:tout |dans |n importe ou dans |partout dans )+(?:le |mon |notre )?departement|dans (?:tout )?(?:le|l|la|les) (\d{2,3}|2a|2b)\b")


def understand(
    heard: Heard, pending: Question | None, department: str, now: datetime, verified: bool
) -> Understanding:
    if heard.kind is Kind.OPEN:
        return Understanding(Act.OPEN)
    if heard.kind is Kind.SILENCE or (heard.kind is Kind.WORDS and not heard.text.strip()):
        return Understanding(Act.SILENCE)
    today = local(now, department).date()
    if heard.kind is Kind.KEYPAD:
        return _keyed(heard.digits, pending, department, now)
    said = plain(heard.text)
    # A message of figures only is a date typed or dictated, whatever the classifier makes of it.
    act, explicit = _act(said, heard, pending)
    refused = safety.refused_channel(said) if act is Act.CHANNEL_CHOICE else None
    asked = {Question.MOBILITY, Question.AREA, Question.PREFERENCE, Question.CONFIRMATION}
    dates = pending in {None, Question.IDENTITY, Question.BIRTH_DATE} and not verified
    return Understanding(
        act,
        heard.text,
        explicit=explicit,
        refused_channel=refused,
        birth_date=read_birth_date(heard.text, today) if dates else None,
        mobility=read_mobility(heard.text) if verified and pending in asked else MobilitySaid(),
        travel_limit=read_travel_limit(heard.text) if verified and pending in asked else None,
        scope=_scope(said) if verified and pending in asked else None,
        place=_place(heard.text, pending, department) if verified else None,
        preference=_preference(heard.text, pending) if verified and pending in asked else Preference(),
        callback=read_callback(heard.text, now, department),
    )


def _act(said: str, heard: Heard, pending: Question | None) -> tuple[Act, bool]:
    """The act, and whether the words themselves say it."""
    guessed = _guess(heard)
    if safety.is_distress(said):
        return Act.DISTRESS, True
    if safety.is_emergency(said):
        return Act.EMERGENCY, True
    if guessed in {Act.EMERGENCY, Act.DISTRESS}:
        if heard.confidence >= SURE_OF_DANGER and len(said) > 3 and not safety.is_past_or_figure(said):
            return guessed, False
        guessed = Act.UNCLEAR
    if (channel := safety.refused_channel(said)) is not None and not safety.is_stop_message(said):
        return (Act.CHANNEL_CHOICE if channel else guessed), True
    if safety.opts_out(said):
        return Act.STOP, True
    if safety.wants_a_letter(said):
        return Act.LETTER, True
    if safety.is_voicemail(said):
        return Act.VOICEMAIL, True
    if safety.is_relay_operator(said):
        return Act.RELAY, True
    if _HUMAN.search(said) and not _ASKS_WHETHER_HUMAN.search(said):
        return Act.HUMAN, True
    for act, pattern in (
        (Act.LANGUAGE, _LANGUAGE),
        (Act.SCAM, _SCAM),
        (Act.RECORDING, _RECORDING),
        (Act.SLOWER, _SLOWER),
        (Act.REPEAT, _REPEAT),
    ):
        if pattern.search(said):
            return act, True
    if safety.says_third_party(said):
        return Act.THIRD_PARTY, True
    if safety.says_deceased(said):
        return Act.DECEASED, True
    if safety.says_wrong_number(said):
        return Act.WRONG_NUMBER, True
    if _SELF.search(said) and not _OTHER_ME.search(said):
        return Act.SELF, True
    if _NOT_A_CONSENT.fullmatch(said) or _YES_BUT.search(said):
        return Act.UNSURE, True
    if _YES.fullmatch(said):
        return Act.YES, True
    if _NO.fullmatch(said):
        return Act.NO, True
    if _WITHDRAW.search(said):
        return Act.REFUSE, True
    if pending is Question.SITUATION and _NO_DOCTOR.search(said):
        return Act.NO_DOCTOR, True
    if _CALLBACK.search(said) and pending is not Question.CALLBACK_TIME:
        return Act.CALLBACK, True
    return guessed, False


def _guess(heard: Heard) -> Act:
    try:
        act = Act(heard.intent)
    except ValueError:
        return Act.UNCLEAR
    if act in _NEEDS_MORE:
        wanted = SURE_OF_DANGER
    elif act is Act.YES:
        wanted = SURE_OF_A_YES
    else:
        wanted = SURE_ENOUGH
    return act if heard.confidence >= wanted else Act.UNCLEAR


def _scope(said: str) -> AreaScope | None:
    if _DEPARTMENT.search(said):
        return AreaScope.DEPARTMENT
    if _NEAR_HOME.search(said):
        return AreaScope.NEAR_HOME
    return AreaScope.ANYWHERE if _ANYWHERE.search(said) else None


def named_department(said: str) -> str | None:
    """The department of « n'importe où dans le 94 »."""
    match = _DEPARTMENT.search(plain(said))
    return match.group(1).upper() if match and match.group(1) else None


def _place(text: str, pending: Question | None, department: str) -> Place | Ambiguous | None:
    if pending is Question.AREA:
        return resolve(text, department)
    if pending in {Question.MOBILITY, Question.PREFERENCE, Question.CONFIRMATION}:
        return resolve_mention(text, department)
    return None


def _preference(text: str, pending: Question | None) -> Preference:
    found = read_preference(text)
    if pending is Question.PREFERENCE:
        return found
    # « Peu importe » answers the question that was asked, which was another one.
    return Preference() if found.none else found


def _keyed(digits: str, pending: Question | None, department: str, now: datetime) -> Understanding:
    today = local(now, department).date()
    if digits == "0":
        return Understanding(Act.HUMAN, digits=digits, explicit=True)
    if pending is Question.BIRTH_DATE or (pending is Question.IDENTITY and len(digits) > 1):
        return Understanding(Act.BIRTH_DATE, digits=digits, birth_date=read_keyed_birth_date(digits, today))
    if pending is Question.MOBILITY:
        return Understanding(Act.KEYS, digits=digits, mobility=read_keyed_mobility(digits))
    if pending is Question.AREA:
        scope = {"1": AreaScope.NEAR_HOME, "2": AreaScope.DEPARTMENT, "3": AreaScope.ANYWHERE}.get(digits)
        return Understanding(Act.KEYS, digits=digits, scope=scope, place=resolve(digits, department) if len(digits) == 5 else None)
    if pending is Question.PREFERENCE:
        chosen = {"1": Preference("female"), "2": Preference("male"), "3": Preference(none=True)}.get(digits, Preference())
        return Understanding(Act.KEYS, digits=digits, preference=chosen)
    if pending is Question.CALLBACK_TIME:
        words = {"1": "le matin", "2": "l'après-midi"}.get(digits, "")
        return Understanding(Act.KEYS, digits=digits, callback=read_callback(words, now, department))
    return Understanding(Act.KEYS, digits=digits)
