"""The list of mails as HTML."""

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from inbox.control import Wish
from inbox.mails import Mail, MailPage
from inbox.rendering import Html, ago, joined, render, short_people, size_in_words
from inbox.running import Inbox

PAGE_SIZE = 50


@dataclass(frozen=True, slots=True)
class ListRequest:
    """`words` are all to be found in a mail; pages count from 1."""

    words: str
    page: int


def list_page(asked: ListRequest, page: MailPage, inbox: Inbox, now: datetime) -> tuple[str, Html]:
    """Title and body."""
    title = f"{asked.words} - Inbox" if asked.words else f"Inbox ({page.total:,})"
    body = render(
        "list",
        words=asked.words,
        smtp=f"{inbox.smtp_host}:{inbox.smtp_port}",
        notice=_notice(inbox.control.wish),
        count=_count(asked, page),
        clear=render("clear", total=f"{page.total:,}") if page.total and not asked.words else "",
        mails=_mails(asked, page, inbox, now),
        paging=_paging(asked, page.total),
    )
    return title, body


def failures_in_words(wish: Wish) -> str:
    """What the control does to senders right now; empty when it leaves them alone."""
    places = {
        "connect": "at the greeting",
        "rcpt": "at a recipient",
        "data": "at the end of a mail",
        "stored": "after a mail was kept",
    }
    effects = []
    if wish.drop_next:
        effects.append(f"hangs up on the next {wish.drop_next:,}")
    if wish.refuse_next:
        effects.append(f"refuses the next {wish.refuse_next:,} with {wish.code}")
    if wish.delay_ms:
        effects.append(f"waits {wish.delay_ms:,} ms")
    if not effects:
        return ""
    return f"On demand, this server {' and '.join(effects)} {places[wish.at]}."


def _notice(wish: Wish) -> Html:
    words = failures_in_words(wish)
    return render("notice", words=words) if words else Html("")


def _count(asked: ListRequest, page: MailPage) -> str:
    mails = "1 mail" if page.total == 1 else f"{page.total:,} mails"
    if not page.mails or (page.total <= PAGE_SIZE):
        return mails if page.total else ""
    return f"{page.start + 1:,} to {page.start + len(page.mails):,} of {mails}"


def _mails(asked: ListRequest, page: MailPage, inbox: Inbox, now: datetime) -> Html:
    if page.mails:
        return render("rows", rows=joined(_row(mail, now) for mail in page.mails))
    if asked.words:
        words = f"No mail has “{asked.words}” in its subject, addresses or text."
        return render("nothing", title="Nothing found", words=words)
    if page.total:
        return render("nothing", title="No mails on this page", words="The list is shorter now.")
    return render("empty", host=inbox.smtp_host, port=inbox.smtp_port)


def _row(mail: Mail, now: datetime) -> Html:
    return render(
        "row",
        id=mail.id,
        sender=mail.from_header or mail.sender,
        from_short=short_people(mail.from_header, [mail.sender]) or "nobody",
        recipients=", ".join(mail.recipients),
        to_short=short_people("", mail.recipients),
        subject=mail.subject or "(no subject)",
        moment=mail.received_at.isoformat(),
        exact=exact_time(mail.received_at),
        ago=ago(mail.received_at, now),
        size=size_in_words(mail.size),
    )


def exact_time(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S} UTC"


def _paging(asked: ListRequest, total: int) -> Html:
    last = (total + PAGE_SIZE - 1) // PAGE_SIZE
    links = []
    if asked.page > 1:
        links.append(_page_link(asked, min(asked.page - 1, max(last, 1)), "Newer"))
    if asked.page < last:
        links.append(_page_link(asked, asked.page + 1, "Older"))
    return render("paging", links=joined(links)) if links else Html("")


def _page_link(asked: ListRequest, page: int, label: str) -> Html:
    fields = {"q": asked.words, "page": str(page)}
    query = urlencode({name: value for name, value in fields.items() if value})
    return render("page_link", query=query, label=label)
