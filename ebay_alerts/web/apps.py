"""Django's entry for the web module."""

from django.apps import AppConfig


class WebConfig(AppConfig):
    name = "ebay_alerts.web"
    label = "web"
