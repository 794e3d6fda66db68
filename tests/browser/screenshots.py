"""Take the pictures of the tour: python -m tests.browser.screenshots [FOLDER]

Starts the system with a made-up market and goes to every page of the table. Without FOLDER the
tour is written anew: docs/tour.md, and its pictures in docs/images/pages, in light on a desktop and
in dark on a telephone. With FOLDER every page is kept there, in all four ways, to look at.
Whatever a browser complains of ends it.
"""

import io
import sys
import tempfile
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.sync_api import Browser

from tests.browser.lifelike import WISHES, have_news, write_catalogue
from tests.browser.page_table import PAGES, SeenPage
from tests.browser.scenery import Scenery, furnish, guest_of, running_system
from tests.browser.surfing import PHONE, Guest, running_browser
from tests.browser.tour import IN_TOUR, PICTURES, TOUR, file_name, render_tour
from tools import chromium

WINDOWS: dict[str, Any] = {"desktop": {"width": 960, "height": 640}, "phone": PHONE}
SCHEMES = ("light", "dark")
# Longer pages are cut: what is below is more of the same.
HIGHEST = {"desktop": 1100, "phone": 1000}
COLOURS = 96


def main(folder: Path | None) -> int:
    path = chromium.find()
    if path is None:
        chromium.say(chromium.MISSING)
        return 1
    with tempfile.TemporaryDirectory(prefix="ebay-alerts-tour-") as place:
        catalogue = write_catalogue(Path(place) / "products.json")
        with (
            running_browser(path) as browser,
            running_system(Path(place), MOCK_EBAY_CATALOGUE=str(catalogue)) as system,
        ):
            scenery = furnish(system, WISHES)
            have_news(scenery)
            for seen in PAGES:
                if folder or seen.says:
                    picture(browser, scenery, seen, folder)
    if folder is None:
        TOUR.write_text(render_tour(), encoding="utf-8")
    return 0


def picture(browser: Browser, scenery: Scenery, seen: SeenPage, folder: Path | None) -> None:
    """The page in each window and colour scheme."""
    member = scenery.ann if seen.is_signed_in else None
    for window, size in WINDOWS.items():
        with guest_of(browser, scenery.system, member, viewport=size) as guest:
            guest.open(scenery.address(seen.address))
            seen.steps(guest)
            guest.page.wait_for_load_state("networkidle")
            for scheme in SCHEMES:
                if folder or (window, scheme) in IN_TOUR:
                    guest.page.emulate_media(color_scheme=scheme)
                    name = file_name(seen, window, scheme)
                    keep(shot(guest, HIGHEST[window]), (folder or PICTURES) / name)


def shot(guest: Guest, highest: int) -> bytes:
    """The whole page, or its upper part, in a window of that height: a picture of more than the
    window would leave frames empty."""
    height = guest.page.evaluate("document.documentElement.scrollHeight")
    width = guest.page.viewport_size["width"]
    guest.page.set_viewport_size({"width": width, "height": min(height, highest)})
    return guest.page.screenshot(animations="disabled")


def keep(png: bytes, path: Path) -> None:
    """With a palette, which for pages is a third of the size."""
    path.parent.mkdir(parents=True, exist_ok=True)
    image = Image.open(io.BytesIO(png)).convert("RGB")
    image.quantize(COLOURS, dither=Image.Dither.NONE).save(path, optimize=True)
    sys.stdout.write(f"{path.name} {path.stat().st_size // 1024} kB\n")


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]).resolve() if len(sys.argv) > 1 else None))
