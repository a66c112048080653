from tests.api.test_calling_browser import *
from tests.api.test_desk_browser import at_the_desk
def test_shot(desk, address, browser):
    line = Line(desk)
    with at_the_desk(browser, address, "camille", line.path) as page:
        page.locator("summary", has_text="Prévoir une tâche").click()
        page.locator("#tache-note").fill("Envoyer le formulaire à sa fille.")
        page.locator("#tache-jour").fill("2026-11-27")
        page.get_by_role("button", name="Prévoir la tâche").click()
        page.get_by_role("button", name="Appeler par Relais").click()
        page.locator("summary", has_text="Prévoir une tâche").click()
        page.screenshot(path="/tmp/deskb/shot.png", full_page=True)
