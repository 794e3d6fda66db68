"""eBay's Browse API: its words, its errors, its tokens; they stop here."""
