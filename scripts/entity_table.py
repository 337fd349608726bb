"""Write the table of a vendor's entities into its page: ``python -m scripts.entity_table``."""

from collections.abc import Mapping
import importlib
import json
from pathlib import Path

from homeassistant.const import Platform
from homeassistant.helpers.entity import EntityDescription

REPOSITORY = Path(__file__).parents[1]
INTEGRATION = REPOSITORY / "custom_components" / "sunbridge"
BEGIN = "<!-- entities: made by scripts/entity_table.py -->"
END = "<!-- end of entities -->"

# By the name of the page: where the tables are.
VENDORS = {
    "goe": "vendors.goe",
    "easee": "vendors.easee",
    "weheat": "vendors.weheat",
    "nrgkick": "vendors.nrgkick",
    "surplus": "surplus.adapter",
}
# What asks us, or is made here: there's no API that is asked.
WITHOUT_API = ("nrgkick", "surplus")


def page(vendor: str) -> Path:
    """Return a vendor's page."""
    return REPOSITORY / "docs" / f"{vendor}.md"


def table(
    product: str,
    descriptions: Mapping[Platform, tuple[EntityDescription, ...]],
    *,
    has_api: bool,
) -> str:
    """Return all entities by platform, with what they read and whether they're on.

    Where there's no vendor's API to read there are no keys to name.
    """
    texts = json.loads((INTEGRATION / "translations" / "en.json").read_text())["entity"]
    lines: list[str] = []
    for platform in sorted(descriptions):
        title = f"{product}: {platform}" if product else platform
        head = ["name", *(["API keys"] if has_api else []), "on", "kind"]
        lines += [f"### {title}", "", _line(head), _line(["---"] * len(head))]
        for row in descriptions[platform]:
            name = (
                texts[platform][row.translation_key]["name"]
                if row.translation_key
                else "Firmware"
            )
            reading = row.reading  # type: ignore[attr-defined]
            # Those of our own making begin with a line.
            keys = ", ".join(
                "made by Sunbridge" if key.startswith("_") else f"`{key}`"
                for key in sorted(reading.keys or reading.also)
            )
            on = "yes" if row.entity_registry_enabled_default else ""
            cells = [name, *([keys] if has_api else []), on, row.entity_category or ""]
            lines.append(_line(cells))
        lines.append("")
    return "\n".join(lines)


def _line(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"


def with_table(vendor: str) -> str:
    """Return a vendor's page with the table as it should be."""
    tables = importlib.import_module(
        f"custom_components.sunbridge.{VENDORS[vendor]}.tables"
    )
    text = page(vendor).read_text()
    head, _, rest = text.partition(BEGIN)
    _, _, tail = rest.partition(END)
    has_api = vendor not in WITHOUT_API
    # Of products that differ only in what a select offers one is enough.
    products = {
        table("", one, has_api=has_api): (name, one)
        for name, one in reversed(tables.PRODUCTS.items())
    }
    rows = "\n".join(
        table(name, one, has_api=has_api) for name, one in reversed(products.values())
    )
    return f"{head}{BEGIN}\n\n{rows}\n{END}{tail}"


def main() -> None:
    """Write all pages."""
    for vendor in VENDORS:
        page(vendor).write_text(with_table(vendor))


if __name__ == "__main__":
    main()
