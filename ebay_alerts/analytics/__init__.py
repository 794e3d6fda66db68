"""What prices did over days: price statistics out of daily figures."""
