"""A form in a dialog: filled in as a person does, and corrected when it's wrong."""

from typing import TYPE_CHECKING, Any

from playwright.sync_api import Locator, expect

if TYPE_CHECKING:
    from .visitor import Visitor


class Form:
    """The form of a step; ``path`` is that of its texts, fields go by their keys."""

    def __init__(self, visitor: Visitor, path: str) -> None:
        """Wait until it's there."""
        self._visitor = visitor
        self._path = path
        visitor.dialog.locator("step-flow-form").wait_for(state="attached")
        # It isn't there without fields.
        self._form = visitor.dialog.locator("ha-form").first

    @property
    def data(self) -> dict[str, Any]:
        """What is filled in; what was cleared isn't there, as if it never had been."""
        found: dict[str, Any] = self._form.evaluate("form => form.data ?? {}")
        return {key: value for key, value in found.items() if value is not None}

    def field(self, key: str) -> Locator:
        """Return where something is filled in, in a section too."""
        number: int = self._form.evaluate(
            "(form, key) => form.schema.flatMap(one => one.schema ?? one)"
            ".findIndex(one => one.name === key)",
            key,
        )
        assert number >= 0, f"there's no field {key}"
        return self._form.locator("ha-selector").nth(number)

    def fill(self, **values: str) -> Form:
        """Type into fields."""
        for key, value in values.items():
            self.field(key).locator("input, textarea").first.fill(value)
        return self

    def turn(self, *keys: str) -> Form:
        """Turn switches to the other side."""
        for key in keys:
            self.field(key).locator("ha-switch").click()
        return self

    def choose(self, key: str, text: str) -> Form:
        """Choose one of several texts that are all shown."""
        self.field(key).get_by_text(text, exact=True).click()
        return self

    def drop(self, key: str, text: str) -> Form:
        """Choose one of several texts of a list that drops down."""
        self.field(key).locator("ha-select").click()
        self.field(key).locator("ha-dropdown-item").get_by_text(
            text, exact=True
        ).click()
        return self

    def pick(self, key: str, *names: str) -> Form:
        """Look entities up by their names, and choose them."""
        for name in names:
            # Where several may be chosen, the last one is for the next.
            picker = self.field(key).locator("ha-entity-picker").last
            self._open(picker)
            box = self._box(name)
            box.get_by_text(name, exact=True).first.click()
            box.wait_for(state="hidden")
            expect(self.field(key)).to_contain_text(name)
        return self

    def own(self, key: str, text: str) -> Form:
        """Type what isn't in a list."""
        self._open(self.field(key))
        box = self._box(text)
        self._visitor.page.keyboard.press("Enter")
        box.wait_for(state="hidden")
        return self

    def clear(self, key: str) -> Form:
        """Remove the last thing that was chosen in a field."""
        picker = (
            self.field(key)
            .locator("ha-picker-field")
            .filter(has=self._visitor.page.locator("ha-icon-button.clear"))
        )
        picker.last.locator("ha-icon-button.clear").click()
        return self

    def without(self, key: str) -> Form:
        """Remove the last of what was typed into a field with several."""
        self.field(key).locator("ha-input-chip button.remove").last.click()
        return self

    def submit(self) -> None:
        """Send it."""
        self._visitor.button.click()

    def fails(self, error: str) -> Form:
        """Send it, read what's wrong by its key, and see that nothing is lost."""
        visitor = self._visitor
        sent = self.data
        self.submit()
        root = self._path.partition(".step.")[0]
        expected = visitor.pattern(f"{root}.error.{error}")
        expect(self._form.locator("ha-alert").first).to_have_text(expected)
        visitor.see(error)
        kept = self.data
        assert kept == sent, f"after {error} the form has {kept} instead of {sent}"
        return self

    def _open(self, picker: Locator) -> None:
        """Open the box in which something is looked for: what is chosen, or "add"."""
        trigger = picker.locator("button.trigger:visible")
        add = picker.locator("ha-button:visible")
        (trigger if trigger.count() else add).last.click()

    def _box(self, text: str) -> Locator:
        """Type into the box in which something is looked for."""
        box = self._visitor.page.locator("ha-picker-combo-box").last
        box.locator("input").fill(text)
        return box
