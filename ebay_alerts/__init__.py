"""The eBay alert system: alerts, the market they watch, the mails they send."""
