"""The whole system, running, with people in it whose alerts have something to tell."""

import json
import re
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser

from tests.browser.surfing import DESKTOP, Guest
from tests.processes.programs import READY_WITHIN_S, Place, until
from tests.servers import RunningInbox, RunningMock

ROOT = Path(__file__).parents[2]
PASSWORD = "seventeen-lanterns"
BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


@dataclass
class System:
    """`ebay-alerts up` in a place of its own, and the two servers beside it."""

    place: Place
    mock: RunningMock
    inbox: RunningInbox
    first_link: str
    stack: ExitStack

    def client(self) -> httpx.Client:
        """Of the site, with cookies of its own; closed with the system."""
        known_as = {"User-Agent": BROWSER}
        client = httpx.Client(
            base_url=self.url, headers=known_as, follow_redirects=True, timeout=20
        )
        return self.stack.enter_context(client)

    @property
    def url(self) -> str:
        """As links in mails have it."""
        return self.place.url.replace("127.0.0.1", "localhost")

    @property
    def inbox_url(self) -> str:
        return self.place.inbox_url.replace("127.0.0.1", "localhost")

    @property
    def mock_url(self) -> str:
        return self.place.mock_url.replace("127.0.0.1", "localhost")

    def mails_to(self, email: str) -> list[EmailMessage]:
        return [mail for mail in self.inbox.mails() if mail["To"] == email]

    def mail_to(self, email: str, subject: str) -> EmailMessage:
        """The first mail to the address whose subject has these words, once it is there."""

        def found() -> list[EmailMessage]:
            return [mail for mail in self.mails_to(email) if subject in mail["Subject"]]

        try:
            return until(found, 60, f"a mail to {email} about {subject!r}")[0]
        except pytest.fail.Exception as error:
            error.add_note(f"there are {[mail['Subject'] for mail in self.mails_to(email)]}")
            raise

    def run_inside(self, email: str) -> dict[str, str]:
        """What `tests.browser.inside` prints."""
        program = self.place.module("tests.browser.inside", email, PYTHONPATH=str(ROOT))
        assert program.wait(READY_WITHIN_S) == 0, program.said()
        said: dict[str, str] = json.loads(program.said().splitlines()[-1])
        return said


@contextmanager
def running_system(folder: Path, **settings: str) -> Iterator[System]:
    with ExitStack() as stack:
        place = stack.enter_context(closing(Place(folder, settings)))
        said = place.up().said()
        link = re.search(r"(/sign-in/once/\S+)", said)
        assert link, said
        mock = stack.enter_context(httpx.Client(base_url=place.mock_url, timeout=20))
        inbox = stack.enter_context(httpx.Client(base_url=place.inbox_url, timeout=20))
        servers = RunningMock(place.mock_url, mock), RunningInbox("", inbox)
        yield System(place, *servers, link[1], stack)


class Member:
    """Somebody who signs up, and keeps alerts by the site's forms, without a browser."""

    def __init__(self, system: System, email: str, *, has_password: bool = True) -> None:
        self.email = email
        self.http = system.client()
        self.http.get("/sign-up/")
        self.post("/sign-up/", email=email)
        self.post(link_in(system.mail_to(email, "Confirm"), "/c/"))
        if has_password:
            self._choose_a_password(system)

    def _choose_a_password(self, system: System) -> None:
        """By a mailed link, which signs out; by the password one is in again."""
        self.post("/password/reset/", email=self.email)
        chosen = self.http.get(
            link_in(system.mail_to(self.email, "new password"), "/password/reset/")
        )
        self.post(chosen.url.path, password1=PASSWORD, password2=PASSWORD)
        self.post("/sign-in/", login=self.email, password=PASSWORD)

    def post(self, path: str, **fields: Any) -> httpx.Response:
        fields["csrfmiddlewaretoken"] = self.http.cookies["csrftoken"]
        answer = self.http.post(path, data=fields)
        assert answer.status_code == 200, f"{path}: {answer.status_code} {answer.text}"
        return answer

    def keep(self, keywords: str, **fields: Any) -> int:
        """Keep an alert; its id."""
        given = {"keywords": keywords, "interval_minutes": "0", "action": "keep", **fields}
        found = re.fullmatch(r"/alerts/(\d+)/", self.post("/alerts/new/", **given).url.path)
        assert found, "the alert is kept and shown"
        return int(found[1])

    def is_filled(self, alert: int) -> bool:
        return "filling" not in self.http.get(f"/alerts/{alert}/").text

    def cookies(self, url: str) -> list[dict[str, str]]:
        """For a browser to go on with."""
        return [
            {"name": name, "value": value, "url": url} for name, value in self.http.cookies.items()
        ]


def link_in(mail: EmailMessage, beginning: str) -> str:
    """The path of the link in the mail's text that begins so."""
    body = mail.get_body(("plain",))
    assert body is not None
    found = re.search(rf"https?://[^/\s]+({re.escape(beginning)}[^\s>]*)", body.get_content())
    assert found, body.get_content()
    return found[1]


@dataclass
class Scenery:
    """The system with ann, who has alerts, and bob, who has none of hers."""

    system: System
    ann: Member
    bob: Member
    alert: int
    paths: dict[str, str] = field(default_factory=dict)

    def address(self, form: str) -> str:
        """An address of the table of pages, filled in."""
        return form.format(
            alert=self.alert, inbox=self.system.inbox_url, mock=self.system.mock_url, **self.paths
        )


# What ann looks for: keywords and the other fields of the form. The first one is shown.
SMALL = (
    ("wine", {"max_price": "60", "note": "For the cellar,\nno vinegar."}),
    ("camera", {"interval_minutes": "60", "name": "Cameras"}),
    ("lego", {"interval_minutes": "1440", "name": "Bricks"}),
)


def furnish(system: System, wishes: Any = SMALL) -> Scenery:
    """Have ann and bob move in; the welcome mails are there, and history and a report."""
    ann, bob = Member(system, "ann@example.com"), Member(system, "bob@example.com")
    alerts = [ann.keep(keywords, **fields) for keywords, fields in wishes]
    for alert in alerts:
        until(lambda alert=alert: ann.is_filled(alert), 60, "the alert's filling")
    ann.post(f"/alerts/{alerts[-1]}/act/", action="pause")
    until(lambda: len(system.mails_to(ann.email)) > len(alerts), 60, "the welcome mails")
    paths = system.run_inside(ann.email)
    paths |= {
        **{name: path.strip("/") for name, path in paths.items() if path.count("/") == 1},
        "sign_in_once": system.first_link,
        "mail": newest_mail(system),
        "item": f"/itm/{system.mock.products('camera')[0]['id']}",
    }
    return Scenery(system, ann, bob, alerts[0], paths)


def newest_mail(system: System) -> str:
    """The path of its page in the inbox."""
    return f"/mails/{system.inbox.http.get('/api/v2/messages').json()['items'][0]['ID']}"


@contextmanager
def guest_of(
    browser: Browser, system: System, member: Member | None, **options: Any
) -> Iterator[Guest]:
    """Signed in as the member, if one is given; at the end nothing may have gone wrong."""
    context = browser.new_context(**{"viewport": DESKTOP, **options})
    if member:
        context.add_cookies(member.cookies(system.url))  # type: ignore[arg-type]
    guest = Guest(context, system.url)
    yield guest
    context.close()
    assert guest.complaints == []
