"""Django's entry for the market module."""

from django.apps import AppConfig


class MarketConfig(AppConfig):
    name = "ebay_alerts.market"
    label = "market"
