"""The JSON side: MailHog's addresses, and the control."""

import json
from collections.abc import Awaitable, Callable

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from inbox.control import BadControl
from inbox.mailhog import (
    DEFAULT_LIMIT,
    MOST,
    BadParameter,
    Json,
    mailhog_message,
    read_number,
    read_query,
)
from inbox.mails import MailQuery
from inbox.running import Inbox

Endpoint = Callable[[Request], Awaitable[Response]]


async def list_messages(request: Request) -> Response:
    """`GET /api/v2/messages?limit=&start=`."""
    return await _answer_page(request, MailQuery())


async def search_messages(request: Request) -> Response:
    """`GET /api/v2/search?kind=from|to|containing&query=&limit=&start=`."""
    asked = request.query_params
    return await _answer_page(request, read_query(asked.get("kind"), asked.get("query")))


async def list_all_messages(request: Request) -> Response:
    """`GET /api/v1/messages?limit=&start=`: the items alone."""
    page = await _page(request, MailQuery())
    return JSONResponse(page["items"])


async def show_message(request: Request) -> Response:
    """`GET /api/v1/messages/ID`."""
    message = await run_in_threadpool(_find_message, _inbox(request), request.path_params["id"])
    if message is None:
        return _not_found()
    return JSONResponse(message)


async def delete_message(request: Request) -> Response:
    """`DELETE /api/v1/messages/ID`."""
    inbox = _inbox(request)
    if not await run_in_threadpool(inbox.store.delete, request.path_params["id"]):
        return _not_found()
    inbox.publish()
    return Response()


async def delete_messages(request: Request) -> Response:
    """`DELETE /api/v1/messages`."""
    inbox = _inbox(request)
    await run_in_threadpool(inbox.store.clear)
    inbox.publish()
    return Response()


async def show_control(request: Request) -> Response:
    """`GET /api/control`."""
    return JSONResponse(_inbox(request).control.shown())


async def change_control(request: Request) -> Response:
    """`POST /api/control`; the fields are those of `inbox.control.Wish`."""
    control = _inbox(request).control
    try:
        control.change(json.loads(await request.body()))
    except ValueError as error:
        words = str(error) if isinstance(error, BadControl) else "The body must be JSON."
        return _bad_request(words)
    return JSONResponse(control.shown())


async def clear_control(request: Request) -> Response:
    """`DELETE /api/control`."""
    control = _inbox(request).control
    control.clear()
    return JSONResponse(control.shown())


async def _answer_page(request: Request, query: MailQuery) -> Response:
    return JSONResponse(await _page(request, query))


async def _page(request: Request, query: MailQuery) -> Json:
    start = read_number(request.query_params.get("start"), "start", 0)
    limit = min(read_number(request.query_params.get("limit"), "limit", DEFAULT_LIMIT), MOST)
    return await run_in_threadpool(_read_page, _inbox(request), query, start, limit)


def _read_page(inbox: Inbox, query: MailQuery, start: int, limit: int) -> Json:
    page = inbox.store.read(query, start, limit)
    sources = ((mail, inbox.store.find_source(mail.id)) for mail in page.mails)
    items = [mailhog_message(mail, source) for mail, source in sources if source is not None]
    return {"total": page.total, "count": len(items), "start": start, "items": items}


def _find_message(inbox: Inbox, mail_id: int) -> Json | None:
    mail, source = inbox.store.find(mail_id), inbox.store.find_source(mail_id)
    if mail is None or source is None:
        return None
    return mailhog_message(mail, source)


def _inbox(request: Request) -> Inbox:
    inbox: Inbox = request.app.state.inbox
    return inbox


def _bad_request(words: str) -> Response:
    return JSONResponse({"error": words}, 400)


def _not_found() -> Response:
    return JSONResponse({"error": "There is no such message."}, 404)


def _telling(endpoint: Endpoint) -> Endpoint:
    async def answer(request: Request) -> Response:
        try:
            return await endpoint(request)
        except BadParameter as error:
            return _bad_request(str(error))

    return answer


ROUTES = [
    Route("/api/v2/messages", _telling(list_messages)),
    Route("/api/v2/search", _telling(search_messages)),
    Route("/api/v1/messages", _telling(list_all_messages), methods=["GET"]),
    Route("/api/v1/messages", delete_messages, methods=["DELETE"]),
    Route("/api/v1/messages/{id:int}", show_message, methods=["GET"]),
    Route("/api/v1/messages/{id:int}", delete_message, methods=["DELETE"]),
    Route("/api/control", show_control, methods=["GET"]),
    Route("/api/control", change_control, methods=["POST"]),
    Route("/api/control", clear_control, methods=["DELETE"]),
]
