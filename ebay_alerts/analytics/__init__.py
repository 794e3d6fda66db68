"""Price history, alert history, trends and price reports, in a database of their own."""
