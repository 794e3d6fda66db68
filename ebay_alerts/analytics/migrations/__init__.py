"""Migrations of the analytics database."""
