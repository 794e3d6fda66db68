"""Looking a page over: what keeps people from using it, in every window and colour scheme."""

from typing import Any

from axe_playwright_python.base import AXE_SCRIPT

from tests.browser.surfing import DESKTOP, PHONE, Guest

_RUN_AXE = "([context, options]) => axe.run(context, options)"
_CONTRAST = ["color-contrast"]


def look_over(guest: Guest) -> dict[str, list[str]]:
    """What is wrong with the page that is shown, by where it is; empty where nothing is."""
    guest.page.evaluate(AXE_SCRIPT)
    found = {"desktop": barriers(guest)}
    switch(guest, "dark")
    found["desktop, dark"] = barriers(guest, rules=_CONTRAST)
    guest.page.set_viewport_size(PHONE)
    found["phone, dark"] = barriers(guest, rules=_CONTRAST)
    switch(guest, "light")
    found["phone"] = barriers(guest, rules=[*_CONTRAST, "scrollable-region-focusable"])
    found["sideways on a phone"] = guest.scrolls_sideways()
    guest.page.set_viewport_size(DESKTOP)
    return {where: what for where, what in found.items() if what}


def switch(guest: Guest, scheme: str) -> None:
    """To light or dark, and wait until what is drawn by scripts is drawn anew."""
    guest.page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    guest.page.evaluate(
        "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"
    )


def barriers(guest: Guest, rules: list[str] | None = None) -> list[str]:
    """What axe-core finds wrong, however little, with the elements that it means."""
    options: dict[str, Any] = {"resultTypes": ["violations"]}
    exclude = {"exclude": [["#swagger-ui"]]}  # whose colours are not ours
    if rules:
        options["runOnly"] = rules
    found = guest.page.evaluate(_RUN_AXE, [exclude, options])["violations"]
    return [
        f"{one['id']}: {one['help']}: {node['html'][:160]} {node['failureSummary']}"
        for one in found
        for node in one["nodes"]
    ]
