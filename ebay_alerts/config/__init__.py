"""Composition only: settings, urls, ASGI and Celery. Nobody imports it."""
