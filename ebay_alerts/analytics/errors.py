"""What can go wrong in analytics."""


class EtlIsRunning(Exception):
    """Another run of the ETL has not ended."""


class ReversedDates(ValueError):
    """A period ends before it begins."""
