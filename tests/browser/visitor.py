"""A person in front of the browser, who reads everything that is shown."""

from collections.abc import Callable
import contextlib
from pathlib import Path
import re
from typing import Final

from playwright.sync_api import (
    Locator,
    Page,
    TimeoutError as PlaywrightTimeoutError,
    expect,
)

from .checks import faults, visible
from .form import Form
from .looks import Look
from .stage import Stage
from .texts import pattern_of, texts

TIMEOUT_MS: Final = 30_000
# The house's own names, which aren't anybody's translation.
_GIVEN: Final = frozenset(
    {
        "Battery charge",
        "Battery level",
        "Battery power",
        "Boiler power",
        "Boiler switch",
        "Boiler temperature",
        "Grid power",
        "House",
        "House load",
        "Old wallbox current",
        "Old wallbox phases",
        "Old wallbox switch",
        "PV power",
        "Turned meter",
    }
)
# Something has to be wrong for a minute before it's told.
_ISSUE_MS: Final = 150_000
_BACK_MS: Final = 5_000
_REST_MS: Final = 150
_REST_TRIES: Final = 40
_LONGEST: Final = 4
_SCROLL: Final = """body => {
    const before = body.scrollTop;
    body.scrollTop += body.clientHeight - 60;
    return body.scrollTop > before + 30;
}"""
_OVERVIEW: Final = "/config/integrations/integration/sunbridge"
_FOLLOW: Final = """path => {
    history.pushState(null, "", path);
    dispatchEvent(new CustomEvent("location-changed", { detail: { replace: false } }));
}"""


class Visitor:
    """Goes through pages, and checks and photographs each that is looked at."""

    def __init__(self, page: Page, stage: Stage, look: Look, folder: Path) -> None:
        """Sit down in front of a page that shows Home Assistant already."""
        self.page = page
        self.stage = stage
        self.look = look
        self.texts = texts(look.language)
        self.dialog = page.locator("dialog-data-entry-flow")
        self.logged: list[re.Pattern[str]] = []
        self.folder = folder
        self._pictures = 0

    def says(self, path: str, **placeholders: str) -> str:
        """Return the text of a path in the visitor's language."""
        return self.texts[path].format(**placeholders)

    def pattern(self, path: str) -> re.Pattern[str]:
        """Return what a text is, whatever is in its placeholders."""
        return pattern_of(self.texts[path])

    def expect_log(self, pattern: str) -> None:
        """Let Home Assistant log a warning or an error that matches."""
        self.logged.append(re.compile(pattern))

    def go(self, path: str) -> None:
        """Open a page."""
        self.page.goto(f"{self.stage.home.url}{path}")
        self.page.locator("home-assistant-main").wait_for(state="attached")

    def see(self, name: str) -> None:
        """Look at what is shown: photograph it, and fail if something is wrong."""
        self._rest()
        self._pictures += 1
        scrolled = self.dialog.locator(".content-wrapper > .body").first
        if scrolled.count():
            scrolled.evaluate("body => { body.scrollTop = 0; }")
        for part in range(_LONGEST):
            more = f"_{part + 1}" if part else ""
            file = f"{self._pictures:02}_{name}{more}.png"
            self.page.screenshot(path=self.folder / file)
            if not (scrolled.count() and scrolled.evaluate(_SCROLL)):
                break
        found = sorted(set(faults(self.page, self.look, _GIVEN)))
        assert not found, f"{name}:\n" + "\n".join(found)

    def window(self, opens: Callable[[], None]) -> Page:
        """Do what opens another's page in a window of its own, and return that."""
        with self.page.expect_popup() as opened:
            opens()
        page = opened.value
        page.set_default_timeout(TIMEOUT_MS)
        page.set_viewport_size(self.look.size)
        page.emulate_media(color_scheme=self.look.theme, reduced_motion="reduce")
        return page

    def glance(self, page: Page, name: str) -> None:
        """Photograph another's page; what it says is no business of ours."""
        self._pictures += 1
        page.screenshot(path=self.folder / f"{self._pictures:02}_{name}.png")

    def begin(self, *options: str) -> None:
        """Begin to add something, and choose a way through the menus.

        The options are steps; the first one is of the menu of vendors.
        """
        self.go("/config/integrations/dashboard/add?domain=sunbridge")
        self.page.locator("dialog-box ha-button[slot=primaryAction]").click()
        # Where something was found, Home Assistant offers that first.
        found = self.page.locator("ha-domain-integrations ha-list-item-button")
        shown = self.dialog.locator("step-flow-menu").or_(found.last)
        shown.wait_for()
        if found.count():
            found.last.click()
        for menu, option in zip(("user", *options), options, strict=False):
            self.choose(f"config.step.{menu}", option)

    def choose(self, path: str, option: str) -> None:
        """Choose what a menu offers."""
        self.titled(path)
        self.see(path.rpartition(".")[2])
        text = self.texts[f"{path}.menu_options.{option}"]
        self.dialog.locator("step-flow-menu").get_by_text(text, exact=True).click()

    def form(self, path: str) -> Form:
        """Return the form that is shown, which has to be that of a step."""
        self.titled(path)
        form = Form(self, path)
        self.see(path.rpartition(".")[2])
        return form

    def sign(self, path: str, power: str) -> Form:
        """Return the form that asks for a sign: it says what flows now, and how."""
        said = self.says(f"{path}.description", power=power).replace("**", "")
        # The form before may have the same title.
        expect(self.dialog.locator("ha-markdown").first).to_have_text(said)
        return self.form(path)

    def titled(self, path: str) -> None:
        """Wait until the dialog has the title of a step."""
        title = self.dialog.locator(".dialog-title")
        expect(title).to_have_text(self.pattern(f"{path}.title"))

    def waits(self, path: str) -> None:
        """Read what the dialog says of another's page while it waits for it."""
        # Home Assistant doesn't show the step's title.
        said = self.dialog.locator("step-flow-external ha-markdown")
        expect(said).to_have_text(self.says(f"{path}.description"))
        self.see(path.rpartition(".")[2])

    def aborted(self, path: str) -> None:
        """Read why it doesn't go on, and close the dialog."""
        expect(self.dialog.locator("step-flow-abort")).to_have_text(self.pattern(path))
        self._leave(path.rpartition(".")[2])

    def finish(self) -> None:
        """Leave the dialog that says that something was added."""
        self.dialog.locator("step-flow-create-entry").wait_for()
        self._leave("added")

    @property
    def button(self) -> Locator:
        """The dialog's button that goes on."""
        return self.dialog.locator("ha-dialog-footer ha-button").last

    def stored(self) -> None:
        """Read that a change was stored, which Home Assistant says, and go back."""
        self.dialog.locator("step-flow-abort").wait_for()
        self._leave("stored")

    def overview(self, title: str) -> Locator:
        """Open the page of the integration, and return the row of an entry."""
        if self.page.url.startswith(self.stage.home.url):
            # As a click on a link does, without loading all of the frontend again.
            self.page.evaluate(_FOLLOW, _OVERVIEW)
        else:
            self.go(_OVERVIEW)
        row = self.page.locator("ha-config-entry-row").filter(
            has=self.page.locator("div[slot=headline]").get_by_text(title, exact=True)
        )
        row.wait_for()
        return row

    def menu(self, row: Locator, action: str) -> None:
        """Choose what the menu ⋮ of an entry, or of a part of one, offers."""
        row.locator("ha-dropdown").first.locator("ha-icon-button").first.click()
        row.locator(f"ha-dropdown-item[value={action}]").first.click()

    def add_part(self, title: str, kind: str) -> None:
        """Begin to add a part of an entry."""
        self.menu(self.overview(title), f"subentry_{kind}")

    def repair(self, path: str) -> None:
        """Look at the repairs, and begin with one; ``path`` is that of its title."""
        self.go("/config/repairs")
        issue = self.page.locator("ha-config-repairs").get_by_text(self.pattern(path))
        issue.wait_for(timeout=_ISSUE_MS)
        self.see("repairs")
        issue.click()

    def mend(self, path: str) -> None:
        """Agree that something is mended."""
        self.titled(path)
        self.see("confirm")
        self.button.click()
        self.dialog.locator("step-flow-create-entry").wait_for()
        self._leave("mended")

    def options(self, title: str) -> None:
        """Open the options of an entry."""
        self.overview(title).locator("ha-icon-button[slot=end]").first.click()

    def reconfigure(self, title: str) -> None:
        """Begin to change what is set up."""
        self.menu(self.overview(title), "reconfigure")

    def log_in_again(self, title: str) -> None:
        """Wait until Home Assistant asks for a log-in, and begin with it."""
        self.stage.asked_again()
        self.card(title)

    def met(self, title: str) -> Locator:
        """Wait for what Home Assistant wants to be done, and return its card."""
        self.go("/config/integrations/dashboard")
        card = self.page.locator("ha-config-flow-card").filter(has_text=title)
        card.wait_for()
        return card

    def card(self, title: str) -> None:
        """Look at what Home Assistant wants to be done, and begin with it."""
        card = self.met(title)
        self.see("card")
        card.locator("ha-integration-action-card > ha-button").last.click()

    def part(self, title: str, name: str) -> Locator:
        """Return the row of a part of an entry."""
        parts = self.overview(title).locator("ha-config-sub-entry-row")
        return parts.filter(has=self.page.get_by_text(name, exact=True))

    def change(self, title: str, name: str) -> None:
        """Begin to change a part of an entry."""
        self.part(title, name).locator("ha-icon-button[slot=end]").first.click()

    def remove(self, title: str) -> None:
        """Remove an entry, and see that it's gone."""
        self._remove(self.overview(title))

    def remove_part(self, title: str, name: str) -> None:
        """Remove a part of an entry, and see that it's gone."""
        self._remove(self.part(title, name))

    def device(self, title: str, name: str) -> None:
        """Look at the page of a device."""
        row = self.overview(title)
        self.see("overview")
        row.locator("ha-config-entry-device-row").filter(has_text=name).click()
        self.page.locator("ha-device-entities-card").first.wait_for()
        self.see("device")

    def closed(self, dialog: Locator) -> None:
        """Wait until a dialog is gone, and from the browser's history too."""
        dialog.wait_for(state="hidden")
        # Home Assistant goes back by itself, which breaks off what is opened meanwhile.
        # What it hasn't done by then, it won't do: it has opened something itself.
        with contextlib.suppress(PlaywrightTimeoutError):
            self.page.wait_for_function(
                "() => !history.state?.dialog", timeout=_BACK_MS
            )

    def _leave(self, name: str) -> None:
        """Look at a dialog that has nothing to fill in, and close it."""
        self.see(name)
        self.button.click()
        self.closed(self.dialog)

    def _remove(self, row: Locator) -> None:
        self.menu(row, "delete")
        sure = self.page.locator("dialog-box ha-button[slot=primaryAction]")
        sure.wait_for()
        self.see("remove")
        sure.click()
        expect(row).to_have_count(0)

    def _rest(self) -> None:
        """Wait until what is shown stays, but for figures."""
        before = None
        for _ in range(_REST_TRIES):
            now = [re.sub(r"\d", "", one["text"]) for one in visible(self.page)]
            if now and now == before:
                return
            before = now
            self.page.wait_for_timeout(_REST_MS)
