"""Campaigns steered by page: created, started, paused, resumed, stopped; their policy; what they would do."""

import re
from collections.abc import Callable
from datetime import time, timedelta

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import update

from api.pages import policy_words
from api.pages.labels import moment
from api.pages.policy_form import policy_in, values_of
from bot.actions.wording.sentences import document, versions
from outreach.database.models import Contact
from outreach.domain.policy import DEFAULT, AttemptCaps, ContactPolicy, DayWindow, from_document, loosened
from outreach.domain.words import CampaignStatus
from outreach.services import campaigns, comparisons, preview
from tests.api.conftest import Site
from tests.api.world import CAMPAIGN, Desk, csrf_of

Browse = Callable[[str], httpx.Client]
BOARD = f"/tableau/{CAMPAIGN}"


def form_of(client: httpx.Client, page: str, **values: object) -> dict[str, object]:
    """What a page's form sends: its token, its mark against a second sending, and what is typed."""
    text = client.get(page).text
    found = re.search(r'name="jeton" value="([^"]+)"', text)
    version = re.search(r'name="version" value="(\d+)"', text)
    assert found is not None, text
    kept = {"version": version[1]} if version else {}
    return {"csrf": csrf_of(client, page), "jeton": found[1], **kept, **values}


def policy_form(rules: ContactPolicy, **changes: object) -> dict[str, object]:
    return {key: value for key, value in {**values_of(rules), **changes}.items() if key != "windows"}


# Creating


def test_a_campaign_is_created_with_the_default_policy_and_a_target(desk: Desk, logged_in: Browse) -> None:
    browser = logged_in("dominique")
    form = form_of(browser, "/tableau/nouvelle", nom="ald-2027", cible="2027-06-30")
    made = browser.post("/tableau/nouvelle", data=form)
    assert made.status_code == 303
    assert made.headers["location"] == "/tableau/ald-2027/import?fait=creee"
    campaign = desk.campaign("ald-2027")
    assert (campaign.status, campaign.policy, str(campaign.target_on)) == ("draft", DEFAULT.document(), "2027-06-30")
    again = browser.post("/tableau/nouvelle", data=form)
    assert again.headers["location"] == made.headers["location"]
    acts = [(entry.login, entry.act) for entry in desk.audit(subject="ald-2027")]
    assert acts == [("dominique", "campaign_created"), ("dominique", "campaign_target")]


WRONG_CAMPAIGNS = (
    ({"nom": ""}, "nom", "Écrivez de 1 à 64 lettres"),
    ({"nom": "été 2027"}, "nom", "Écrivez de 1 à 64 lettres"),
    ({"nom": "nouvelle"}, "nom", "Écrivez de 1 à 64 lettres"),
    ({"nom": ".."}, "nom", "Écrivez de 1 à 64 lettres"),
    ({"nom": CAMPAIGN}, "nom", "Une campagne porte déjà ce nom"),
    ({"nom": "ald-2027", "cible": "2026-11-24"}, "cible", "Choisissez un jour à venir"),
    ({"nom": "ald-2027", "cible": "bientôt"}, "cible", "Choisissez un jour, comme"),
)


def test_what_is_wrong_with_a_new_campaign_is_said_at_its_field(desk: Desk, logged_in: Browse) -> None:
    browser = logged_in("dominique")
    for typed, field, sentence in WRONG_CAMPAIGNS:
        refused = browser.post("/tableau/nouvelle", data=form_of(browser, "/tableau/nouvelle", **typed))
        assert refused.status_code == 422, typed
        assert f'id="{field}-erreur">{sentence}' in refused.text, typed
        assert re.search(rf'id="{field}"[^>]*aria-invalid="true"[^>]*aria-describedby="{field}-erreur', refused.text)
    with desk.runtime.transaction() as session:
        assert [campaign.name for campaign in campaigns.everything(session)] == [CAMPAIGN]


# Starting, pausing, resuming, stopping


def test_each_act_says_what_it_will_do(desk: Desk, logged_in: Browse) -> None:
    for _ in range(12):
        desk.person()
    browser = logged_in("dominique")
    paused = browser.get(f"{BOARD}/suspendre").text
    assert "Plus aucun appel ni SMS ne partira. Les appels en cours se terminent." in paused
    assert "12 personnes : leur tour est gardé" in paused
    stopping = browser.get(f"{BOARD}/arreter").text
    assert "On ne peut pas revenir en arrière" in stopping
    assert "La campagne est en cours." in browser.get(f"{BOARD}/demarrer").text


def test_rule_15_a_small_campaign_is_not_counted_before_it_starts(desk: Desk, logged_in: Browse) -> None:
    for _ in range(3):
        desk.person()
    page = logged_in("dominique").get(f"{BOARD}/suspendre").text
    assert "Un nombre masqué de personnes" in page


def test_a_campaign_that_cannot_start_says_why_and_offers_no_button(desk: Desk, logged_in: Browse) -> None:
    with desk.runtime.transaction() as session:
        campaigns.create(session, "seule", DEFAULT, None, desk.now, by="tests")
        for login in ("camille", "alex"):
            desk.account(session, login).disabled_at = desk.now
    page = logged_in("dominique").get("/tableau/seule/demarrer").text
    assert "Aucun compte de conseiller n’existe" in page
    assert "Démarrer les appels</button>" not in page


def test_a_pause_needs_its_reason_and_a_stop_the_name_too(desk: Desk, logged_in: Browse) -> None:
    browser = logged_in("dominique")
    refused = browser.post(f"{BOARD}/suspendre", data=form_of(browser, f"{BOARD}/suspendre"))
    assert refused.status_code == 422
    assert 'id="reason-erreur">Écrivez pourquoi' in refused.text
    wrong = form_of(browser, f"{BOARD}/arreter", reason="fin de l’essai", nom="autre")
    refused = browser.post(f"{BOARD}/arreter", data=wrong)
    assert refused.status_code == 422
    assert f"Recopiez le nom de la campagne : {CAMPAIGN}." in refused.text
    assert 'value="fin de l’essai"' in refused.text
    assert desk.campaign().status == CampaignStatus.RUNNING
    form = form_of(browser, f"{BOARD}/suspendre", reason="panne annoncée")
    assert browser.post(f"{BOARD}/suspendre", data=form).status_code == 303
    assert browser.post(f"{BOARD}/suspendre", data=form).status_code == 303
    assert [(e.act, e.reason) for e in desk.audit(login="dominique")] == [("campaign_paused", "panne annoncée")]


# The policy


def test_a_change_is_told_in_words_and_applies_once_confirmed(desk: Desk, logged_in: Browse) -> None:
    browser, page = logged_in("dominique"), f"{BOARD}/politique"
    before = ContactPolicy(announce_sms=False)
    typed = policy_form(before, a1="18:00", calls_at_once="10")
    asked = browser.post(page, data=form_of(browser, page, **typed))
    assert asked.status_code == 200
    assert "Les appels cesseront à 18 h au lieu de 19 h." in asked.text
    assert "La campagne tiendra 10 appels en même temps au plus, au lieu de 30." in asked.text
    assert "plus large que la règle" not in asked.text
    assert desk.campaign().policy_version == 1
    done = browser.post(f"{page}/confirmer", data=form_of(browser, page, **typed))
    assert done.headers["location"] == f"{page}?fait=politique"
    campaign = desk.campaign()
    assert (campaign.policy_version, campaign.policy["windows"]) == (2, ["10:00-13:00", "14:00-18:00"])
    listed = browser.get(page).text
    assert "Version 2" in listed
    assert "par dominique" in listed
    assert listed.count("Les appels cesseront à 18 h au lieu de 19 h.") == 1
    assert [entry.act for entry in desk.audit(login="dominique")] == ["policy_changed"]


def test_the_same_policy_again_changes_nothing(desk: Desk, logged_in: Browse) -> None:
    browser, page = logged_in("dominique"), f"{BOARD}/politique"
    same = policy_form(ContactPolicy(announce_sms=False))
    assert browser.post(page, data=form_of(browser, page, **same)).headers["location"].endswith("politique_inchangee")
    assert desk.campaign().policy_version == 1


def test_every_key_refuses_what_it_cannot_be_with_its_own_sentence(desk: Desk, logged_in: Browse) -> None:
    browser, page = logged_in("dominique"), f"{BOARD}/politique"
    for key, sentence in policy_words.PROBLEMS.items():
        wrong: dict[str, object] = {key: "nonsense"}
        if key in {"days", "windows"}:
            wrong = {"days": ["lundi"]} if key == "days" else {"de0": "19:00"}
        refused = browser.post(page, data=form_of(browser, page, **policy_form(DEFAULT, **wrong)))
        assert refused.status_code == 422, key
        assert f'<p class="wrong" id="{key}-erreur">{sentence}' in refused.text, key
        assert refused.text.count('class="wrong"') == 1, key
    assert desk.campaign().policy_version == 1


def test_the_limits_said_are_those_of_the_policy() -> None:
    for key, sentence in policy_words.PROBLEMS.items():
        found = re.search(r"de (\d[\d,]*) à (\d+)", sentence)
        if found is None:
            continue
        least, most = (float(one.replace(",", ".")) for one in found.groups())
        whole = "entier" in sentence
        for value, fits in ((least, True), (most, True), (least - 1, False), (most + 1, False)):
            name, _, part = key.partition(".")
            typed: object = int(value) if whole else value
            document = {name: {part: typed}} if part else {name: typed}
            try:
                from_document(document)
            except ValueError:
                assert not fits, (key, value)
            else:
                assert fits, (key, value)


def test_concurrent_edits_are_told(desk: Desk, logged_in: Browse) -> None:
    browser, page = logged_in("dominique"), f"{BOARD}/politique"
    typed = form_of(browser, page, **policy_form(ContactPolicy(announce_sms=False), ring_seconds="30"))
    with desk.runtime.transaction() as session:
        earlier = ContactPolicy(announce_sms=False, ring_seconds=20)
        campaigns.change_policy(session, CAMPAIGN, earlier, None, desk.now, "quelqu’un")
    refused = browser.post(f"{page}/confirmer", data=typed)
    assert refused.status_code == 409
    assert "changée entre-temps par quelqu’un" in refused.text
    assert "Le téléphone sonnera 30 secondes, au lieu de 20." in refused.text
    assert desk.campaign().policy["ring_seconds"] == 20


def test_a_looser_policy_waits_for_an_administrators_written_reason(desk: Desk, logged_in: Browse) -> None:
    browser, page = logged_in("dominique"), f"{BOARD}/politique"
    typed = policy_form(ContactPolicy(announce_sms=False), a1="20:00")
    asked = browser.post(page, data=form_of(browser, page, **typed))
    assert "plus large que la règle" in asked.text
    refused = browser.post(f"{page}/confirmer", data=form_of(browser, page, **typed))
    assert refused.status_code == 422
    assert "Écrivez pourquoi : un administrateur en décide." in refused.text
    form = form_of(browser, page, **typed, pourquoi="Les gens rentrent tard.")
    assert browser.post(f"{page}/confirmer", data=form).headers["location"].endswith("politique_proposee")
    assert desk.campaign().policy_version == 1
    assert "En attente d’un administrateur" in browser.get(page).text

    administrator = logged_in("andrea")
    waiting = administrator.get("/politiques").text
    assert "Les appels cesseront à 20 h au lieu de 19 h." in waiting
    assert "Les gens rentrent tard." in waiting
    found = re.search(r'action="(/politiques/[^"]+/autoriser)"', waiting)
    assert found is not None
    nothing = administrator.post(found[1], data=form_of(administrator, "/politiques"))
    assert nothing.status_code == 422
    assert desk.campaign().policy_version == 1
    form = form_of(administrator, "/politiques", raison="Avis du comité du 20 novembre.")
    assert administrator.post(found[1], data=form).status_code == 303
    campaign = desk.campaign()
    assert campaign.policy["windows"] == ["10:00-13:00", "14:00-20:00"]
    assert campaign.policy_reason == "Avis du comité du 20 novembre."
    assert [entry.act for entry in desk.audit(login="andrea")] == ["policy_changed"]
    assert administrator.post(found[1], data={**form, "jeton": "autre"}).status_code == 409

    # What is allowed stays so: another change needs nobody again.
    wider = ContactPolicy(announce_sms=False, windows=(DayWindow(time(10), time(13)), DayWindow(time(14), time(20))))
    typed = policy_form(wider, ring_seconds="20")
    assert (
        browser.post(f"{page}/confirmer", data=form_of(browser, page, **typed))
        .headers["location"]
        .endswith("=politique")
    )
    assert desk.campaign().policy_reason == "Avis du comité du 20 novembre."


def test_what_was_asked_of_another_policy_is_not_allowed_any_more(desk: Desk, logged_in: Browse) -> None:
    browser, page = logged_in("dominique"), f"{BOARD}/politique"
    typed = policy_form(ContactPolicy(announce_sms=False), identity_attempts="3")
    browser.post(f"{page}/confirmer", data=form_of(browser, page, **typed, pourquoi="Les gens hésitent."))
    with desk.runtime.transaction() as session:
        campaigns.change_policy(session, CAMPAIGN, ContactPolicy(), None, desk.now, "dominique")
    administrator = logged_in("andrea")
    found = re.search(r'action="(/politiques/[^"]+)/autoriser"', administrator.get("/politiques").text)
    assert found is not None
    form = form_of(administrator, "/politiques", raison="Pourquoi pas.")
    assert administrator.post(f"{found[1]}/autoriser", data=form).status_code == 409
    assert desk.campaign().policy_version == 2
    form = form_of(administrator, "/politiques", raison="La politique a changé.")
    assert administrator.post(f"{found[1]}/refuser", data=form).status_code == 303
    assert "Aucune politique n’attend" in administrator.get("/politiques").text


windows_of_a_day = st.lists(st.integers(0, 95), min_size=2, max_size=8, unique=True).map(
    lambda quarters: tuple(
        DayWindow(time(a // 4, a % 4 * 15), time(b // 4, b % 4 * 15))
        for a, b in zip(sorted(quarters)[::2], sorted(quarters)[1::2], strict=False)
    )
)
policies = st.builds(
    ContactPolicy,
    days=st.lists(st.sampled_from(["mon", "tue", "wed", "thu", "fri", "sat", "sun"]), min_size=1, unique=True).map(
        lambda days: tuple(day for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun") if day in days)
    ),
    windows=windows_of_a_day,
    attempts=st.builds(AttemptCaps, st.integers(1, 30), st.integers(1, 10), st.integers(0, 720)),
    announce_sms=st.booleans(),
    unanswered_sms=st.integers(0, 10),
    voicemail_on_misses=st.lists(st.integers(1, 6), unique=True).map(lambda misses: tuple(sorted(misses))),
    ring_seconds=st.integers(5, 60),
    identity_attempts=st.integers(1, 5),
    callback_within_days=st.integers(1, 60),
    calls_per_second=st.sampled_from([0.5, 1, 1.25, 40]),
    calls_at_once=st.integers(1, 10_000),
    sms_per_second=st.sampled_from([0.5, 1, 20]),
    pace_by_capacity=st.booleans(),
    best_time=st.booleans(),
)


@given(policies)
def test_a_policy_goes_through_its_form_unchanged(rules: ContactPolicy) -> None:
    fields = {key: value if isinstance(value, list) else [str(value)] for key, value in values_of(rules).items()}
    assert policy_in(fields, DEFAULT) == rules


@given(policies, policies)
def test_a_change_is_never_silent(before: ContactPolicy, after: ContactPolicy) -> None:
    assert bool(policy_words.changes(before, after)) == (before != after)
    assert set(loosened(before, after)) <= set(policy_words.KEYS)
    assert all(
        sentence.endswith(".") for sentence in [*policy_words.changes(before, after), *policy_words.sentences(after)]
    )


# Looking ahead


def test_the_preview_counts_everybody_and_masks_the_few(desk: Desk, logged_in: Browse) -> None:
    for _ in range(14):
        desk.person()
    for _ in range(12):
        desk.person(phones=())
    desk.person(postal_code="67000")
    page = logged_in("dominique").get(f"{BOARD}/apercu").text
    assert "Appelée à ce moment" in page
    assert "dont 27 éligibles" in page
    assert "Exemple" not in page
    night = logged_in("dominique").get(f"{BOARD}/apercu?a=2026-11-24T22:00").text
    assert "hors des heures d’appel" in night
    assert logged_in("dominique").get(f"{BOARD}/apercu?a=hier").status_code == 422
    assert desk.campaign().status == CampaignStatus.RUNNING


def test_rule_15_few_who_are_not_eligible_are_told_by_no_total(desk: Desk, logged_in: Browse) -> None:
    ineligible = [desk.person().id for _ in range(3)]
    with desk.runtime.transaction() as session:
        session.execute(update(Contact).where(Contact.patient_id.in_(ineligible)).values(state="ineligible"))
        campaigns.get(session, CAMPAIGN).status = CampaignStatus.DRAFT
    for _ in range(14):
        desk.person()
    browser = logged_in("dominique")
    page = browser.get(f"{BOARD}/apercu").text
    assert "dont 14 éligibles" in page
    told = " ".join(re.findall(r">([^<>]+)<", page))
    assert not re.search(r"\b17\b", told)
    assert "masqué" in told
    start = browser.get(f"{BOARD}/demarrer").text
    assert "s’adresse à 14 personnes ; 14 personnes à contacter" in start


def test_a_large_campaign_is_sampled_and_says_so(
    desk: Desk, logged_in: Browse, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(30):
        desk.person()
    monkeypatch.setattr("api.pages.steering_preview.SAMPLE", 20)
    page = logged_in("dominique").get(f"{BOARD}/apercu").text
    assert "Un échantillon." in page
    assert "30 personnes ; 20, tirées au hasard" in page
    assert "100 %" in page
    with desk.runtime.transaction() as session:
        seen = preview.preview(session, CAMPAIGN, desk.now, desk.runtime.settings, most=20)
    assert (seen.is_sample, seen.looked_at, sum(seen.counts.values())) == (True, 20, 20)
    with desk.runtime.transaction() as session:
        whole = preview.preview(session, CAMPAIGN, desk.now, desk.runtime.settings, most=30)
    assert (whole.is_sample, whole.looked_at) == (False, 30)


def test_a_preview_that_is_looked_at_again_is_of_a_moment_that_it_tells_and_of_the_policy_of_now(
    desk: Desk, logged_in: Browse, site: Site
) -> None:
    for _ in range(14):
        desk.person()
    browser, at = logged_in("dominique"), [0.0]
    with site.working_ahead(lambda: at[0]) as ahead:
        assert "dont 14 éligibles" in browser.get(f"{BOARD}/apercu").text
        desk.person()
        desk.clock.advance(timedelta(minutes=1))
        again = browser.get(f"{BOARD}/apercu").text
        assert "dont 14 éligibles" in again
        assert f"État au {moment(desk.now - timedelta(minutes=1))}" in again
        assert "dont 15 éligibles" in browser.get(f"{BOARD}/apercu?a=2026-11-24T22:00").text
        with desk.runtime.transaction() as session:
            stricter = ContactPolicy(days=("fri",), announce_sms=False)
            campaigns.change_policy(session, CAMPAIGN, stricter, "a trial", desk.now, by="tests")
        changed = browser.get(f"{BOARD}/apercu").text
        assert "dont 15 éligibles" in changed
        assert "Appelée à ce moment" not in changed
        desk.person()
        at[0] += 16.0
        ahead.renew()
        assert "dont 16 éligibles" in browser.get(f"{BOARD}/apercu").text


# Priorities


def test_departments_are_given_their_lane(desk: Desk, logged_in: Browse) -> None:
    desk.person(postal_code="38000")
    browser, page = logged_in("dominique"), f"{BOARD}/priorites"
    wrong = browser.post(page, data=form_of(browser, page, **{"d-abord": "38, 999", "ensuite": "75"}))
    assert wrong.status_code == 422
    assert 'id="d-abord-erreur">Écrivez des numéros de département' in wrong.text
    both = browser.post(page, data=form_of(browser, page, **{"d-abord": "38", "ensuite": "38"}))
    assert "ne peut pas être des deux côtés" in both.text
    assert desk.campaign().priorities == {}
    done = browser.post(page, data=form_of(browser, page, **{"d-abord": "38, 2a", "ensuite": "75"}))
    assert done.status_code == 303
    assert desk.campaign().priorities == {"2A": 0, "38": 0, "75": 2}
    assert 'value="2A, 38"' in browser.get(page).text
    assert [(e.act, e.reason) for e in desk.audit(login="dominique")] == [
        ("campaign_priorities", "first: 2A,38; last: 75")
    ]


# Wordings


def tell_wordings(desk: Desk) -> None:
    with desk.runtime.transaction() as session:
        for version in versions():
            comparisons.tell(session, version, document(version), desk.now)


def test_two_wordings_are_compared_stopped_and_one_is_said(desk: Desk, logged_in: Browse) -> None:
    browser, page = logged_in("dominique"), f"{BOARD}/formulations"
    assert "L’agent n’a fait connaître aucune autre formulation" in browser.get(page).text
    tell_wordings(desk)
    shown = browser.get(page).text
    assert "Je peux vous aider à chercher un médecin traitant." in shown
    wrong = form_of(browser, page, premiere="2026-11-a", seconde="2026-11-a", combien="12")
    refused = browser.post(page, data=wrong)
    assert (refused.status_code, refused.text.count('class="wrong"')) == (422, 2)
    unknown = form_of(browser, page, premiere="2026-11-a", seconde="nulle-part", combien="2000")
    refused = browser.post(page, data=unknown)
    assert (refused.status_code, "ne connaît pas cette formulation" in refused.text) == (422, True)
    good = form_of(browser, page, premiere="2026-11-a", seconde="2026-11-b", combien="500")
    assert browser.post(page, data=good).status_code == 303
    assert desk.campaign().comparison is not None
    with desk.runtime.transaction() as session:
        comparisons.look_at_all(session, desk.now)
    running = browser.get(page).text
    assert "Comparaison en cours" in running
    assert "pas encore assez de personnes" in running
    stopped = browser.post(f"{page}/arreter", data=form_of(browser, page))
    assert stopped.status_code == 303
    assert browser.post(f"{page}/arreter", data=form_of(browser, page)).status_code == 409
    assert "arrêtée à la main" in browser.get(page).text
    adopted = browser.post(f"{page}/adopter", data=form_of(browser, page, version="2026-11-b"))
    assert adopted.status_code == 303
    assert desk.campaign().wording == "2026-11-b"
    assert [entry.act for entry in desk.audit(login="dominique")] == [
        "comparison_started",
        "comparison_ended",
        "wording_adopted",
    ]
