"""docs/tour.md, made from the table of pages: each page's sentence and its two pictures."""

from html import escape

from tests.browser.page_table import CHAPTERS, SeenPage
from tests.browser.scenery import ROOT

TOUR = ROOT / "docs" / "tour.md"
PICTURES = ROOT / "docs" / "images" / "pages"
# Window and colour scheme, and how wide the picture is shown.
IN_TOUR = {("desktop", "light"): 560, ("phone", "dark"): 220}
OPENING = """# A tour of the pages

What people see, on a desktop in light and on a telephone in dark; both come in both. The market is
made up. `make screenshots` takes these pictures and writes this page. [The site](site.md) says how
pages are built.
"""


def file_name(seen: SeenPage, window: str, scheme: str) -> str:
    return f"{seen.name}-{window}-{scheme}.png"


def render_tour() -> str:
    chapters = [
        f"## {title}\n\n" + "\n".join(_shown(seen) for seen in pages if seen.says)
        for title, pages in CHAPTERS.items()
    ]
    return "\n".join([OPENING, *chapters])


def _shown(seen: SeenPage) -> str:
    pictures = " ".join(
        f'<img src="images/pages/{file_name(seen, window, scheme)}" width="{width}" '
        f'alt="{escape(seen.says)} In {scheme}, on a {window}.">'
        for (window, scheme), width in IN_TOUR.items()
    )
    return f"{seen.says}\n\n{pictures}\n"
