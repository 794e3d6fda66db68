"""digest.drain: due digests from the database to the mail server's acceptance, on PostgreSQL.

Users with two due alerts each over a fifth as many searches, five lines an alert, signed links in.
Two workers build and deliver in turn; the mail server and PostgreSQL share the two cores with
them. The baseline is a task per alert, also on two workers, each with queries, an EmailMessage and
a connection of its own, with the same bodies; the broker that would bring the tasks is left out.
`--users 50000` is the whole of it; fewer by themselves, so that it runs in a minute. Then the same
for a server that answers after 20 ms, beside a connection a mail, one after the other.
"""

import sys
import tempfile
from pathlib import Path

from _databases import databases, run

USERS = "2000"

if __name__ == "__main__":
    users = sys.argv[sys.argv.index("--users") + 1] if "--users" in sys.argv else USERS
    with tempfile.TemporaryDirectory() as home, databases(home) as urls:
        script = str(Path(__file__).parent / "_drain_on.py")
        run([script, "postgresql", "drain", users], urls["postgresql"], home)
        run([script, "postgresql", "slow"], urls["postgresql"], home)
