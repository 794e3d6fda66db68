"""Every task of the system: its name, its queue, how often it looks for work."""

from datetime import timedelta

from ebay_alerts.accounts import auditing
from ebay_alerts.accounts import tasks as accounts
from ebay_alerts.alerts import tasks as alerts
from ebay_alerts.alerts.services import digests, ending, waking, welcoming, withdrawing
from ebay_alerts.analytics import tasks as analytics
from ebay_alerts.analytics.services import reports
from ebay_alerts.kit.queue import Task
from ebay_alerts.mail import services as outbox
from ebay_alerts.mail import tasks as mail
from ebay_alerts.market import tasks as market
from ebay_alerts.market.services import checking, claiming, pruning
from ebay_alerts.web import leaving

_SECOND = timedelta(seconds=1)
_MINUTE = timedelta(minutes=1)
# Under load news is gathered for so long; the first change after a pause does not wait.
_GATHER = timedelta(milliseconds=150)

# In the order of one listing's way: eBay, digest, outbox, mail server; then history.
TASKS = (
    Task("market.plan", "market", market.plan_refreshes, _MINUTE, 1),
    Task("market.refresh", "market", market.refresh_due, _SECOND, claiming.BATCH),
    Task("market.checks", "market", market.check_due, 2 * _SECOND, checking.BATCH),
    Task("market.prune", "market", market.prune, timedelta(minutes=10), pruning.BATCH),
    Task("alerts.welcome", "alerts", alerts.welcome, 2 * _SECOND, welcoming.BATCH),
    Task("alerts.wake", "alerts", alerts.wake, _SECOND, waking.BATCH, rest=_GATHER),
    Task("alerts.digests", "alerts", alerts.digests, _SECOND, digests.BATCH, rest=_GATHER),
    Task("alerts.timed", "alerts", alerts.timed, 15 * _SECOND, ending.BATCH),
    Task("alerts.withdraw", "alerts", alerts.withdraw, 10 * _SECOND, withdrawing.BATCH),
    Task("mail.stale", "mail.alerts", mail.mark_stale_messages, 10 * _SECOND, 500),
    Task("mail.alerts", "mail.alerts", mail.deliver_alerts, _SECOND, outbox.BATCH),
    Task("mail.channels", "mail.channels", mail.deliver_channels, _SECOND, 50),
    Task("analytics.etl", "analytics", analytics.run_due_etl, _MINUTE, 2),
    Task("analytics.reports", "mail.reports", analytics.send_reports, _MINUTE, reports.BATCH),
    Task("mail.reports", "mail.reports", mail.deliver_reports, 5 * _SECOND, outbox.BATCH),
    Task("accounts.erase", "mail.reports", leaving.erase_leaving, _MINUTE, leaving.BATCH),
    Task("accounts.prune", "mail.reports", accounts.prune, timedelta(hours=1), auditing.PRUNED),
    Task("accounts.channels", "mail.reports", accounts.tell_of_channels, _MINUTE, 100),
    Task("mail.prune", "mail.reports", mail.prune, timedelta(hours=1), outbox.PRUNED),
)
QUEUES = tuple(dict.fromkeys(task.queue for task in TASKS))
