"""`python -m ebay_alerts.processes.health`: whether the site answers, for a container's health
check. It needs neither Django nor a client of HTTP in the image."""

import os
import sys
import urllib.error
import urllib.request

TIMEOUT_S = 4


def is_alive(port: str) -> bool:
    try:
        with urllib.request.urlopen(
            f"http://127.0.0.1:{port}/healthz", timeout=TIMEOUT_S
        ) as answer:
            return bool(answer.status == 200)
    except (OSError, urllib.error.URLError):
        return False


if __name__ == "__main__":
    sys.exit(0 if is_alive(os.environ.get("EBAY_ALERTS_PORT") or "5000") else 1)
