"""Searches, listings and what happens to them; eBay's own words stay in `market.ebay`."""
