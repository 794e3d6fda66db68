"""The site as people see it: a real browser on the whole real system."""
