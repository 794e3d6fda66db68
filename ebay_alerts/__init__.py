"""The eBay alert system: alerts, the market they watch, the mails they send."""

__version__ = "0.1.0"
