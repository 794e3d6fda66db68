"""The alert tests' market and users, whose rows these tests spoil."""

from tests.alerts.conftest import ann, bob, desk

__all__ = ["ann", "bob", "desk"]
