"""Pages for people, and pictures."""

ROUTES = []  # type: ignore[var-annotated]
