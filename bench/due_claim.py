"""due.claim: due alerts without news are claimed in portions and go on to their next slots.

Also an idle tick, with nothing due among them all. The baseline of the same run is APScheduler's
SQLAlchemy job store on the same database: its due jobs are read and saved with their next times.
`--alerts 1000000` is the whole of it; fewer by themselves, so that it runs in a minute.
"""

import sys
import tempfile
from pathlib import Path

from _databases import databases, run

ALERTS = "200000"

if __name__ == "__main__":
    alerts = sys.argv[sys.argv.index("--alerts") + 1] if "--alerts" in sys.argv else ALERTS
    with tempfile.TemporaryDirectory() as home, databases(home) as urls:
        for name in [name for name in urls if name in sys.argv] or urls:
            run([str(Path(__file__).parent / "_claim_on.py"), name, alerts], urls[name], home)
