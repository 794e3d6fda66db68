"""The baseline of the API: a bare Django view on the server and the database of the run."""

import os

import django
import uvicorn
from django.conf import settings
from django.core.asgi import get_asgi_application

if __name__ == "__main__":
    django.setup()
    settings.ROOT_URLCONF = "_bare_urls"
    settings.MIDDLEWARE = []
    uvicorn.run(
        get_asgi_application(),
        port=int(os.environ["EBAY_ALERTS_PORT"]),
        log_level="warning",
        access_log=False,
        lifespan="off",
    )
