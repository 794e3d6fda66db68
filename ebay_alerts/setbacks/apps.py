"""Django's entry for the setbacks module."""

from django.apps import AppConfig


class SetbacksConfig(AppConfig):
    name = "ebay_alerts.setbacks"
    label = "setbacks"
