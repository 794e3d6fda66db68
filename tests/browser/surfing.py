"""A real Chromium, and in it guests: each has a profile of its own and keeps what went wrong.

No guest gets anywhere but to this machine: other hosts are refused by the browser itself, and that
they were asked for is a complaint.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Dialog,
    Page,
    Request,
    Response,
    sync_playwright,
)

HERE = {"localhost", "127.0.0.1", "::1"}
FLAGS = (
    "--headless",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1",
)
DESKTOP = {"width": 1200, "height": 800}
PHONE = {"width": 390, "height": 780}
# A bound for hanging, not a promise: the machine that runs the tests may be busy.
SHOWN_WITHIN_MS = 20_000


@contextmanager
def running_browser(path: str) -> Iterator[Browser]:
    """The machine's own Chromium; nothing is downloaded."""
    # As root Chromium starts without its sandbox alone.
    is_root = hasattr(os, "geteuid") and os.geteuid() == 0
    flags = [*FLAGS, *(["--no-sandbox"] if is_root else [])]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=flags)
        try:
            yield browser
        finally:
            browser.close()


@dataclass
class Guest:
    """A browser with a profile of its own at one site."""

    context: BrowserContext
    site: str
    complaints: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.context.set_default_timeout(SHOWN_WITHIN_MS)
        self.context.on("request", self._asked)
        self.context.on("response", self._answered)
        self.context.on("console", self._wrote)
        self.context.on("weberror", lambda error: self._note("an error of a script", error.error))
        self.context.on("dialog", self._was_asked)
        self.page: Page = self.context.new_page()

    def open(self, address: str) -> Response:
        """Go to an address of the site, or to a whole one; what it answers."""
        url = address if "://" in address else self.site + address
        answer = self.page.goto(url)
        assert answer is not None, f"{url} is the page that was shown"
        return answer

    def path(self) -> str:
        return urlsplit(self.page.url).path

    def scrolls_sideways(self) -> list[str]:
        """What reaches over the right edge of the window; empty where nobody must scroll."""
        found: list[str] = self.page.evaluate(_TOO_WIDE)
        return found

    def _asked(self, request: Request) -> None:
        address = urlsplit(request.url)
        if address.scheme not in ("data", "blob") and address.hostname not in HERE:
            self._note("asked for elsewhere", request.url)

    def _answered(self, response: Response) -> None:
        if response.status >= 400 and not response.request.is_navigation_request():
            self._note(f"answered {response.status}", response.url)

    def _wrote(self, message: ConsoleMessage) -> None:
        # What was not to be had is noted where it was answered.
        if message.type in ("error", "warning") and not message.text.startswith(
            "Failed to load resource: the server responded"
        ):
            self._note("console", message.text)

    def _was_asked(self, dialog: Dialog) -> None:
        self._note("dialog", dialog.message)
        dialog.dismiss()

    def _note(self, what: str, words: Any) -> None:
        where = self.page.url if hasattr(self, "page") else ""
        self.complaints.append(f"{where}: {what}: {words}")


_TOO_WIDE = """() => {
  const wide = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth <= wide) return [];
  return [...document.querySelectorAll('body *')]
    .filter(one => one.getBoundingClientRect().right > wide + 1)
    .map(one => one.outerHTML.slice(0, 120));
}"""
