"""Debian's Chromium, without what it would do on its own."""

from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, Playwright

CHROMIUM = "/usr/bin/chromium"


@contextmanager
def launched(playwright: Playwright) -> Iterator[Browser]:
    """Give a browser without a window, and close it."""
    browser = playwright.chromium.launch(
        executable_path=CHROMIUM,
        args=["--no-sandbox", "--disable-quic", "--disable-background-networking"],
    )
    try:
        yield browser
    finally:
        browser.close()
