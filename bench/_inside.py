"""The process that measures on one database: Django, set up for it, and the database's name."""

import sys

import django

DATABASE = sys.argv[1]
django.setup()
