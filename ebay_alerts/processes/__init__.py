"""The long-running processes: embedded, worker, scheduler."""
