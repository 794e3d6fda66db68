"""Writing the market: searches and demand, recording, refreshing."""
