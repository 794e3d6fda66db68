"""The pages that confirm an address."""

from django.urls import path

from ebay_alerts.accounts import views

urlpatterns = [
    path("c/<str:token>/", views.confirm_address, name="confirm-address"),
    path("ca/<str:token>/", views.confirm_other_address, name="confirm-other-address"),
]
