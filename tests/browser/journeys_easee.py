"""An account of Easee."""

from typing import Final

from .looks import looks
from .stage import PASSWORD
from .visitor import Visitor

_ACCOUNT: Final = (
    {"next_step_id": "easee"},
    {"username": "you@example.com", "password": PASSWORD},
    {"chosen": ["EH300001", "QP300001"], "add_new": True},
)


@looks("en-dark-desktop", "de-light-phone", "nl-light-desktop")
def test_easee_account(visitor: Visitor) -> None:
    """A normal account, with a password that is wrong at first."""
    visitor.begin("easee")
    form = visitor.form("config.step.easee")
    form.fill(username="you@example.com", password="mistyped")
    form.fails("easee_invalid_auth")
    form.fill(password=PASSWORD).submit()
    form = visitor.form("config.step.easee_account")
    assert form.data == {"chosen": ["EH300001", "QP300001"], "add_new": True}
    form.choose("chosen", "Meter cupboard (QP300001)").submit()
    visitor.finish()
    visitor.device("Easee", "Carport")
    visitor.remove("Easee")


@looks("nl-light-phone", "de-dark-desktop", "en-light-desktop")
def test_easee_integration(visitor: Visitor) -> None:
    """An integration account, which may choose how changes arrive."""
    visitor.begin("easee")
    form = visitor.form("config.step.easee")
    form.fill(username="partner@example.com", password=PASSWORD).submit()
    form = visitor.form("config.step.easee_integration")
    stream = visitor.says("selector.easee_transport.options.signalr")
    form.choose("transport", stream).submit()
    visitor.finish()


@looks("de-light-phone", "en-dark-desktop", "nl-dark-phone")
def test_easee_reauth(visitor: Visitor) -> None:
    """The password was changed in the app, and Home Assistant asks for it."""
    stage = visitor.stage
    visitor.expect_log("could not authenticate")
    entry_id = stage.add(*_ACCOUNT)
    account = stage.easee.accounts[0]
    account.password = "another password"
    try:
        stage.easee.expire_tokens()
        stage.easee.revoke_refresh()
        stage.reload(entry_id)
        visitor.log_in_again("Easee")
        form = visitor.form("config.step.easee_reauth")
        form.fill(password="mistyped").fails("easee_invalid_auth")
        form.fill(password="another password").submit()
        visitor.stored()
        assert stage.entries()["Easee"]["state"] == "loaded"
    finally:
        account.password = PASSWORD


@looks("nl-dark-desktop", "en-light-phone", "de-light-desktop")
def test_easee_reconfigure(visitor: Visitor) -> None:
    """One of the products isn't wanted any more."""
    visitor.stage.add(*_ACCOUNT)
    visitor.reconfigure("Easee")
    form = visitor.form("config.step.easee_reconfigure")
    form.fill(password="mistyped").fails("easee_invalid_auth")
    form.fill(password=PASSWORD).submit()
    form = visitor.form("config.step.easee_account")
    form.choose("chosen", "Meter cupboard (QP300001)").turn("add_new").submit()
    visitor.stored()


@looks("de-dark-phone", "nl-light-desktop", "en-light-phone")
def test_easee_options(visitor: Visitor) -> None:
    """Options are stored, and shown the next time."""
    visitor.stage.add(*_ACCOUNT)
    visitor.options("Easee")
    visitor.form("options.step.easee").fill(ttl_min="45").submit()
    visitor.finish()
    visitor.options("Easee")
    assert visitor.form("options.step.easee").data["ttl_min"] == 45
