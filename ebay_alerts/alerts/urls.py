"""The pages of alerts."""

from django.urls import path

from ebay_alerts.alerts import views

urlpatterns = [
    path("a/<str:token>/", views.alert_page, name="alert-page"),
    path("a/<str:token>/unsubscribe", views.unsubscribe, name="alert-unsubscribe"),
]
