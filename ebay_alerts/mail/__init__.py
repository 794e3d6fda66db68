"""The outbox and everything between it and a mail server; knows no listing and no alert."""
