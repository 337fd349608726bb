"""A user in front of the steps, who can read all that they say."""

from collections.abc import Iterator, Mapping
import json
from pathlib import Path
import re
from typing import Any

import custom_components.sunbridge
from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers.selector import SelectSelector

_FILE = Path(custom_components.sunbridge.__file__).parent / "translations" / "en.json"
TEXTS: Any = json.loads(_FILE.read_text())
_PLACEHOLDER = re.compile(r"\{(\w+)\}")


async def begin(hass: HomeAssistant) -> dict[str, Any]:
    """Choose surplus charging in the menu."""
    result: Any = await hass.config_entries.flow.async_init(
        "sunbridge", context={"source": "user"}
    )
    assert result["type"] is FlowResultType.MENU
    return await go_on(hass, result, {"next_step_id": "surplus"})


async def go_on(
    hass: HomeAssistant, result: Mapping[str, Any], user_input: Any
) -> dict[str, Any]:
    """Submit a step of the config flow."""
    flow = hass.config_entries.flow
    return _read(await flow.async_configure(result["flow_id"], user_input), "config")


async def reconfigure(hass: HomeAssistant, entry: ConfigEntry) -> dict[str, Any]:
    """Begin to change the meters."""
    context: Any = {"source": "reconfigure", "entry_id": entry.entry_id}
    flow = hass.config_entries.flow
    return _read(await flow.async_init("sunbridge", context=context), "config")


async def set_options(
    hass: HomeAssistant, entry: ConfigEntry, user_input: Any = None
) -> dict[str, Any]:
    """Begin to change the options, and submit them if there's something."""
    flow = hass.config_entries.options
    result = _read(await flow.async_init(entry.entry_id), "options")
    if user_input is None:
        return result
    return await options_go_on(hass, result, user_input)


async def options_go_on(
    hass: HomeAssistant, result: Mapping[str, Any], user_input: Any
) -> dict[str, Any]:
    """Submit the options."""
    flow = hass.config_entries.options
    return _read(await flow.async_configure(result["flow_id"], user_input), "options")


async def add_load(
    hass: HomeAssistant, entry: ConfigEntry, kind: str, user_input: Any = None
) -> dict[str, Any]:
    """Begin to add a load, and submit its form if there's something."""
    result: Any = await hass.config_entries.subentries.async_init(
        (entry.entry_id, kind), context={"source": "user"}
    )
    _read(result, "config_subentries", kind)
    if user_input is None:
        return dict(result)
    return await load_goes_on(hass, result, user_input)


async def load_goes_on(
    hass: HomeAssistant, result: Mapping[str, Any], user_input: Any
) -> dict[str, Any]:
    """Submit a step of a load's flow."""
    flow = hass.config_entries.subentries
    found: Any = await flow.async_configure(result["flow_id"], user_input)
    return _read(found, "config_subentries", result["handler"][1])


async def change_load(
    hass: HomeAssistant, entry: ConfigEntry, subentry_id: str = "00"
) -> dict[str, Any]:
    """Begin to change a load."""
    result: Any = await hass.config_entries.subentries.async_init(
        (entry.entry_id, entry.subentries[subentry_id].subentry_type),
        context={"source": "reconfigure", "subentry_id": subentry_id},
    )
    kind = entry.subentries[subentry_id].subentry_type
    return _read(result, "config_subentries", kind)


def suggested(result: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a form has filled in."""
    return {
        str(key): key.description["suggested_value"]
        for key in result["data_schema"].schema
        if key.description and "suggested_value" in key.description
    }


def fields(result: Mapping[str, Any]) -> set[str]:
    """Return what a form asks for."""
    return {str(key) for key in result["data_schema"].schema}


def options_in(result: Mapping[str, Any], field: str) -> Any:
    """Return what a field of a form lets choose."""
    return result["data_schema"].schema[field].config["options"]


def _read(result: Any, *category: str) -> dict[str, Any]:
    """Return a step of which all that it shows has a text."""
    texts = TEXTS
    for key in category:
        texts = texts[key]
    missing = [path for path in _shown(result) if not _text(texts, path)]
    assert not missing, f"{category} lacks {missing}"
    if step := texts["step"].get(result.get("step_id")):
        named = set(_PLACEHOLDER.findall(f"{step['title']} {step['description']}"))
        assert named <= set(result["description_placeholders"] or ())
    return dict(result)


def _shown(result: Any) -> Iterator[str]:
    """Yield the paths of texts of a step."""
    step = f"step.{result.get('step_id')}"
    match result["type"]:
        case FlowResultType.ABORT:
            if result.get("translation_domain") != "homeassistant":
                yield f"abort.{result['reason']}"
        case FlowResultType.MENU:
            yield from (f"{step}.{key}" for key in ("title", "description"))
            for option in result["menu_options"]:
                yield f"{step}.menu_options.{option}"
        case FlowResultType.FORM:
            yield from (f"{step}.{key}" for key in ("title", "description"))
            for key, selector in result["data_schema"].schema.items():
                yield f"{step}.data.{key}"
                yield f"{step}.data_description.{key}"
                _read_selector(selector)
            yield from (f"error.{one}" for one in (result["errors"] or {}).values())
        case FlowResultType.CREATE_ENTRY:
            if result["description"] is not None:
                yield f"create_entry.{result['description']}"


def _read_selector(selector: Any) -> None:
    """Look whether the words of a choice have texts."""
    if isinstance(selector, SelectSelector):
        if key := selector.config.get("translation_key"):
            words = TEXTS["selector"][key]["options"]
            assert set(words) == set(selector.config["options"])


def _text(texts: Any, path: str) -> Any:
    for key in path.split("."):
        texts = texts.get(key, {})
    return texts
