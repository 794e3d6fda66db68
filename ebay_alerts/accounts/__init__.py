"""Users, their API tokens and preferences."""
