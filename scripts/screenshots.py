"""Take the pictures in ``docs/images/``: ``scripts/images``.

Looks at a demo as a user would, logs in as one, and changes a charger's current in the
browser to see it obey.
"""

from pathlib import Path
import socket
import subprocess
import sys

from playwright.sync_api import Page, expect, sync_playwright

from .browser import launched

REPOSITORY = Path(__file__).parents[1]
IMAGES = REPOSITORY / "docs" / "images"


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def start_demo(port: int) -> subprocess.Popen[str]:
    """Start the demo and wait until it's live."""
    demo = subprocess.Popen(
        [sys.executable, "-m", "scripts.demo_lib", "--port", str(port)],
        cwd=REPOSITORY,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert demo.stdout is not None
    for line in demo.stdout:
        print(line, end="")
        if "Ctrl-C" in line:
            return demo
    raise SystemExit("the demo didn't start")


def log_in(page: Page, url: str) -> None:
    """Log in as the user demo."""
    page.goto(url)
    page.locator("input[name=username]").fill("demo")
    page.locator("input[name=password]").fill("demo")
    page.keyboard.press("Enter")
    page.locator("home-assistant-main").wait_for(state="attached")
    page.wait_for_url("**/home/**")


def shoot(page: Page, name: str) -> None:
    """Take a picture when the page has come to rest."""
    page.wait_for_timeout(2000)
    page.screenshot(path=IMAGES / f"{name}.png")
    print(f"docs/images/{name}.png")


def show_flow(page: Page, url: str) -> None:
    """Begin to add a charger, as a user does."""
    page.goto(f"{url}/config/integrations/dashboard/add?domain=sunbridge")
    page.get_by_role("button", name="OK").click()
    page.get_by_text("go-e charger").wait_for()
    shoot(page, "add_menu")
    page.get_by_text("go-e charger").click()
    page.get_by_text("In the local network").wait_for()
    shoot(page, "add_goe_way")
    page.get_by_text("Over the go-e cloud").click()
    page.locator("input[name=serial]").fill("54321")
    page.locator("input[name=token]").fill("not the token")
    shoot(page, "add_goe_cloud")


def show_easee_flow(page: Page, url: str) -> None:
    """Add an account, as a user does."""
    page.goto(f"{url}/config/integrations/dashboard/add?domain=sunbridge")
    page.get_by_role("button", name="OK").click()
    page.get_by_text("Easee", exact=True).last.click()
    page.locator("input[name=username]").fill("you@example.com")
    page.locator("input[name=password]").fill("demo")
    page.get_by_role("button", name="Submit").click()
    page.get_by_text("Integration account", exact=True).wait_for()
    shoot(page, "add_easee")


def show_easee(page: Page, url: str) -> None:
    """Pause a charger on its page, and see it obey."""
    page.goto(f"{url}/config/integrations/integration/sunbridge")
    page.locator("ha-config-entry-device-row", has_text="Bay 1").click()
    row = page.locator("hui-number-entity-row", has_text="Charging current")
    row.wait_for()
    shoot(page, "device_easee")
    press = page.locator("hui-button-entity-row", has_text="Pause charging")
    press.get_by_text("Press").click()
    power = page.locator("hui-sensor-entity-row", has_text="Power")
    reason = page.locator("hui-sensor-entity-row", has_text="Reason")
    expect(power).to_contain_text("0.00 kW", timeout=30_000)
    expect(reason).to_contain_text("Paused by the charging current", timeout=30_000)
    print("the charger pauses, and says why")


def show_weheat_flow(page: Page, url: str) -> None:
    """Add an account of heat pumps."""
    page.goto(f"{url}/config/integrations/dashboard/add?domain=sunbridge")
    page.get_by_role("button", name="OK").click()
    page.get_by_text("Weheat", exact=True).last.click()
    page.get_by_text("E-mail and password").wait_for()
    shoot(page, "add_weheat_way")
    page.get_by_text("E-mail and password").click()
    page.locator("input[name=username]").fill("you@example.com")
    page.locator("input[name=password]").fill("demo")
    page.get_by_role("button", name="Submit").click()
    page.get_by_text("Your heat pumps").wait_for()
    shoot(page, "add_weheat")


def show_weheat(page: Page, url: str) -> None:
    """Look at a heat pump, and at the hours before Home Assistant was there."""
    page.goto(f"{url}/config/integrations/integration/sunbridge")
    page.locator("ha-config-entry-device-row", has_text="Heat pump").click()
    page.locator("hui-sensor-entity-row", has_text="COP").first.wait_for()
    shoot(page, "device_weheat")
    page.goto(f"{url}/heat-pump")
    page.locator("ha-chart-base canvas").first.wait_for()
    shoot(page, "weheat_gap")


def show_nrgkick(page: Page, url: str) -> None:
    """Look at the parts of the house, and at what the wallbox gets."""
    page.goto(f"{url}/config/integrations/integration/sunbridge")
    page.get_by_text("NRGkick Custom API").first.wait_for()
    page.get_by_text("NRGkick Custom API").first.scroll_into_view_if_needed()
    shoot(page, "integration_nrgkick")
    page.locator("ha-config-entry-device-row", has_text="NRGkick Custom API").click()
    page.locator("hui-sensor-entity-row", has_text="Answer").wait_for()
    shoot(page, "device_nrgkick")


def show_surplus(page: Page, url: str) -> None:
    """Look at a car that gets the surplus, and let it charge as fast as it can."""
    page.goto(f"{url}/config/integrations/integration/sunbridge")
    page.locator("ha-config-entry-device-row", has_text="Easee surplus").click()
    reason = page.locator("hui-sensor-entity-row", has_text="Reason")
    reason.wait_for()
    shoot(page, "device_surplus")
    mode = page.locator("hui-select-entity-row", has_text="Mode")
    mode.locator("ha-control-select-menu, ha-select, ha-dropdown").first.click()
    page.get_by_text("Fast", exact=True).last.click()
    expect(reason).to_contain_text("Charges as fast as it can", timeout=30_000)
    print("the car charges as fast as it can, whatever the sun")


def show_dashboard(page: Page, url: str) -> None:
    """Look at the dashboard of the documentation."""
    page.goto(f"{url}/energy-at-home")
    page.locator("ha-chart-base canvas").first.wait_for()
    shoot(page, "dashboard")


def show_device(page: Page, url: str) -> None:
    """Change the charger's current on its page, and see the charger obey."""
    page.goto(f"{url}/config/integrations/integration/sunbridge")
    page.get_by_text("go-e Charger Gemini").first.wait_for()
    shoot(page, "integration")
    page.locator("ha-config-entry-device-row", has_text="Garage").click()
    row = page.locator("hui-number-entity-row", has_text="Charging current")
    row.wait_for()
    shoot(page, "device")
    slider = row.get_by_role("slider")
    slider.focus()
    for _ in range(6):
        slider.press("ArrowLeft")
    current = page.locator("hui-sensor-entity-row", has_text="Current L1")
    expect(row).to_contain_text("10 A", timeout=30_000)
    expect(current).to_contain_text("10.00 A", timeout=30_000)
    print("the charger took 10 A, and the car obeys")


def main() -> None:
    """Take all pictures."""
    IMAGES.mkdir(parents=True, exist_ok=True)
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    demo = start_demo(port)
    try:
        with sync_playwright() as playwright, launched(playwright) as browser:
            page = browser.new_page(viewport={"width": 1200, "height": 1000})
            page.set_default_timeout(30_000)
            log_in(page, url)
            show_device(page, url)
            show_easee(page, url)
            show_flow(page, url)
            show_easee_flow(page, url)
            show_weheat(page, url)
            show_weheat_flow(page, url)
            show_nrgkick(page, url)
            show_dashboard(page, url)
            show_surplus(page, url)
            page.emulate_media(color_scheme="dark")
            page.goto(f"{url}/config/integrations/integration/sunbridge")
            page.get_by_text("go-e Charger Gemini").first.wait_for()
            shoot(page, "integration_dark")
    finally:
        demo.terminate()
        demo.wait(60)


if __name__ == "__main__":
    main()
