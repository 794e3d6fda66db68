"""Alerts, their schedules and gates, and the digests that tell users what is new."""
