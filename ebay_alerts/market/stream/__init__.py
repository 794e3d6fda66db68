"""The marketplace's event stream: reading its events, following it."""
