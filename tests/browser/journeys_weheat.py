"""An account of Weheat."""

from typing import Any, Final

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
