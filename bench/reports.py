"""report.mails: the price reports of 10,000 users with 5 alerts each over 2,000 searches.

On PostgreSQL two processes make them, on SQLite one. Reports are made and put into the outbox with
their charts, which are drawn once; the baseline draws a chart for every alert, reckoned from some.
"""

import sys

from _databases import run_on_each

if __name__ == "__main__":
    run_on_each("_reports_on.py", *sys.argv[1:])
