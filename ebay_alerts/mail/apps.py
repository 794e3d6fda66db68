"""Django's entry for the mail module."""

from django.apps import AppConfig


class MailConfig(AppConfig):
    name = "ebay_alerts.mail"
    label = "mail"
