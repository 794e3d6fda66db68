"""The page that confirms an address."""

from django.urls import path

from ebay_alerts.accounts import views

urlpatterns = [path("c/<str:token>/", views.confirm_address, name="confirm-address")]
