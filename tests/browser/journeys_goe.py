"""A go-e charger by each of its ways."""

from typing import Final

from simulators.certificates import Authority
from simulators.mosquitto import Mosquitto

from .looks import looks
from .stage import TOKEN, charger, on_broker
from .visitor import Visitor

_CLOUD: Final = (
    {"next_step_id": "goe"},
    {"next_step_id": "goe_cloud"},
    {"serial": "12345", "token": TOKEN},
)
_NOBODY: Final = "127.0.0.1:9"
# Chargers don't tell their names by MQTT.
_UNNAMED: Final = "go-e Charger"


@looks("en-light-desktop", "de-dark-phone", "nl-light-phone")
def test_goe_cloud(visitor: Visitor) -> None:
    """Over the cloud, with a serial number and a token that are wrong at first."""
    visitor.begin("goe", "goe_cloud")
    form = visitor.form("config.step.goe_cloud")
    form.fill(serial="12345 x", token="mistyped").fails("goe_invalid_serial")
    form.fill(serial="54321").fails("goe_forbidden")
    form.fill(serial="12345").fails("goe_invalid_auth")
    form.fill(token=TOKEN).submit()
    visitor.finish()
    visitor.device("Garage", "Garage")
    visitor.remove("Garage")


@looks("de-light-desktop", "nl-dark-phone", "en-light-phone")
def test_goe_local(visitor: Visitor) -> None:
    """In the local network, with an address at which nobody is, or nobody answers."""
    visitor.begin("goe", "goe_local")
    form = visitor.form("config.step.goe_local")
    form.fill(host=_NOBODY).fails("goe_local_cannot_connect")
    host = visitor.stage.goe_local.url
    form.fill(host=host.replace("http://", "https://") + "/api/status").submit()
    visitor.finish()
    visitor.remove("Carport")


@looks("nl-light-desktop", "en-dark-phone", "de-dark-desktop")
def test_goe_mqtt(visitor: Visitor) -> None:
    """Over Home Assistant's broker, where there is one charger and not another."""
    with visitor.stage.there(
        on_broker(visitor.stage.broker, charger("034567", "Drive"))
    ):
        visitor.begin("goe", "goe_mqtt")
        form = visitor.form("config.step.goe_charger")
        form.own("charger", "#").fails("goe_invalid_topic")
        form.own("charger", "98765").fails("goe_mqtt_silent")
        form.own("charger", "34567").submit()
        visitor.finish()
        visitor.device(_UNNAMED, _UNNAMED)
        visitor.remove(_UNNAMED)


@looks("en-light-phone", "de-dark-desktop", "nl-dark-phone")
def test_goe_found(visitor: Visitor) -> None:
    """Home Assistant finds a charger on its broker by itself."""
    # One that was met before isn't met again.
    serial = {"en": "034568", "de": "034569", "nl": "034570"}[visitor.look.language]
    with visitor.stage.there(on_broker(visitor.stage.broker, charger(serial, "Shed"))):
        visitor.card(f"{_UNNAMED} ({serial})")
        visitor.form("config.step.goe_mqtt_found").submit()
        visitor.finish()
        visitor.remove(_UNNAMED)
        # It's still there, so it's met again; two that are met at once are too much
        # for Home Assistant's page, which then shows only one.
        visitor.met(f"{_UNNAMED} ({serial})")


@looks("de-light-phone", "nl-dark-desktop", "en-dark-phone")
def test_goe_broker(visitor: Visitor) -> None:
    """Over a broker of its own, with a port and a password that are wrong at first."""
    with (
        visitor.stage.there(Mosquitto()) as broker,
        visitor.stage.there(on_broker(broker, charger("045678", "Yard"))),
    ):
        visitor.begin("goe", "goe_broker")
        form = visitor.form("config.step.goe_broker")
        form.fill(
            host=broker.host, port="9", username=broker.username, password="mistyped"
        )
        form.fails("goe_broker_cannot_connect")
        form.fill(port=str(broker.port)).fails("goe_broker_auth")
        form.fill(password=broker.password).submit()
        # It's the only one, and chosen.
        visitor.form("config.step.goe_charger").submit()
        visitor.finish()
        visitor.remove(_UNNAMED)


@looks("en-dark-desktop", "nl-light-phone", "de-dark-phone")
def test_goe_broker_tls(visitor: Visitor) -> None:
    """Encrypted, with an authority that nobody knows until it's pasted as a whole."""
    authority = Authority(plain=True)
    with (
        visitor.stage.there(Mosquitto(authority=authority)) as broker,
        visitor.stage.there(on_broker(broker, charger("045679", "Yard"))),
    ):
        visitor.begin("goe", "goe_broker")
        form = visitor.form("config.step.goe_broker")
        form.fill(host=broker.host, port=str(broker.port))
        form.fill(username=broker.username, password=broker.password)
        form.turn("tls").fails("goe_broker_tls")
        without_end = authority.pem.strip().rpartition("\n")[0]
        form.fill(ca_certificate=without_end).fails("goe_broker_certificate")
        form.fill(ca_certificate=Authority().pem).fails("goe_broker_tls")
        form.fill(ca_certificate=authority.pem).submit()
        visitor.form("config.step.goe_charger").submit()
        visitor.finish()
        assert visitor.stage.entries()[_UNNAMED]["state"] == "loaded"
        visitor.remove(_UNNAMED)


@looks("nl-light-phone", "en-dark-desktop", "de-light-desktop")
def test_goe_reauth(visitor: Visitor) -> None:
    """A new token was made in the app, and Home Assistant asks for it."""
    stage = visitor.stage
    entry_id = stage.add(*_CLOUD)
    visitor.expect_log("could not authenticate")
    stage.goe.token = "another token"
    try:
        for _ in range(3):
            stage.reload(entry_id)
        visitor.log_in_again("Garage")
        form = visitor.form("config.step.goe_cloud_reauth")
        form.fill(token=TOKEN).fails("goe_invalid_auth")
        form.fill(token="another token").submit()
        visitor.stored()
        assert stage.entries()["Garage"]["state"] == "loaded"
    finally:
        stage.goe.token = TOKEN


@looks("nl-dark-phone", "de-light-desktop", "en-dark-desktop")
def test_goe_broker_reauth(visitor: Visitor) -> None:
    """The broker has another password, and Home Assistant asks for it."""
    stage = visitor.stage
    visitor.expect_log("isn't heard any more|could not authenticate")
    yard = charger("045678", "Yard")
    with stage.there(Mosquitto()) as broker:
        with stage.there(on_broker(broker, yard)):
            stage.add(
                {"next_step_id": "goe"},
                {"next_step_id": "goe_broker"},
                {
                    "host": broker.host,
                    "port": broker.port,
                    "username": broker.username,
                    "password": broker.password,
                    "tls": False,
                },
                {"charger": "45678"},
            )
        stage.run(broker.stop())
        broker.password = "another password"
        with stage.there(broker), stage.there(on_broker(broker, yard)):
            visitor.log_in_again(_UNNAMED)
            form = visitor.form("config.step.goe_broker_reauth")
            form.fill(username=broker.username, password="mistyped")
            form.fails("goe_broker_auth")
            form.fill(password=broker.password).submit()
            visitor.stored()


@looks("de-dark-desktop", "en-light-phone", "nl-light-desktop")
def test_goe_reconfigure(visitor: Visitor) -> None:
    """The way changes, but only to the same charger, and with a good token."""
    stage = visitor.stage
    stage.add(*_CLOUD)
    visitor.reconfigure("Garage")
    visitor.choose("config.step.goe_reconfigure", "goe_local")
    form = visitor.form("config.step.goe_local")
    form.fill(host=_NOBODY).fails("goe_local_cannot_connect")
    form.fill(host=stage.goe_local.url).submit()
    visitor.aborted("config.abort.goe_other_charger")

    visitor.reconfigure("Garage")
    visitor.choose("config.step.goe_reconfigure", "goe_cloud")
    form = visitor.form("config.step.goe_cloud")
    assert form.data["serial"] == "012345"
    assert form.data["token"] != TOKEN
    form.fill(token="mistyped").fails("goe_invalid_auth")
    form.fill(token=TOKEN).submit()
    visitor.stored()


@looks("en-dark-phone", "nl-light-desktop", "de-light-phone")
def test_goe_options(visitor: Visitor) -> None:
    """Options are stored, and shown the next time."""
    visitor.stage.add(*_CLOUD)
    visitor.options("Garage")
    visitor.form("options.step.init").fill(max_age_s="45").submit()
    visitor.finish()
    visitor.options("Garage")
    assert visitor.form("options.step.init").data["max_age_s"] == 45
