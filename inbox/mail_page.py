"""One mail as HTML: its head, its tabs, and the view that is chosen."""

from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import urlencode

from inbox.headers import readable
from inbox.list_page import exact_time
from inbox.mails import Mail
from inbox.parsing import ParsedMail
from inbox.rendering import Html, ago, joined, linked, render, size_in_words

TABS = ("html", "text", "source", "headers", "attachments")
WIDTHS = {"320": "Phone, 320", "600": "Mail, 600", "full": "Full"}
SCHEMES = {"system": "System", "light": "Light", "dark": "Dark"}
SHOWN_CHARACTERS = 500_000


@dataclass(frozen=True, slots=True)
class MailRequest:
    """Which view: a key of TABS, of WIDTHS and of SCHEMES."""

    tab: str
    width: str = "full"
    scheme: str = "system"


def default_tab(parsed: ParsedMail) -> str:
    return "html" if parsed.html is not None else "text"


def mail_page(
    asked: MailRequest,
    mail: Mail,
    source: bytes,
    parsed: ParsedMail,
    neighbours: tuple[int | None, int | None],
    now: datetime,
) -> tuple[str, Html]:
    """Title and body; `neighbours` are the newer and the older mail."""
    subject = mail.subject or "(no subject)"
    newer, older = neighbours
    body = render(
        "mail",
        id=mail.id,
        subject=subject,
        from_line=mail.from_header or mail.sender or "nobody",
        to_line=mail.to_header or ", ".join(mail.recipients),
        envelope=_envelope(mail),
        moment=mail.received_at.isoformat(),
        exact=exact_time(mail.received_at),
        ago=ago(mail.received_at, now),
        size=size_in_words(mail.size),
        newer=_neighbour(newer, "Newer"),
        older=_neighbour(older, "Older"),
        tabs=_tabs(asked, mail, parsed),
        problem=render("notice", words=parsed.problem) if parsed.problem else "",
        view=_view(asked, mail, source, parsed),
    )
    return f"{subject} - Inbox", body


def _envelope(mail: Mail) -> Html:
    """The addresses that SMTP used, which decide where a mail goes."""
    recipients = ", ".join(mail.recipients)
    return render("envelope", sender=mail.sender or "nobody (a bounce)", recipients=recipients)


def _neighbour(mail_id: int | None, label: str) -> Html:
    if mail_id is None:
        return render("no_neighbour", label=label)
    return render("neighbour", id=mail_id, label=label)


def _tabs(asked: MailRequest, mail: Mail, parsed: ParsedMail) -> Html:
    count = len(parsed.attachments)
    labels = {
        "html": "HTML" if parsed.html is not None else "",
        "text": "Text" if parsed.text is not None or parsed.html is None else "",
        "source": "Source",
        "headers": "Headers",
        "attachments": f"Attachments ({count})" if count else "",
    }
    links = [(tab, label) for tab, label in labels.items() if label]
    return joined(
        _choice(asked, replace(asked, tab=tab), label, asked.tab == tab) for tab, label in links
    )


def _choice(asked: MailRequest, other: MailRequest, label: str, is_chosen: bool) -> Html:
    query = urlencode({"tab": other.tab, "width": other.width, "scheme": other.scheme})
    current = Html('aria-current="true"') if is_chosen else Html("")
    return render("choice", query=query, label=label, current=current)


def _view(asked: MailRequest, mail: Mail, source: bytes, parsed: ParsedMail) -> Html:
    if asked.tab == "html" and parsed.html is not None:
        return _html_view(asked, mail)
    if asked.tab == "source":
        text = readable(source[:SHOWN_CHARACTERS])
        return render("source_view", id=mail.id, text=text, more=_left_out(len(source)))
    if asked.tab == "headers":
        return _headers_view(parsed)
    if asked.tab == "attachments" and parsed.attachments:
        return _attachments_view(mail, parsed)
    if parsed.text:
        text = linked(parsed.text[:SHOWN_CHARACTERS])
        return render("text_view", text=text, more=_left_out(len(parsed.text)))
    return render("no_text")


def _html_view(asked: MailRequest, mail: Mail) -> Html:
    return render(
        "html_view",
        id=mail.id,
        width=asked.width,
        scheme=asked.scheme,
        widths=joined(
            _choice(asked, replace(asked, width=key), label, key == asked.width)
            for key, label in WIDTHS.items()
        ),
        schemes=joined(
            _choice(asked, replace(asked, scheme=key), label, key == asked.scheme)
            for key, label in SCHEMES.items()
        ),
    )


def _left_out(length: int) -> str:
    left = max(0, length - SHOWN_CHARACTERS)
    return f"{left:,} more are in the download under Source." if left else ""


def _headers_view(parsed: ParsedMail) -> Html:
    rows = (render("header_row", name=name, value=value) for name, value in parsed.headers)
    return render("headers_view", rows=joined(rows))


def _attachments_view(mail: Mail, parsed: ParsedMail) -> Html:
    rows = (
        render(
            "attachment_row",
            id=mail.id,
            number=number,
            name=attachment.name,
            kind=attachment.content_type,
            size=size_in_words(len(attachment.content)),
        )
        for number, attachment in enumerate(parsed.attachments, start=1)
    )
    return render("attachments_view", rows=joined(rows))
