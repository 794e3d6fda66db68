"""Views that are imported at their first request: those of second factors bring 16 MB along, which
no process needs that only makes links."""

from collections.abc import Callable
from typing import Any

from django.http.response import HttpResponseBase
from django.utils.module_loading import import_string

View = Callable[..., HttpResponseBase]


def imported_later(dotted: str) -> View:
    """The view of that name. What its import raises, its first request does."""

    def view(*args: Any, **named: Any) -> HttpResponseBase:
        answer: HttpResponseBase = import_string(dotted)(*args, **named)
        return answer

    view.__name__ = dotted.rpartition(".")[2]
    return view
