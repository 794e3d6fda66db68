"""Writing alerts: edits by users, and the mail loop's welcomes and digests."""
