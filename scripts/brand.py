"""Draw the images in ``brand/`` from their sources: ``python -m scripts.brand``."""

from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from .browser import launched

REPOSITORY = Path(__file__).parents[1]
BRAND = REPOSITORY / "custom_components" / "sunbridge" / "brand"
ICON = (REPOSITORY / "docs" / "brand" / "icon.svg").read_text()

# On light and on dark ground.
COLOURS = {
    "": "--sun: #f5a300; --bridge: #0b4f6c; color: #0b4f6c",
    "dark_": "--sun: #ffb938; --bridge: #7cc4e4; color: #e8f4fa",
}
SHAPES = {
    "icon": "<style>svg { width: 256px; height: 256px; display: block }</style>" + ICON,
    "logo": """
        <style>
          svg { width: 200px; height: 200px }
          span { font: 500 128px Roboto; letter-spacing: -2px; padding: 0 8px 0 36px }
          #image { display: flex; align-items: center }
        </style>"""
    + ICON
    + "<span>Sunbridge</span>",
}


def draw(page: Page, shape: str, theme: str) -> None:
    """Draw one image; the page's scale tells its size."""
    page.set_content(
        f'<body style="margin: 0"><div id="image" style="width: max-content; '
        f'{COLOURS[theme]}">{SHAPES[shape]}</div>'
    )
    scale = page.evaluate("devicePixelRatio")
    name = f"{theme}{shape}{'@2x' if scale == 2 else ''}.png"
    page.locator("#image").screenshot(path=BRAND / name, omit_background=True)


def main() -> None:
    """Draw all of them."""
    BRAND.mkdir(exist_ok=True)
    with sync_playwright() as playwright, launched(playwright) as browser:
        for scale in (1, 2):
            page = browser.new_page(device_scale_factor=scale)
            for shape in SHAPES:
                for theme in COLOURS:
                    draw(page, shape, theme)


if __name__ == "__main__":
    main()
