"""What can go wrong in analytics."""


class EtlIsRunning(Exception):
    """Another run of the ETL has not ended."""
