"""The pages of alerts, and of all mails of a user."""

from django.urls import path

from ebay_alerts.alerts import views

urlpatterns = [
    path("a/<str:token>/", views.alert_page, name="alert-page"),
    path("a/<str:token>/unsubscribe", views.unsubscribe, name="alert-unsubscribe"),
    path("w/<str:token>/", views.watch, name="watch"),
    path("u/<str:token>/", views.everything, name="everything"),
    path("u/<str:token>/unsubscribe", views.stop_everything, name="everything-unsubscribe"),
]
