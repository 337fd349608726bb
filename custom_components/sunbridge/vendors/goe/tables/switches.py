"""Switches of a charger."""

from typing import Final

from homeassistant.const import EntityCategory

from ....switch import SunbridgeSwitchDescription
from ...rows import of
from .. import keys
from ..decode import Key
from ..status import Status
from .common import Command, write


def _row(
    key: str, source: Key[bool], *, config: bool = True, enabled: bool = False
) -> SunbridgeSwitchDescription[Status, Command]:
    return SunbridgeSwitchDescription(
        key=key,
        translation_key=key,
        reading=of(source),
        command_fn=write(source, bool),
        entity_category=EntityCategory.CONFIG if config else None,
        entity_registry_enabled_default=enabled,
    )


SWITCHES: Final = (
    _row("pv_surplus", keys.FUP, config=False, enabled=True),
    _row("flexible_tariff", keys.AWE, config=False, enabled=True),
    _row("charge_pauses", keys.ACP, enabled=True),
    _row("zero_feed_in", keys.FZF, enabled=True),
    _row("simulate_unplugging", keys.SU, enabled=True),
    _row("simulate_unplugging_always", keys.SUA, enabled=True),
    _row("unlock_on_power_loss", keys.UPO, enabled=True),
    _row("light_off", keys.LSE, enabled=True),
    _row("automatic_stop_eco", keys.ARA),
    _row("clear_surplus_data", keys.CSD),
    _row("ground_check_off", keys.NMO),
    _row("send_card_serials", keys.RDE),
    _row("digital_input_enabled", keys.DIE),
    _row("digital_input_inverted", keys.DII),
    _row("digital_input_single_phase", keys.DI1),
    _row("load_balancing", keys.LOE),
    _row("cloud_link", keys.CWE),
    _row("mqtt", keys.MCE),
    _row("mqtt_read_only", keys.MCR),
    _row("modbus", keys.MEN),
    _row("ocpp", keys.OCPPE),
)
