"""Django's entry for the accounts module."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "ebay_alerts.accounts"
    label = "accounts"
