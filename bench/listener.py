"""How many events a second the listener records among 1,000,000 searches (100,000 with --quick).

The whole way of an event but the network: its JSON is read, its title percolated, its changes
written. In `ingest` a title matches one search on average, in `ingest_wide` twenty. Figures are
medians of blocks of 2,000 events. The baseline reads and percolates such events just as well, and
saves row by row through the ORM, an event a transaction. All of it on SQLite, and on a PostgreSQL
that shares the machine.
"""

import sys

from _databases import run_on_each

if __name__ == "__main__":
    run_on_each("_listener_on.py", *sys.argv[1:])
