"""An account of Weheat."""

import re
from typing import Any, Final

from playwright.sync_api import Page, expect

from simulators.weheat.auth import HOME_ASSISTANT

from .looks import looks
from .stage import PASSWORD, Stage
from .visitor import Visitor

_ROOT: Final = "config.step"


def _add(stage: Stage) -> str:
    pumps = [pump.id for pump in stage.weheat.accounts[0].pumps]
    steps: tuple[dict[str, Any], ...] = (
        {"next_step_id": "weheat"},
        {"next_step_id": "weheat_password"},
        {"username": "you@example.com", "password": PASSWORD},
        {"chosen": pumps, "add_new": True},
    )
    return stage.add(*steps)


@looks("de-dark-desktop", "nl-light-phone", "en-light-desktop")
def test_weheat_password(visitor: Visitor) -> None:
    """By e-mail and password, which is wrong at first and has to be typed again."""
    visitor.begin("weheat", "weheat_password")
    form = visitor.form(f"{_ROOT}.weheat_password")
    form.fill(username="you@example.com", password="mistyped")
    form.fails("weheat_invalid_auth")
    form.fill(password=PASSWORD).submit()
    form = visitor.form(f"{_ROOT}.weheat_pumps")
    assert len(form.data["chosen"]) == 2
    form.submit()
    visitor.finish()
    visitor.device("Weheat", "Cellar")
    visitor.remove("Weheat")


def _begin(visitor: Visitor) -> Page:
    """Choose to log in at the vendor's page, and return that."""
    return visitor.window(lambda: visitor.begin("weheat", "weheat_browser"))


def _type(
    visitor: Visitor, page: Page, password: str, username: str = "you@example.com"
) -> None:
    """Fill in the vendor's page, but don't send it."""
    page.locator("#username").fill(username)
    page.locator("#password").fill(password)
    visitor.glance(page, "vendor")


def _leave(page: Page, button: str = "#kc-login") -> None:
    """Click on the vendor's page what leads back, where the window closes itself."""
    with page.expect_event("close"):
        page.locator(button).click()


def _to_consent(visitor: Visitor, page: Page) -> None:
    """Log in at the vendor's page, as far as the question for consent."""
    _type(visitor, page, PASSWORD)
    page.locator("#kc-login").click()
    page.locator("#kc-cancel").wait_for()
    visitor.glance(page, "consent")


def _log_in_with_own(visitor: Visitor, secret: str) -> None:
    """Type in application credentials where Home Assistant has them, and log in."""
    page = visitor.page
    visitor.go("/config/application_credentials")
    page.locator("ha-config-application-credentials ha-button[slot=fab]").click()
    dialog = page.locator("dialog-add-application-credential")
    dialog.locator("ha-generic-picker").click()
    box = page.locator("ha-picker-combo-box").last
    box.locator("input").fill("sunbridge")
    # In the very first moments Home Assistant doesn't know its name.
    box.get_by_text(re.compile("^sunbridge$", re.IGNORECASE)).click()
    said = dialog.locator("ha-markdown")
    expect(said).to_have_text(visitor.says("application_credentials.description"))
    typed = {"name": "Own", "clientId": HOME_ASSISTANT, "clientSecret": secret}
    for field, text in typed.items():
        dialog.locator(f"ha-input[name={field}] input").fill(text)
    visitor.see("application")
    dialog.locator("ha-button[slot=primaryAction]").click()
    visitor.closed(dialog)
    visitor.begin("weheat", "weheat_browser")
    vendors = visitor.window(visitor.form(f"{_ROOT}.weheat_browser").submit)
    _type(visitor, vendors, PASSWORD)
    _leave(vendors)


@looks("en-light-phone", "de-dark-desktop", "nl-light-desktop")
def test_weheat_browser(visitor: Visitor) -> None:
    """At the vendor's page, with a wrong password at first."""
    page = _begin(visitor)
    visitor.waits(f"{_ROOT}.weheat_auth")
    _type(visitor, page, "mistyped")
    page.locator("#kc-login").click()
    page.locator("#input-error").wait_for()
    _type(visitor, page, PASSWORD)
    _leave(page)
    visitor.form(f"{_ROOT}.weheat_pumps").submit()
    visitor.finish()
    visitor.device("Weheat", "Workshop")
    visitor.remove("Weheat")


@looks("nl-dark-desktop", "en-light-desktop", "de-light-phone")
def test_weheat_browser_refused(visitor: Visitor) -> None:
    """The window is closed by hand; then somebody says no, and then yes."""
    keycloak = visitor.stage.weheat.keycloak
    keycloak.browser = "consent"
    try:
        _begin(visitor).close()
        page = visitor.window(visitor.button.click)
        _to_consent(visitor, page)
        _leave(page, "#kc-cancel")
        visitor.aborted("config.abort.weheat_rejected")
        page = _begin(visitor)
        _to_consent(visitor, page)
        _leave(page)
        visitor.form(f"{_ROOT}.weheat_pumps").submit()
        visitor.finish()
    finally:
        keycloak.browser = "page"


@looks("de-light-desktop", "nl-dark-phone", "en-dark-desktop")
def test_weheat_application(visitor: Visitor) -> None:
    """With application credentials of one's own, whose secret is wrong at first."""
    stage = visitor.stage
    secret = stage.weheat.keycloak.clients[HOME_ASSISTANT].secret
    assert secret is not None
    try:
        _log_in_with_own(visitor, "mistyped")
        visitor.aborted("config.abort.weheat_not_allowed")
        stage.forget_applications()
        _log_in_with_own(visitor, secret)
        visitor.form(f"{_ROOT}.weheat_pumps").submit()
        visitor.finish()
        visitor.remove("Weheat")
    finally:
        stage.forget_applications()


@looks("nl-light-phone", "de-dark-phone", "en-light-desktop")
def test_weheat_browser_reauth(visitor: Visitor) -> None:
    """Who logs in again has to be the same user."""
    stage = visitor.stage
    visitor.expect_log("could not authenticate")
    entry_id = _add(stage)
    stage.weheat.expire_tokens()
    stage.weheat.revoke_sessions()
    menu = f"{_ROOT}.weheat_reauth"
    for username in ("partner@example.com", "you@example.com"):
        stage.reload(entry_id)
        visitor.log_in_again("Weheat")
        page = visitor.window(lambda: visitor.choose(menu, "weheat_browser"))
        _type(visitor, page, PASSWORD, username)
        _leave(page)
        if username.startswith("partner"):
            visitor.aborted("config.abort.weheat_wrong_account")
    visitor.stored()
    assert stage.entries()["Weheat"]["state"] == "loaded"


@looks("en-dark-phone", "de-light-desktop", "nl-dark-desktop")
def test_weheat_reauth(visitor: Visitor) -> None:
    """The vendor ended the log-in, and Home Assistant asks for it."""
    stage = visitor.stage
    visitor.expect_log("could not authenticate")
    entry_id = _add(stage)
    stage.weheat.expire_tokens()
    stage.weheat.revoke_sessions()
    stage.reload(entry_id)
    visitor.log_in_again("Weheat")
    visitor.choose(f"{_ROOT}.weheat_reauth", "weheat_password")
    form = visitor.form(f"{_ROOT}.weheat_password")
    form.fill(username="you@example.com", password="mistyped")
    form.fails("weheat_invalid_auth")
    form.fill(password=PASSWORD).submit()
    visitor.stored()
    assert stage.entries()["Weheat"]["state"] == "loaded"


@looks("nl-dark-phone", "en-light-desktop", "de-light-phone")
def test_weheat_reconfigure(visitor: Visitor) -> None:
    """One of the heat pumps isn't wanted any more."""
    _add(visitor.stage)
    visitor.reconfigure("Weheat")
    visitor.choose(f"{_ROOT}.weheat_reconfigure", "weheat_password")
    form = visitor.form(f"{_ROOT}.weheat_password")
    form.fill(username="you@example.com", password=PASSWORD).submit()
    form = visitor.form(f"{_ROOT}.weheat_pumps")
    form.field("chosen").locator("ha-checkbox").last.click()
    form.submit()
    visitor.stored()


@looks("nl-light-desktop", "de-dark-phone", "en-dark-desktop")
def test_weheat_options(visitor: Visitor) -> None:
    """Options are stored, and shown the next time."""
    _add(visitor.stage)
    visitor.options("Weheat")
    visitor.form("options.step.weheat").turn("history").submit()
    visitor.finish()
    visitor.options("Weheat")
    assert visitor.form("options.step.weheat").data["history"] is False
