"""What an adviser does on a request: kept, done once, undone; what two of them do at once; what is typed too late."""

import re
from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import httpx
import pytest
from sqlalchemy import update

from api import sessions
from outreach.database.models import Attempt, Patient, Request, RequestEvent
from outreach.domain.words import CallResult, Outcome
from outreach.errors import BusinessError
from outreach.services import erasure, request_acts, requests
from outreach.services.request_log import NotYours
from tests.api.world import VILLEJUIF, Desk, csrf_of, log_in

Browse = Callable[[str], httpx.Client]


class Adviser:
    """Somebody at the page of one request."""

    def __init__(self, browser: httpx.Client, request_id: UUID) -> None:
        self.browser = browser
        self.address = f"/demandes/{request_id}"

    def page(self) -> str:
        return self.browser.get(self.address).text

    def form(self, **fields: object) -> dict[str, object]:
        """The hidden fields of the page as it is now, and what is typed."""
        page = self.page()
        hidden: dict[str, object] = dict(re.findall(r'name="(csrf|jeton|version)" value="([^"]+)"', page))
        return {**hidden, **fields}

    def sends(self, act: str, form: dict[str, object]) -> httpx.Response:
        return self.browser.post(f"{self.address}/{act}", data=form)

    def does(self, act: str, **fields: object) -> httpx.Response:
        return self.sends(act, self.form(**fields))


@pytest.fixture
def at_work(desk: Desk, logged_in: Browse) -> Adviser:
    """Camille, who holds a request."""
    adviser = Adviser(logged_in("camille"), desk.request().id)
    assert adviser.does("prendre").status_code == 303
    return adviser


def _events(desk: Desk, request_id: UUID) -> list[RequestEvent]:
    with desk.runtime.transaction() as session:
        return list(requests.events(session, request_id))


def _id(adviser: Adviser) -> UUID:
    return UUID(adviser.address.rsplit("/", 1)[-1])


def test_notes_and_calls_are_in_the_log(at_work: Adviser) -> None:
    assert at_work.does("note", note="Sa fille l’aide.\nLe mardi.").headers["location"].endswith("?fait=note")
    assert at_work.does("appel", issue="voicemail", note="Rappellera.").status_code == 303
    page = at_work.page()
    for shown in ("Sa fille l’aide.\nLe mardi.", "Message laissé au répondeur", "Rappellera.", "appel à la personne"):
        assert shown in page


def test_answers_are_corrected_and_the_old_ones_stay(desk: Desk, at_work: Adviser) -> None:
    done = at_work.does(
        "reponses",
        deplacements=["home_visit", "accompanied"],
        minutes="30",
        lieu="commune",
        commune="Ivry-sur-Seine",
        genre="",
        note="Elle ne sort plus.",
    )
    assert done.headers["location"].endswith("?fait=corrigee")
    request = desk.read_request(_id(at_work))
    assert (request.mobility, request.max_travel_minutes) == (["accompanied", "home_visit"], 30)
    assert request.area is not None
    assert (request.area["commune"], request.area["insee_code"]) == ("Ivry-sur-Seine", "94041")
    page = at_work.page()
    for shown in (
        "accès sans marches → accompagnée ou accompagné, visite à domicile",
        "20 minutes au plus → 30 minutes au plus",
        "Villejuif (94800) → Ivry-sur-Seine (94200)",
        "une femme → Aucun souhait",
        "corrigé par camille",
        "Avec un déambulateur, vingt minutes.",
        "Elle ne sort plus.",
    ):
        assert shown in page, shown


def test_a_form_that_changes_nothing_writes_nothing(desk: Desk, at_work: Adviser) -> None:
    before = len(_events(desk, _id(at_work)))
    unchanged = at_work.does(
        "reponses",
        deplacements=["wheelchair"],
        minutes="20",
        lieu="commune",
        commune="Villejuif (94800)",
        genre="female",
    )
    assert unchanged.headers["location"].endswith("?fait=inchangee")
    assert len(_events(desk, _id(at_work))) == before
    assert desk.read_request(_id(at_work)).area == VILLEJUIF


@pytest.mark.parametrize(
    ("act", "fields", "said", "kept"),
    [
        ("note", {"note": "x" * 2001}, "2000 caractères au plus", "x" * 2001),
        ("note", {"note": "  "}, "Écrivez quelque chose", ""),
        ("appel", {"note": "Elle rappellera."}, "Dites comment", "Elle rappellera."),
        ("rappel", {"jour": "2026-11-20", "de": "10:00", "a": "11:00"}, "déjà passé", 'value="2026-11-20"'),
        ("rappel", {"jour": "demain", "de": "10:00", "a": "11:00"}, "Choisissez un jour", 'value="demain"'),
        ("reponses", {"lieu": "commune", "commune": "Nulleville", "minutes": "45"}, "ne s’appelle ainsi", "Nulleville"),
        ("reponses", {"lieu": "commune", "commune": "Saint-Martin", "other": "calme"}, "Précisez le code", "calme"),
        ("reponses", {"minutes": "-4"}, "nombre entre 1 et 600", 'value="-4"'),
        ("clore", {"result": "nonsense", "note": "Finie."}, "Choisissez comment", "Finie."),
        ("passer", {"a_qui": "andrea", "note": "Le soir."}, "de la liste", "Le soir."),
    ],
)
def test_a_wrong_field_is_said_beside_it_and_nothing_typed_is_lost(
    at_work: Adviser, act: str, fields: dict[str, object], said: str, kept: str
) -> None:
    answer = at_work.does(act, **fields)
    assert answer.status_code == 422
    assert re.search(r'aria-invalid="true" aria-describedby="[a-z_-]+-erreur', answer.text)
    assert said in answer.text
    assert kept in answer.text


def test_the_hour_asked_for_moves_a_request_in_the_queue(desk: Desk, at_work: Adviser) -> None:
    at_work.does("rappel", jour="2026-11-24", de="16:00", a="17:00")
    other = desk.request()
    at_work.does("rendre")
    with desk.runtime.transaction() as session:
        alex = desk.account(session, "alex")
        order = [item.id for item in requests.queued(session, requests.Filters(), desk.now).items]
        assert order == [other.id, _id(at_work)]
        requests.claim(session, other.id, alex, desk.now)
        assert requests.claim_next(session, alex, desk.now) is None
    desk.clock.set(desk.now.replace(hour=15, minute=45))
    later = desk.request()
    with desk.runtime.transaction() as session:
        order = [item.id for item in requests.queued(session, requests.Filters(status="new"), desk.now).items]
        assert order == [_id(at_work), later.id]
        taken = requests.claim_next(session, desk.account(session, "alex"), desk.now)
        assert taken is not None
        assert taken.id == _id(at_work)


def test_sent_twice_it_is_done_once(desk: Desk, at_work: Adviser) -> None:
    form = at_work.form(note="Une seule fois.")
    first, second = at_work.sends("note", form), at_work.sends("note", form)
    assert first.headers["location"] == second.headers["location"]
    assert [event.act for event in _events(desk, _id(at_work))].count("noted") == 1
    # Back, then other words: that is another note, and isn't lost.
    assert at_work.sends("note", {**form, "note": "Une autre."}).status_code == 303
    assert [event.act for event in _events(desk, _id(at_work))].count("noted") == 2


def test_next_sent_twice_takes_one_request(desk: Desk, logged_in: Browse) -> None:
    for _ in range(3):
        desk.request()
    camille = logged_in("camille")
    page = camille.get("/demandes").text
    form = dict(re.findall(r'name="(csrf|jeton)" value="([^"]+)"', page))
    first, second = (camille.post("/demandes/suivante", data=form) for _ in range(2))
    assert first.headers["location"] == second.headers["location"]
    with desk.runtime.transaction() as session:
        assert requests.count(session, requests.Filters(status="claimed")) == 1


def test_two_tabs_the_second_is_told_who_changed_it_and_keeps_its_words(at_work: Adviser) -> None:
    old = at_work.form(note="Parce que c’est loin.", deplacements=["accompanied"], lieu="near_home")
    at_work.does("rappel", jour="2026-11-25", de="10:00", a="11:00")
    answer = at_work.sends("reponses", old)
    assert answer.status_code == 409
    assert "modifiée entre-temps par camille" in answer.text
    assert "Parce que c’est loin." in answer.text
    # Read again, the same words go through.
    fresh = dict(re.findall(r'name="(csrf|jeton|version)" value="([^"]+)"', answer.text))
    assert at_work.sends("reponses", {**old, **fresh}).headers["location"].endswith("?fait=corrigee")


def test_a_note_never_conflicts(at_work: Adviser) -> None:
    old = at_work.form(note="Ajoutée.")
    at_work.does("rappel", jour="2026-11-25", de="10:00", a="11:00")
    assert at_work.sends("note", old).status_code == 303


def test_who_lost_the_request_keeps_what_they_wrote(desk: Desk, at_work: Adviser, logged_in: Browse) -> None:
    form = at_work.form(result="advised", note="Longue explication.")
    desk.clock.advance(requests.LEASE + timedelta(seconds=1))
    alex = Adviser(logged_in("alex"), _id(at_work))
    assert alex.does("prendre").status_code == 303
    answer = at_work.sends("clore", form)
    assert answer.status_code == 409
    assert "n’est plus à vous" in answer.text
    assert "Longue explication." in answer.text
    assert desk.read_request(_id(at_work)).status == "claimed"


def test_work_renews_the_lease(desk: Desk, at_work: Adviser) -> None:
    for act, fields in (
        ("note", {"note": "x"}),
        ("appel", {"issue": "busy"}),
        ("rappel", {"sans": "oui"}),
    ):
        desk.clock.advance(requests.LEASE - timedelta(minutes=1))
        assert at_work.does(act, **fields).status_code == 303
        with desk.runtime.transaction() as session:
            assert requests.expire(session, desk.now) == 0
    desk.clock.advance(requests.LEASE + timedelta(minutes=1))
    with desk.runtime.transaction() as session:
        assert requests.expire(session, desk.now) == 1


def test_a_colleague_notes_what_they_heard_without_taking_the_request(
    desk: Desk, at_work: Adviser, logged_in: Browse
) -> None:
    alex = Adviser(logged_in("alex"), _id(at_work))
    assert alex.does("note", note="Elle a appelé ici.").status_code == 303
    assert alex.does("rappel", sans="oui").status_code == 409
    assert "Elle a appelé ici." in at_work.page()
    assert desk.read_request(_id(at_work)).claimed_by is not None


def test_passed_on_with_notice(desk: Desk, at_work: Adviser, logged_in: Browse) -> None:
    assert at_work.does("passer", a_qui="alex", note="Parle portugais.").headers["location"] == "/demandes?fait=passee"
    alex = Adviser(logged_in("alex"), _id(at_work))
    assert "Une demande vous est passée" in alex.browser.get("/demandes").text
    page = alex.page()
    assert "à alex" in page
    assert "Parle portugais." in page
    assert "Une demande vous est passée" not in alex.browser.get("/demandes").text
    assert alex.does("note", note="Vu.").status_code == 303
    assert at_work.does("clore", result="advised").status_code == 409


@pytest.mark.parametrize("login", ["camille", "dominique", "nobody"])
def test_passed_on_to_an_open_adviser_alone(desk: Desk, login: str) -> None:
    request = desk.request()
    with desk.runtime.transaction() as session:
        camille = desk.account(session, "camille")
        requests.claim(session, request.id, camille, desk.now)
        with pytest.raises(BusinessError):
            requests.pass_on(session, request.id, camille, login, None, desk.now)


def test_the_last_step_is_undone(desk: Desk, at_work: Adviser) -> None:
    before = desk.read_request(_id(at_work))
    at_work.does("reponses", deplacements=["home_visit"], lieu="anywhere")
    at_work.does("rappel", jour="2026-11-25", de="10:00", a="11:00")
    at_work.does("note", note="De trop.")
    for words in ("note", "rappel", "réponses corrigées"):
        page = at_work.page()
        button = re.search(r'name="geste" value="(\d+)">\s*<button[^>]*>Annuler : ([^,]+),', page)
        assert button is not None
        assert button[2] == words
        assert at_work.does("annuler", geste=button[1]).headers["location"].endswith("?fait=annulee")
    after = desk.read_request(_id(at_work))
    for name in ("mobility", "max_travel_minutes", "area", "preference", "callback_from", "callback_to"):
        assert getattr(after, name) == getattr(before, name), name
    page = at_work.page()
    assert "Annuler :" not in page
    assert "<s>note – camille</s>" in page
    assert "De trop." in page


def test_a_closed_request_is_opened_again_unless_there_is_a_new_one(desk: Desk, at_work: Adviser) -> None:
    at_work.does("clore", result="advised")
    closing = _events(desk, _id(at_work))[-1]
    assert at_work.does("annuler", geste=str(closing.id)).status_code == 303
    opened = desk.read_request(_id(at_work))
    assert (opened.status, opened.result, opened.closed_at) == ("claimed", None, None)
    at_work.does("clore", result="advised")
    desk.calls(desk.patient_of(opened), Outcome.ACCEPTED)
    closing = _events(desk, _id(at_work))[-1]
    assert at_work.does("annuler", geste=str(closing.id)).status_code == 409
    assert desk.read_request(_id(at_work)).status == "closed"


def test_what_a_colleague_did_is_not_mine_to_undo(desk: Desk, at_work: Adviser, logged_in: Browse) -> None:
    at_work.does("note", note="À moi.")
    noted = _events(desk, _id(at_work))[-1]
    alex = Adviser(logged_in("alex"), _id(at_work))
    assert alex.does("annuler", geste=str(noted.id)).status_code == 409
    alex.does("note", note="À l’autre.")
    assert at_work.does("annuler", geste=str(noted.id)).status_code == 409


def test_a_half_written_note_comes_back_after_the_login(
    desk: Desk,
    at_work: Adviser,
    client: httpx.Client,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    form = at_work.form(note="Elle préfère le matin, et")
    with monkeypatch.context() as patched:
        patched.setattr(sessions, "IDLE_SECONDS", -1)
        late = at_work.sends("note", form)
        location = late.headers["location"]
        assert location.startswith("/connexion?suite=")
        assert "matin" not in location
        assert "Ce que vous avez écrit est gardé" in at_work.browser.get(location).text
    assert [event.act for event in _events(desk, _id(at_work))] == ["claimed"]
    # Whoever else logs in at this screen doesn't get it.
    at_work.browser.cookies.clear()
    log_in(at_work.browser, "alex")
    assert "le matin, et" not in at_work.page()
    at_work.browser.cookies.clear()
    log_in(at_work.browser, "camille")
    page = at_work.page()
    assert "Pas encore enregistré" in page
    assert "Elle préfère le matin, et</textarea>" in page
    assert at_work.does("note", note="Elle préfère le matin, et le mardi.").status_code == 303
    assert "Pas encore enregistré" not in at_work.page()
    assert "matin" not in caplog.text


def test_what_was_kept_can_be_dropped(at_work: Adviser, monkeypatch: pytest.MonkeyPatch) -> None:
    form = at_work.form(deplacements=["home_visit"], commune="Ivry", other="au calme")
    with monkeypatch.context() as patched:
        patched.setattr(sessions, "LONGEST_SECONDS", -1)
        at_work.sends("reponses", form)
    at_work.browser.cookies.clear()
    log_in(at_work.browser, "camille")
    assert 'value="au calme"' in at_work.page()
    assert at_work.does("jeter", formulaire=f"{at_work.address}/reponses").status_code == 303
    assert 'value="au calme"' not in at_work.page()


def test_a_forged_form_keeps_nothing(desk: Desk, at_work: Adviser, monkeypatch: pytest.MonkeyPatch) -> None:
    form = {**at_work.form(note="Planté."), "csrf": "forged"}
    with monkeypatch.context() as patched:
        patched.setattr(sessions, "IDLE_SECONDS", -1)
        assert at_work.sends("note", form).headers["location"] == "/connexion"
    at_work.browser.cookies.clear()
    log_in(at_work.browser, "camille")
    assert "Planté." not in at_work.page()


def test_an_erasure_takes_notes_and_drafts_with_it(
    desk: Desk, at_work: Adviser, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_work.does("note", note="Sa voisine Mme Modèle a la clef.")
    form = at_work.form(note="Jamais envoyé.")
    with monkeypatch.context() as patched:
        patched.setattr(sessions, "IDLE_SECONDS", -1)
        at_work.sends("note", form)
    with desk.runtime.transaction() as session:
        session.execute(update(Attempt).values(status="ended"))
        erasure.erase(session, desk.reference_of(desk.read_request(_id(at_work))), desk.now, "tests", None)
    at_work.browser.cookies.clear()
    log_in(at_work.browser, "camille")
    page = at_work.page()
    assert "Mme Modèle" not in page
    assert "Jamais envoyé" not in page


def test_only_the_holder_corrects_answers(desk: Desk) -> None:
    request = desk.request()
    with desk.runtime.transaction() as session:
        camille = desk.account(session, "camille")
        with pytest.raises(NotYours):
            request_acts.edit_answers(
                session, request.id, camille, request_acts.Answers([], None, None, None, None), desk.now
            )
        request_acts.log_call(session, request.id, camille, CallResult.BUSY, None, desk.now)


def test_csrf_tokens_are_in_every_form(at_work: Adviser) -> None:
    page = at_work.page()
    assert page.count('<form class="') + page.count('<form method="post"') > 0
    for form in re.findall(r'<form[^>]*method="post".*?</form>', page, re.DOTALL):
        assert 'name="csrf"' in form
    assert csrf_of(at_work.browser, "/demandes") in page


def test_a_task_is_promised_for_a_day(desk: Desk, at_work: Adviser) -> None:
    wrong = at_work.does("tache", note="Envoyer le formulaire à sa fille.", jour="2026-11-01")
    assert wrong.status_code == 422
    assert "Choisissez un jour entre aujourd’hui et dans un an." in wrong.text
    assert "Envoyer le formulaire à sa fille." in wrong.text
    assert "Écrivez ce qu’il y a à faire." in at_work.does("tache", note=" ", jour="2026-11-27").text
    form = at_work.form(note="Envoyer le formulaire à sa fille.", jour="2026-11-27")
    assert [at_work.sends("tache", form).status_code for _ in range(2)] == [303, 303]
    at_work.does("tache", note="Rappeler la CPAM.", jour="2026-11-24", equipe="oui")
    page = at_work.page()
    assert page.count("Envoyer le formulaire à sa fille.") == 2, "among the tasks and in the log"
    listed = at_work.browser.get("/taches").text
    assert "Envoyer le formulaire à sa fille." in listed
    assert "à l’équipe" in listed


def test_what_the_agent_hears_meanwhile_is_in_the_log(desk: Desk, at_work: Adviser) -> None:
    assert at_work.does("reponses", deplacements=["home_visit"], minutes="30", lieu="near_home").status_code == 303
    with desk.runtime.transaction() as session:
        patient = session.get_one(Patient, session.get_one(Request, _id(at_work)).patient_id)
    desk.calls(patient, Outcome.ACCEPTED)
    page = at_work.page()
    assert "réponses changées par l’assistant" in page
    assert "Déplacements : visite à domicile → accès sans marches" in page
    assert "corrigé par camille" not in page, "the person has said it anew"
    events = [event for event in _events(desk, _id(at_work)) if event.act == "answers_changed"]
    assert [event.account_id for event in events] == [None]
    desk.calls(patient, Outcome.ACCEPTED)
    assert at_work.page().count("réponses changées par l’assistant") == 1, "the same again changes nothing"
