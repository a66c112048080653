"""Values and decisions of safety read from words: tables, one line a case (DOMAIN §4)."""

from datetime import UTC, datetime

import pytest

from bot.actions.understanding import safety
from bot.actions.understanding.lexicon import lexicon
from bot.actions.understanding.meaning import Act, Heard, Kind
from bot.actions.understanding.reading import understand
from bot.actions.understanding.text import plain
from outreach.domain.words import Mobility, Question

NOW = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    "said",
    ["STOP", "Stop.", "stop svp", "oui STOP", "ARRET", "Désabonner", "stop merci !", "STOPPER", "Bonjour, stop."],
)
def test_stop_messages(said: str) -> None:
    assert safety.opts_out(plain(said))


@pytest.mark.parametrize(
    "said",
    [
        "laissez-moi tranquille",
        "arrêtez de m'appeler",
        "arrêtez d'appeler",
        "ne m'appelez plus jamais",
        "enlevez-moi de votre liste",
        "je ne veux plus qu'on m'appelle",
        "fichez-moi la paix",
    ],
)
def test_opt_outs_in_words(said: str) -> None:
    assert safety.opts_out(plain(said))


@pytest.mark.parametrize(
    "said",
    [
        "stop j'ai pas compris",
        "je ne veux pas stopper mon traitement",
        "mon médecin m'a dit d'arrêter le tabac",
        "non merci",
        "ne m'appelez plus le matin, plutôt l'après-midi",
        "on s'est arrêté de se voir",
        "pas maintenant",
        "je descends à l'arrêt de bus",
    ],
)
def test_what_is_no_stop(said: str) -> None:
    assert not safety.opts_out(plain(said))


@pytest.mark.parametrize(
    "said",
    [
        "j'ai très mal à la poitrine",
        "ça me serre dans la poitrine",
        "j'arrive plus à respirer",
        "mon mari est tombé il ne se réveille pas",
        "je suis par terre je n'arrive pas à me relever",
        "je fais un malaise",
        "elle est inconsciente",
        "appelez les pompiers vite",
        "au secours",
        "je sens plus mon bras gauche",
        "il y a un homme par terre il ne bouge plus",
        "jarrive pu a respirer",
        "j'ai eu un infarctus il y a dix ans et là ça recommence j'ai mal à la poitrine",
    ],
)
def test_emergencies(said: str) -> None:
    assert safety.is_emergency(plain(said))


@pytest.mark.parametrize(
    "said",
    [
        "j'ai eu un infarctus il y a dix ans",
        "j'ai eu mal à la poitrine l'an dernier",
        "je suis mort de fatigue",
        "c'est à mourir de rire",
        "il y a urgence à trouver un médecin",
        "je vais aux urgences à chaque fois",
        "pas de douleur à la poitrine",
        "je suis tombée l'hiver dernier",
        "j'ai mal au dos",
        "j'ai le coeur brisé",
    ],
)
def test_what_is_no_emergency(said: str) -> None:
    assert not safety.is_emergency(plain(said))
    assert not safety.is_distress(plain(said))


@pytest.mark.parametrize(
    "said",
    ["je veux mourir", "j'ai plus envie de vivre", "je pense au suicide", "je vais me tuer", "je voudrais être morte", "jveux mourir"],
)  # fmt: skip
def test_distress(said: str) -> None:
    assert safety.is_distress(plain(said))


def test_what_somebody_else_once_did_is_no_distress() -> None:
    assert not safety.is_distress(plain("ma soeur s'est suicidée il y a vingt ans"))


def test_despair_is_never_overruled() -> None:
    sure = Heard(Kind.WORDS, "je compte pas finir la semaine", (("inform_mobility", 0.97), ("distress", 0.01)))
    assert understand(sure, Question.MOBILITY, "94", NOW, verified=True).act is Act.DISTRESS


@pytest.mark.parametrize(
    "said",
    [
        "si je fais un malaise la nuit j'appelle qui",
        "il y a une émission sur le suicide ce soir",
        "j'ai perdu espoir d'en trouver un",
        "j'étouffe vite quand il fait chaud",
    ],
)
def test_ifs_habits_and_broadcasts_are_no_danger(said: str) -> None:
    assert not safety.is_emergency(plain(said))
    assert not safety.is_distress(plain(said))


def test_peace_at_certain_hours_is_no_stop() -> None:
    assert not safety.opts_out(plain("laissez-moi tranquille le week-end, sinon lundi matin"))
    assert safety.opts_out(plain("laissez-moi tranquille"))
    assert safety.opts_out(plain("laissez-moi tranquille le week-end et jamais plus d'appels"))


def test_a_relay_operator_is_no_third_party() -> None:
    said = plain("je suis opérateur relais pour une personne sourde")
    assert safety.is_relay_operator(said)
    assert not safety.says_third_party(said)


@pytest.mark.parametrize(
    ("said", "intent", "pending", "act"),
    [
        ("c'est bon", "affirm", Question.CONSENT_ASSISTANCE, Act.UNSURE),
        ("si c'est gratuit", "is_free", Question.CONSENT_ASSISTANCE, Act.UNSURE),
        ("oui si c'est gratuit", "affirm", Question.CONSENT_ASSISTANCE, Act.UNSURE),
        ("oui merci", "goodbye", Question.CONSENT_ASSISTANCE, Act.YES),
        ("non c'est pas moi", "wrong_number", Question.IDENTITY, Act.NO),
        ("vous êtes un vrai humain ?", "are_you_robot", Question.IDENTITY, Act.ROBOT),
        ("stop j'ai pas compris", "stop", Question.MOBILITY, Act.REPEAT),
        ("plus de sms mais appelez-moi", "stop", Question.SITUATION, Act.CHANNEL_CHOICE),
        ("arrêtez de m'envoyer des messages", "channel_choice", Question.SITUATION, Act.STOP),
        ("arretez de menvoyer des sms, appelez moi plutot", "stop", Question.SITUATION, Act.CHANNEL_CHOICE),
        ("ben si c'est gratuit oui", "affirm", Question.CONSENT_ASSISTANCE, Act.UNSURE),
        ("si c gratos ok", "affirm", Question.CONSENT_ASSISTANCE, Act.UNSURE),
        ("avec ma canne doucement ça va", "inform_mobility", Question.MOBILITY, Act.MOBILITY),
        ("je suis au travail écrivez-moi ce soir", "callback", Question.IDENTITY, Act.CALLBACK),
        ("c'est sa fille maman n'est plus parmi nous", "deceased", Question.SITUATION, Act.DECEASED),
        ("maman n'est plus parmi nous", "deceased", Question.SITUATION, Act.UNCLEAR),
        ("elle est à l'enterrement de sa sœur", "third_party", Question.IDENTITY, Act.THIRD_PARTY),
        ("c'est sa voisine elle ne réagit plus", "third_party", Question.IDENTITY, Act.EMERGENCY),
    ],
)
def test_acts(said: str, intent: str, pending: Question, act: Act) -> None:
    heard = Heard(Kind.WORDS, said, ((intent, 0.95),))
    verified = pending is not Question.IDENTITY
    assert understand(heard, pending, "94", NOW, verified).act is act


@pytest.mark.parametrize("intent", ["emergency", "stop", "deceased", "wrong_number"])
def test_the_classifier_alone_needs_more_confidence_for_safety(intent: str) -> None:
    doubtful = understand(Heard(Kind.WORDS, "blabla machin", ((intent, 0.3),)), Question.IDENTITY, "94", NOW, False)
    assert doubtful.act is Act.UNCLEAR


def test_every_expression_of_the_lexicon_is_plain_text() -> None:
    from pathlib import Path

    folder = Path(str(lexicon.__wrapped__.__code__.co_filename)).parent / "lexicon"
    for file in sorted(folder.glob("*.txt")):
        lexicon(file.stem)
        for line in file.read_text(encoding="utf-8").splitlines():
            if not line.startswith("#"):
                assert line.isascii(), (file.name, line)
                assert line, file.name
                assert line == line.strip(), (file.name, line)


@pytest.mark.parametrize(
    "said",
    [
        "bonjour vous êtes bien sur la messagerie de",
        "vous êtes sur le répondeur des Exemple",
        "bienvenue sur la messagerie orange",
        "messagerie vocale bonjour",
        "le répondeur de la famille laissez un message",
        "la messagerie de votre correspondant est pleine",
        "je ne suis pas joignable merci de laisser un message après le bip",
        "laissez-moi un message",
        "votre correspondant n'est pas joignable",
        "le numéro que vous avez demandé n'est pas attribué",
    ],
)
def test_greetings_of_answering_machines(said: str) -> None:
    assert safety.is_voicemail(plain(said))


@pytest.mark.parametrize(
    "said",
    [
        "vous m'avez laissé un message",
        "vous avez laisser un message sur mon répondeur",
        "j'ai eu votre message sur ma messagerie",
        "j'ai écouté le répondeur c'est vous qui appelez",
        "on m'a laissé un message de l'assurance maladie",
        "c'était sur mon répondeur hier",
        "je tombe toujours sur le répondeur du docteur",
        "c'est un répondeur ?",
        "ma messagerie ne marche plus",
        "ne me laissez plus de message",
    ],
)
def test_people_who_tell_of_an_answering_machine(said: str) -> None:
    assert not safety.is_voicemail(plain(said))


def test_who_cannot_manage_alone_has_not_told_how_they_travel() -> None:
    said = "ah bah oui je veux bien parce que toute seule j'y arrive pas"
    heard = Heard(Kind.WORDS, said, (("affirm", 0.95),))
    asked_for_help = understand(heard, Question.CONSENT_ASSISTANCE, "94", NOW, True)
    assert not asked_for_help.mobility.ways
    asked_how = understand(heard, Question.MOBILITY, "94", NOW, True)
    assert asked_how.mobility.ways == {Mobility.ACCOMPANIED}
