"""Decisions of safety read from the words themselves, whatever the classifier thinks (DOMAIN §3, §4).

Everything here works on `plain` text. A past illness and a figure of speech are no emergency.
"""

import re

_STOP_WORDS = {"stop", "stopp", "arret", "arrets", "arrete", "arretez", "stopper", "stoppez", "desabonner", "desabonnement", "desinscrire", "desinscription", "unsubscribe"}  # fmt: skip
_COURTESY = {"oui", "non", "ok", "merci", "svp", "stp", "s", "il", "vous", "te", "plait", "bonjour", "bonsoir", "madame", "monsieur", "de", "rien", "d", "accord", "au", "revoir", "cordialement", "sms", "a", "tous", "tout"}  # fmt: skip
_TIME_OF_DAY = re.compile(r"\bmatins?\b|apres midi|\bsoir|\d ?h\b|heures|maintenant|aujourd hui|tout de suite|lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche")
_OPT_OUT = re.compile(
    r"(?:laiss\w+|lais+ez|foute[rz]?|fichez|fiche|lache[rz]?|lachez)[ -]?(?:moi|nous|la)(?: \w+){0,2} (?:tranquil\w*|en paix|la paix|paix|grappe)|"
    r"(?:foutez|fichez|laissez) (?:moi|nous) la paix|\blachez (?:moi|nous)\b|"
    r"(?:arret\w+|cess\w+|stop\w*) (?:de |d )?(?:m |me |nous |vos |les |d )?(?:re)?(?:appel\w*|telephon\w*|harcel\w*|derang\w*|contact\w*|embet\w*|emmerd\w*|relanc\w*|messag\w*|ecri\w*)|"
    r"(?:ne |n )?(?:m |me |nous )(?:re)?(?:appel\w*|contact\w*|telephon\w*|derang\w*|ecri\w*|relanc\w*) (?:plus|jamais)|"
    r"(?:veux|souhaite|veut|desire|accepte) (?:plus|pas) (?:jamais )?(?:etre (?:re)?(?:appel|contact|derang|sollicit)\w*|qu on (?:m|me|nous) (?:re)?(?:appel|contact|derang)\w*|que vous (?:m |me |nous )?(?:re)?(?:appel|contact|derang)\w*|recevoir|(?:de )?vos (?:appels|messages|coups))|"
    r"plus (?:jamais )?d appels?\b|plus de vos (?:appels|messages)|"
    r"(?:enlev|retir|ray|supprim|effac|oter|otez|radi)\w* .{0,25}(?:liste|numero|fichier|nom|coordonnees)|"
    r"desinscri\w+|desabonn\w+|\bm oppose\b|fais opposition|droit d opposition|marre de vos (?:appels|messages)|suffit vos (?:appels|messages)|vous m emmerdez|allez (?:vous faire|au diable)"
)
_TREATMENT = re.compile(r"traitement|medicament|tabac|fumer|alcool|cachets|travail|arret de travail|compris|attend|entend|vite|repet")
_LETTER = re.compile(
    r"(?:envoy\w+|adress\w+|fait\w+|prefer\w+|veux|voudrais|recevoir|plutot|par) (?:moi |nous |donc |plutot )*(?:ca |tout ca |cela )?(?:par |un |une |le |du |que par |seulement par )?(?:courriers?|courier|lettre|la poste|ecrit)\b|"
    r"^(?:un |une |le |par )?(?:courriers?|courier|lettre)(?: (?:svp|s il vous plait|merci|uniquement|papier))*$|\becri\w+ moi\b(?! .*(?:sms|texto|message))|mettez \w+ (?:ca )?par ecrit"
)
_SMS = r"(?:sms|textos?|messages?)"
_CALLS = r"(?:appels?|appel\w+|telephon\w+|coups? de fil)"
_NO_SMS = re.compile(
    rf"(?:plus|pas|arret\w+|stop|cess\w+|sans) (?:de |d |les |des |vos |m envoyer (?:de |des )?|recevoir (?:de |des )?)*{_SMS}|{_SMS} non|n envoy\w+ plus (?:de )?{_SMS}|envoyez plus (?:de |d )?{_SMS}"
)
_NO_CALLS = re.compile(
    rf"(?:plus|pas|arret\w+|stop|cess\w+) (?:de |d |les |des |vos |m )*{_CALLS}|(?:appel\w+|telephon\w+) (?:plus|pas)\b|{_CALLS} non"
)
_CALLS_WELCOME = re.compile(rf"\bappelez|pouvez (?:m )?appeler|{_CALLS} (?:ca va|ok|oui|d accord)|(?:prefere|plutot|que) (?:le |les |un |par )?(?:telephone|{_CALLS})")
_SMS_WELCOME = re.compile(rf"{_SMS} (?:ca va|ok|oui|seulement|plutot|uniquement|d accord|c est bon)|(?:par|des|que des|que les|les|un|envoyez (?:moi )?(?:des |un )?) {_SMS}|envoyez (?:des |un )?{_SMS}")

_PAST = re.compile(
    r"il y a (?:\d+|un|une|deux|trois|quatre|cinq|six|sept|huit|neuf|dix|quinze|vingt|trente|quelques|longtemps|des|plusieurs) ?(?:ans?|annees?|mois|semaines?|jours?)?|"
    r"\bl an(?:nee)? (?:dernier|derniere|passee?)|en (?:19|20)\d\d|en deux mille|en mille neuf|(?:mois|semaine|hiver|ete|annee|printemps|automne) (?:dernier|derniere|passee?)|"
    r"autrefois|a l epoque|dans le temps|quand j etais|\bj avais\b|\bavait\b|\bdeja (?:eu|fait)\b|antecedent|\bdepuis (?:\d+|des|deux|trois|dix|vingt) ?(?:ans|annees)|\bj ai eu (?:un |une |deux )?(?:infarctus|avc|crise|attaque|malaise)|\bj ai fait (?:un |une |deux )?(?:infarctus|avc|crise|attaque|malaise)"
)
_NOW = re.compile(r"\bla maintenant\b|\bmaintenant\b|en ce moment|tout de suite|\bvite\b|\bla la\b|\bet la\b|encore la\b|recommence|a l instant|secours|aidez moi")
_FIGURE = re.compile(
    r"mour\w* (?:de )?(?:rire|faim|soif|froid|chaud|peur|ennui|honte|fatigue|envie)|meurs (?:de|d) (?:rire|faim|soif|froid|chaud|peur|ennui|fatigue|envie)|mort\w* de (?:rire|faim|soif|froid|fatigue|peur|trouille|inquietude)|"
    r"crise de (?:fou )?(?:rire|nerfs?)|urgen\w+ (?:a|de|pour|d) (?:trouver|avoir|voir)|urgent de|pas (?:une |d |si )?urgen\w+|aux urgences|coeur (?:brise|gros|sur la main)|ca me tue|me (?:tue|tuer) (?:a|au) (?:la tache|travail|vous)|"
    r"(?:film|serie|livre|roman|chanson|tele)\b|administrati\w+"
)
_EMERGENCY = re.compile(
    r"(?:mal|douleurs?|serre\w*|oppress\w*|brul\w*|pointe|etau|poids) .{0,25}(?:poitrine|thorax)|poitrine .{0,20}(?:serre|mal|brul|ecras|etau)|mal (?:au|dans le) coeur .{0,20}serre|"
    r"(?:arriv\w*|peux|peut|arrive) (?:plus|pas|pu|a peine|meme plus) (?:a )?(?:respir\w*)|respir\w* (?:plus|pas\b|tres mal|mal\b)|(?:du mal|mal|difficulte\w*) a respirer|souffle coupe|manque d air|"
    r"\b(?:m )?etouffe\w*|s etouffe|suffoqu\w+|"
    r"perdu connaissance|perd connaissance|inconscient\w*|evanoui\w*|tomb\w+ dans les pommes|(?:reveille|repond|bouge|reagit) (?:plus|pas)\b|"
    r"(?:fais|fait|faire|en train de faire|a|avoir) (?:un |une )(?:malaise|infarctus|avc|crise cardiaque|attaque|arret cardiaque|hemorragie|crise d epilepsie)|"
    r"(?:appel\w+|faut|besoin d|envoy\w+|vite) (?:moi )?(?:vite )?(?:le |les |une |des |l )?(?:pompiers?|samu|ambulance (?:vite|tout|maintenant)|secours|quinze vite)|au secours|^a l aide|\ba l aide\b|"
    r"saign\w+ (?:beaucoup|enormement|ca|sans|abondamment|partout)|(?:ca |je )saigne|arrete pas de saigner|hemorragie|per\w+ (?:beaucoup de |du |plein de )sang|plein de sang|"
    r"convuls\w+|(?:sens|sent|bouge) (?:plus|pas) (?:mon|ma|le|la|son|sa|mes) (?:bras|jambes?|visage|main|cote|corps)|bras .{0,20}(?:paralys|engourdi)|bouche (?:de travers|tordue|qui tombe)|paralys\w+|arrive plus a parler|"
    r"(?:tomb|par terre|chute)\w*.{0,45}(?:relever|releve|bouge|reveille|lever)|(?:par terre|au sol) .{0,30}(?:bouge|releve|peux pas|peut pas)|"
    r"aval\w+ .{0,30}(?:medicaments|cachets|comprimes|javel|boite)|intoxiqu\w+|(?:y a |il y a |a )le feu\b|au feu\b|en train de mourir|je meurs\b|va mourir\b|c est une urgence|urgence vitale|chose grave .{0,15}arriv|(?:me|vais) (?:sens |sentir )?(?:partir|mourir la)|"
    r"mal au coeur .{0,15}serre"
)
_DISTRESS = re.compile(
    r"\bsuicid\w*|"
    r"(?:envie|veux|vais|voudrais|prefer\w*|pense\w* (?:a|sans cesse a)|songe\w* a|aimerais|pens\w+|idee|idees|envie|compte|besoin) (?:a |de |d |plutot |juste )?(?:bien )?(?:mourir|crever|en finir|disparaitre|me (?:tuer|pendre|jeter|flinguer|foutre en l air|supprimer|noyer|balancer)|m endormir et)|"
    r"(?:envie|jveux|veut) (?:en|den) finir|jveux mourir|"
    r"(?:plus|pas) (?:envie de |la force de |le gout de |gout a |gout de )?(?:vivre\b|envie de la vie|gout a la vie)|fin a (?:mes|ses) jours|etre mort\w?\b|mieux morte?\b|mieux sans moi|"
    r"(?:plus|pas) me reveiller|me (?:tuer|pendre|jeter par|foutre en l air|flinguer|faire sauter|ouvrir les veines)\b|(?:a quoi bon|ca sert a rien|sert a rien de|sert plus a rien de) (?:de )?vivre|vie (?:ne |n )?(?:vaut|a plus)|en peux plus (?:de la vie|de vivre)|plus (?:etre|de raison d etre) la\b|tentative (?:hier|ce matin)"
)
_SOMEONE_ELSES_PAST = re.compile(r"(?:soeur|frere|mere|pere|fils|fille|mari|femme|voisin\w*|ami\w*|oncle|tante|cousin\w*|docteur|medecin) .{0,15}(?:s est|s etait|s etait) (?:suicid\w*|tue\w*|pendu\w*)")
_NEGATED = re.compile(r"(?:pas|plus|aucune?|jamais|sans) (?:de |d |une? |du tout )?(?:mal (?:a la|dans la) poitrine|douleurs?|malaise|urgence|crise|idees? (?:noires?|suicid\w*)|suicid\w*|envie de (?:mourir|me suicider))|(?:pas|plus) (?:mourir|me suicider)")


def is_stop_message(said: str) -> bool:
    """A message that is only a stop word, courtesy aside."""
    words = [word for word in said.replace("?", " ").split() if word not in _COURTESY]
    return bool(words) and all(word in _STOP_WORDS for word in words)


def opts_out(said: str) -> bool:
    if is_stop_message(said):
        return True
    match = _OPT_OUT.search(said)
    if match is None:
        return False
    if _TREATMENT.search(said) and not re.search(r"appel|contact|tranquille|paix|liste", said):
        return False
    # « Ne m'appelez plus le matin » is a wish about hours.
    return not (_TIME_OF_DAY.search(said) and re.search(r"appel\w* plus", match.group()) and "jamais" not in said)


def wants_a_letter(said: str) -> bool:
    return _LETTER.search(said) is not None


def refused_channel(said: str) -> str | None:
    """`sms` or `voice` when that channel alone is refused, the other one being welcome or not spoken of."""
    no_sms, no_calls = _NO_SMS.search(said), _NO_CALLS.search(said)
    if no_calls and re.search(_SMS, said) and _SMS_WELCOME.search(said) and not _CALLS_WELCOME.search(said):
        return "voice"
    if no_sms and (_CALLS_WELCOME.search(said) or not no_calls):
        return "sms"
    return None


def is_distress(said: str) -> bool:
    """Any suicidal word counts, even a sober one; not a figure of speech, nor what somebody else once did."""
    rest = _SOMEONE_ELSES_PAST.sub(" ", _FIGURE.sub(" ", _NEGATED.sub(" ", said)))
    return _DISTRESS.search(rest) is not None


def is_emergency(said: str) -> bool:
    """Something is happening now."""
    rest = _FIGURE.sub(" ", _NEGATED.sub(" ", said))
    if _EMERGENCY.search(rest) is None:
        return False
    return _PAST.search(rest) is None or _NOW.search(rest) is not None


def is_past_or_figure(said: str) -> bool:
    """The classifier alone must not raise an alarm over these."""
    return bool(_PAST.search(said) or _FIGURE.search(said) or _NEGATED.search(said) or _SOMEONE_ELSES_PAST.search(said))


_DECEASED = re.compile(
    r"(?:\bil|\belle|mari|femme|mere|pere|maman|papa|epou\w+|monsieur|madame|personne|conjoint|frere|soeur|on l) (?:\w+ ){0,4}(?:mort|morte|decede\w*|enterre\w*|incinere\w*|quittes?)\b|"
    r"\bdecede\w*\b|\bsa veuve\b|plus de ce monde|nous a quittes|au ciel|feu mon mari"
)
_THIRD_PARTY = re.compile(
    r"(?:je suis|c est|ici|moi c est|ici c est) (?:sa|son|le|la|l|une?|leur) (?:fille|fils|mari|femme|epou\w+|soeur|frere|mere|pere|voisine?|aide|auxiliaire|infirmier\w*|tut\w+|curat\w+|belle|beau|niece|neveu|petit|petite|conjoint\w*|compagn\w+|ami\w*|gardien\w*|aidante?|assistante?)|"
    r"(?:je )?(?:vous )?(?:le|la) passe\b|je vais (?:le|la|l) chercher|(?:il|elle) (?:n )?est (?:pas|plus) (?:la|disponible)\b|(?:reponds|parle|gere|repondre) (?:pour|a la place)(?: de)? (?:elle|lui|ma|mon|sa)|"
    r"je m occupe d(?:e|'| )(?:elle|lui|ses|ma|mon)|(?:je suis|c est) (?:sa |son |le |la )?(?:personne de confiance|representant)"
)
_RELAY = re.compile(r"(?:operat\w+|centre|service) (?:de )?relais|relais telephonique|interprete en langue des signes|roger voice|transcription (?:pour|simultanee)")
_WRONG_NUMBER = re.compile(
    r"(?:faux|mauvais) numero|(?:tromp\w+|erreur) de (?:numero|personne)|pas le bon numero|connais pas (?:cette personne|ce nom|de|d|cette)|personne de ce nom|vous (?:faites|avez fait) erreur|pas mon nom\b|m appelle pas comme|n habite plus|plus son numero"
)


def says_deceased(said: str) -> bool:
    return _DECEASED.search(said) is not None and not re.search(r"medecin|docteur|generaliste|cancer", said)


def says_third_party(said: str) -> bool:
    return _THIRD_PARTY.search(said) is not None and not is_relay_operator(said)


def says_wrong_number(said: str) -> bool:
    return _WRONG_NUMBER.search(said) is not None


def is_relay_operator(said: str) -> bool:
    """Relay operators for deaf people speak for the patient, legitimately."""
    return _RELAY.search(said) is not None


_VOICEMAIL = re.compile(
    r"messagerie|repondeur|apres le (?:bip|top|signal)|bip sonore|laisse[rz]? (?:moi |nous )?(?:un |votre |vos |le )?(?:message|nom|coordonnees)|correspondant n est pas|boite vocale|n est pas attribue"
)


def is_voicemail(said: str) -> bool:
    return _VOICEMAIL.search(said) is not None
