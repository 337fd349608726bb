"""What the browser complains about while somebody looks at pages."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from playwright.sync_api import ConsoleMessage, Error, Page, Response

# Where the vendors' pictures are, which need the internet; ours are in the house.
_PICTURES: Final = "/api/brands/"


@contextmanager
def quiet(page: Page) -> Iterator[None]:
    """Fail at the end if the browser complained about something of ours."""
    complaints: list[str] = []

    def on_console(message: ConsoleMessage) -> None:
        where = message.location.get("url", "")
        if message.type == "error" and _PICTURES not in where:
            complaints.append(f"{message.text} ({where})")

    def on_error(error: Error) -> None:
        complaints.append(str(error))

    def on_response(response: Response) -> None:
        if response.status >= 400 and "sunbridge" in response.url:
            complaints.append(f"{response.status} {response.url.partition('?')[0]}")

    page.on("console", on_console)
    page.on("pageerror", on_error)
    page.on("response", on_response)
    try:
        yield
    finally:
        page.remove_listener("console", on_console)
        page.remove_listener("pageerror", on_error)
        page.remove_listener("response", on_response)
    assert not complaints, "\n".join(complaints)
