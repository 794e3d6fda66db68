"""The market's one address: what eBay itself calls."""

from django.urls import path

from ebay_alerts.market import views

urlpatterns = [
    path("ebay/account-deletion", views.account_deletion, name="account-deletion"),
]
