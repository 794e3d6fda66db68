"""etl.full and etl.nothing_new: 1,000,000 price points of 100,000 listings over 60 days."""

import sys

from _databases import run_on_each

if __name__ == "__main__":
    run_on_each("_etl_on.py", *sys.argv[1:])
