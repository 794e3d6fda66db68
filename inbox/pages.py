"""The web inbox: what each of its addresses answers."""

import json
import mimetypes
from datetime import UTC, datetime
from urllib.parse import quote, unquote

from starlette.requests import Request
from starlette.responses import (
    HTMLResponse,
    PlainTextResponse,
    RedirectResponse,
    Response,
    StreamingResponse,
)
from starlette.routing import Route

from inbox.html_text import FRAME_POLICY, framed_html
from inbox.list_page import PAGE_SIZE, ListRequest, list_page
from inbox.mail_page import SCHEMES, TABS, WIDTHS, MailRequest, default_tab, mail_page
from inbox.mails import Mail, MailQuery
from inbox.parsing import Attachment, ParsedMail, parse_mail
from inbox.rendering import Html, render
from inbox.running import Inbox


async def show_health(request: Request) -> Response:
    """`GET /healthz`: both servers answer once this does."""
    return PlainTextResponse("ok\n")


def show_list(request: Request) -> Response:
    """`GET /?q=&page=`."""
    inbox = _inbox(request)
    asked = ListRequest(request.query_params.get("q", "").strip(), _page_number(request))
    query = MailQuery(containing=tuple(asked.words.split()))
    page = inbox.store.read(query, (asked.page - 1) * PAGE_SIZE, PAGE_SIZE)
    return _page(inbox, list_page(asked, page, inbox, datetime.now(UTC)))


def show_mail(request: Request) -> Response:
    """`GET /mails/ID?tab=&width=&scheme=`."""
    inbox = _inbox(request)
    mail, source = _mail(request), _source(request)
    if mail is None or source is None:
        return _gone(inbox)
    parsed = parse_mail(source)
    asked = MailRequest(
        tab=_choice(request, "tab", TABS, default_tab(parsed)),
        width=_choice(request, "width", tuple(WIDTHS), "full"),
        scheme=_choice(request, "scheme", tuple(SCHEMES), "system"),
    )
    neighbours = inbox.store.find_neighbours(mail.id)
    return _page(inbox, mail_page(asked, mail, source, parsed, neighbours, datetime.now(UTC)))


def show_html(request: Request) -> Response:
    """`GET /mails/ID/html?scheme=`: for the sandboxed frame alone."""
    parsed = _parsed(request)
    if parsed is None or parsed.html is None:
        return _nothing()
    scheme = _choice(request, "scheme", ("dark", "light"), "")
    html = framed_html(parsed.html, scheme, f"/mails/{request.path_params['id']}/inline/")
    return HTMLResponse(html, headers={"content-security-policy": FRAME_POLICY})


def download_source(request: Request) -> Response:
    """`GET /mails/ID/source`: the mail as it came, for a mail program."""
    source = _source(request)
    if source is None:
        return _nothing()
    return _download(source, f"mail-{request.path_params['id']}.eml", "message/rfc822")


def download_attachment(request: Request) -> Response:
    """`GET /mails/ID/attachments/NUMBER`, counted from 1."""
    parsed, number = _parsed(request), request.path_params["number"]
    if parsed is None or not 1 <= number <= len(parsed.attachments):
        return _nothing()
    attachment = parsed.attachments[number - 1]
    return _download(attachment.content, attachment.name, attachment.content_type)


def show_inline(request: Request) -> Response:
    """`GET /mails/ID/inline/CONTENT-ID`: a picture that the mail's HTML names by `cid:`."""
    parsed, wanted = _parsed(request), unquote(request.path_params["content_id"])
    for attachment in parsed.attachments if parsed else ():
        if attachment.content_id == wanted and _is_picture(attachment):
            return Response(attachment.content, media_type=attachment.content_type)
    return _nothing()


def delete_mail(request: Request) -> Response:
    """`POST /mails/ID/delete`; goes on to the list, whether there still was such a mail."""
    inbox = _inbox(request)
    inbox.store.delete(request.path_params["id"])
    inbox.publish()
    return RedirectResponse("/", 303)


def delete_all(request: Request) -> Response:
    """`POST /mails/delete`."""
    inbox = _inbox(request)
    inbox.store.clear()
    inbox.publish()
    return RedirectResponse("/", 303)


async def follow(request: Request) -> Response:
    """`GET /events`: an event whenever the mails have changed."""
    inbox = _inbox(request)
    return StreamingResponse(inbox.hub.stream(inbox.store.state), media_type="text/event-stream")


def _page(inbox: Inbox, page: tuple[str, Html], status: int = 200) -> Response:
    title, body = page
    state = json.dumps(inbox.store.state())
    return HTMLResponse(render("frame", title=title, body=body, state=state), status)


def _gone(inbox: Inbox) -> Response:
    words = "It was deleted, or it made room for newer ones."
    nothing = render("nothing", title="This mail is gone", words=words)
    return _page(inbox, ("Gone - Inbox", render("gone", nothing=nothing)), 404)


def _nothing() -> Response:
    return PlainTextResponse("There is nothing here.\n", 404)


def _download(content: bytes, name: str, content_type: str) -> Response:
    """As a file, never as a page: an attachment may be HTML with scripts."""
    known = content_type in mimetypes.types_map.values()
    disposition = f"attachment; filename*=UTF-8''{quote(name, safe='')}"
    return Response(
        content,
        media_type=content_type if known else "application/octet-stream",
        headers={"content-disposition": disposition, "content-security-policy": "sandbox"},
    )


def _is_picture(attachment: Attachment) -> bool:
    """Pictures without scripts: SVG is none."""
    kind = attachment.content_type
    return kind in {"image/png", "image/jpeg", "image/gif", "image/webp", "image/avif"}


def _page_number(request: Request) -> int:
    text = request.query_params.get("page", "")
    return max(1, int(text)) if text.isascii() and text.isdigit() and len(text) < 8 else 1


def _choice(request: Request, name: str, choices: tuple[str, ...], otherwise: str) -> str:
    wanted = request.query_params.get(name, otherwise)
    return wanted if wanted in choices else otherwise


def _inbox(request: Request) -> Inbox:
    inbox: Inbox = request.app.state.inbox
    return inbox


def _mail(request: Request) -> Mail | None:
    return _inbox(request).store.find(request.path_params["id"])


def _source(request: Request) -> bytes | None:
    return _inbox(request).store.find_source(request.path_params["id"])


def _parsed(request: Request) -> ParsedMail | None:
    source = _source(request)
    return parse_mail(source) if source is not None else None


ROUTES = [
    Route("/", show_list),
    Route("/healthz", show_health),
    Route("/events", follow),
    Route("/mails/delete", delete_all, methods=["POST"]),
    Route("/mails/{id:int}", show_mail),
    Route("/mails/{id:int}/delete", delete_mail, methods=["POST"]),
    Route("/mails/{id:int}/html", show_html),
    Route("/mails/{id:int}/source", download_source),
    Route("/mails/{id:int}/attachments/{number:int}", download_attachment),
    Route("/mails/{id:int}/inline/{content_id:path}", show_inline),
]
