"""Price history of searches and listings: its statistics, charts and reports."""
