"""What the documentation promises is so."""

from pathlib import Path
import re

import pytest

from scripts.entity_table import VENDORS, page, with_table

REPOSITORY = Path(__file__).parents[1]
PAGES = [REPOSITORY / "README.md", *sorted((REPOSITORY / "docs").rglob("*.md"))]


@pytest.mark.parametrize("vendor", VENDORS)
def test_entity_table(vendor: str) -> None:
    """The table of entities is that of the code."""
    assert page(vendor).read_text() == with_table(vendor)


@pytest.mark.parametrize("file", PAGES, ids=lambda file: file.name)
def test_links(file: Path) -> None:
    """Links to files of the repository lead somewhere."""
    for target in re.findall(r"\]\(([^)#\s]+)", file.read_text()):
        if "://" not in target:
            assert (file.parent / target).exists(), target
