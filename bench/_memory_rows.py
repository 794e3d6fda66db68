"""The rows that processes work on while their memory is looked at; prints a token."""

import sys

from _inside import DATABASE

# Django is set up by the line above.
from _due_alerts import keep_due_alerts  # isort: skip
from ebay_alerts.accounts.services import ensure_user, issue_token  # isort: skip
from ebay_alerts.alerts.services.keeping import create_alert  # isort: skip
from ebay_alerts.alerts.wishes import read_wish  # isort: skip
from ebay_alerts.kit import clock  # isort: skip
from ebay_alerts.processes.databases import migrate_databases  # isort: skip

ALERTS = 60

if __name__ == "__main__":
    assert DATABASE
    migrate_databases()
    keep_due_alerts(int(sys.argv[2]), 400)
    now = clock.now()
    user = ensure_user("ann@example.com", now)
    for number in range(ALERTS):
        create_alert(user, read_wish({"keywords": f"oak {number}", "interval_minutes": 15}), now)
    sys.stdout.write(f"{issue_token(user, now)}\n")
