"""`span()`: the seam between "this piece of work begins here" and whoever collects that.

Nobody does unless the operator asks for it; then it costs a look at a variable.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol

Noted = str | int | float | bool


class Span(Protocol):
    """A piece of work while it goes on. Nothing that is noted may be a secret, or of a user."""

    def rename(self, name: str) -> None:
        """What it is called, once that is known better."""

    def note(self, name: str, value: Noted) -> None:
        """A fact about it."""


Tracer = Callable[[str, Mapping[str, Noted]], AbstractContextManager[Span]]


class _Unheard:
    def rename(self, name: str) -> None:
        """Dropped."""

    def note(self, name: str, value: Noted) -> None:
        """Dropped."""


@contextmanager
def _nobody(name: str, facts: Mapping[str, Noted]) -> Iterator[Span]:
    yield _Unheard()


_tracer: Tracer = _nobody


def span(name: str, **facts: Noted) -> AbstractContextManager[Span]:
    return _tracer(name, facts)


def use(tracer: Tracer | None) -> None:
    """Have spans collected by `tracer` from now on; None drops them."""
    global _tracer
    _tracer = tracer or _nobody
