"""What can go wrong in analytics."""


class AnalyticsError(Exception):
    """Base of this module's errors."""


class EtlIsRunning(AnalyticsError):
    """Another run of the ETL has not ended."""


class HistoryIsAhead(AnalyticsError):
    """More was copied than the operational database has ever held: it is another one."""


class ReversedDates(AnalyticsError):
    """A period ends before it begins."""


class UnknownReport(AnalyticsError):
    """The user has no report of that date."""


class NoHistory(AnalyticsError):
    """Nothing was copied and figured yet."""
