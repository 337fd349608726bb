"""Fixtures of the journeys, and where the pictures go."""

from collections.abc import Generator, Iterator
import os
from pathlib import Path
import tempfile

from playwright.sync_api import Page, expect, sync_playwright
import pytest

from scripts.browser import launched

from .complaints import quiet
from .log import complaints
from .looks import Look
from .stage import Stage
from .visitor import TIMEOUT_MS, Visitor


def pytest_addoption(parser: pytest.Parser) -> None:
    """Take the folder of the pictures."""
    parser.addoption(
        "--screenshots",
        metavar="DIR",
        type=Path,
        help="where the pictures go; a folder of the cache by default",
    )


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Tell where the pictures of a journey that failed are."""
    report = yield
    visitor = getattr(item, "funcargs", {}).get("visitor")
    if report.failed and isinstance(visitor, Visitor):
        report.sections.append(("Pictures, and the log", str(visitor.folder)))
    return report


@pytest.fixture(scope="session")
def pictures(pytestconfig: pytest.Config) -> Path:
    """Return the folder of the pictures."""
    chosen: Path | None = pytestconfig.getoption("--screenshots")
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return chosen or cache / "sunbridge" / "journeys"


@pytest.fixture(scope="session")
def stage() -> Iterator[Stage]:
    """Run one Home Assistant for all journeys."""
    built = Stage()
    with (
        tempfile.TemporaryDirectory(prefix="sunbridge-") as folder,
        built.started(Path(folder)),
    ):
        yield built


@pytest.fixture(scope="session")
def page(stage: Stage) -> Iterator[Page]:
    """Log in; the browser keeps its cache from journey to journey."""
    with sync_playwright() as playwright, launched(playwright) as browser:
        page = browser.new_page(reduced_motion="reduce")
        page.set_default_timeout(TIMEOUT_MS)
        expect.set_options(timeout=TIMEOUT_MS)
        page.goto(stage.home.url)
        page.locator("input[name=username]").fill("demo")
        page.locator("input[name=password]").fill("demo")
        page.keyboard.press("Enter")
        page.wait_for_url("**/home/**")
        yield page


@pytest.fixture
def visitor(
    request: pytest.FixtureRequest,
    page: Page,
    stage: Stage,
    look: Look,
    pictures: Path,
) -> Generator[Visitor]:
    """Sit down with a look; afterwards nothing of ours is left in the house."""
    stage.speak(look.language)
    page.set_viewport_size(look.size)
    page.emulate_media(color_scheme=look.theme, reduced_motion="reduce")
    folder = pictures / request.node.originalname.removeprefix("test_") / look.name
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.png"):
        old.unlink()
    size = stage.log_size()
    visitor = Visitor(page, stage, look, folder)
    try:
        with quiet(page):
            yield visitor
    finally:
        # What a failure is understood by.
        page.screenshot(path=folder / "end.png")
        page.goto("about:blank")
        stage.clear()
        (folder / "log.txt").write_text(stage.logged_since(size))
    logged = complaints(stage.logged_since(size), visitor.logged)
    assert not logged, "\n".join(logged)
