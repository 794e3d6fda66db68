"""API tokens: shown once, kept as a hash, good while their user is active."""

import hashlib

import pytest
from django.db import connection

from ebay_alerts.accounts.models import ApiToken, User
from ebay_alerts.accounts.selectors import find_user_by_token
from ebay_alerts.accounts.services import TOKEN_PREFIX, ensure_user, issue_token
from ebay_alerts.kit import clock

pytestmark = [pytest.mark.backend, pytest.mark.django_db]


@pytest.fixture
def ann() -> User:
    return ensure_user("ann@example.com", clock.now())


def test_a_token_leads_to_its_user(ann: User) -> None:
    bob = ensure_user("bob@example.com", clock.now())
    mine, theirs = issue_token(ann, clock.now()), issue_token(bob, clock.now())
    assert find_user_by_token(mine) == ann
    assert find_user_by_token(theirs) == bob


def test_a_user_may_have_several_tokens_and_each_is_another(ann: User) -> None:
    tokens = {issue_token(ann, clock.now()) for _ in range(5)}
    assert len(tokens) == 5
    assert all(find_user_by_token(token) == ann for token in tokens)


def test_a_token_is_long_and_can_be_told_by_its_beginning(ann: User) -> None:
    token = issue_token(ann, clock.now())
    assert token.startswith(TOKEN_PREFIX)
    assert len(token) >= len(TOKEN_PREFIX) + 43
    assert str(ApiToken.objects.get()) == f"{token[:9]}…"


def test_only_the_hash_of_a_token_is_kept(ann: User) -> None:
    token = issue_token(ann, clock.now())
    assert ApiToken.objects.get().digest == hashlib.sha256(token.encode()).hexdigest()
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM accounts_apitoken")
        [row] = cursor.fetchall()
    secret = token[len(TOKEN_PREFIX) + 8 :]
    assert all(secret not in str(value) for value in row)


@pytest.mark.parametrize("change", ["", "x", " ", "\x00"])
def test_anything_else_leads_to_nobody(ann: User, change: str) -> None:
    token = issue_token(ann, clock.now())
    assert find_user_by_token(token[:-1] + change) is None
    assert find_user_by_token(change) is None
    assert find_user_by_token(ApiToken.objects.get().digest) is None


def test_the_token_of_an_inactive_user_leads_to_nobody(ann: User) -> None:
    token = issue_token(ann, clock.now())
    User.objects.update(is_active=False)
    assert find_user_by_token(token) is None
    User.objects.update(is_active=True)
    assert find_user_by_token(token) == ann


def test_tokens_go_with_their_user(ann: User) -> None:
    token = issue_token(ann, clock.now())
    ann.delete()
    assert find_user_by_token(token) is None
    assert not ApiToken.objects.exists()
