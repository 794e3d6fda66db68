"""Rows that cannot be dealt with: counted, tried alone at growing distances, at last set aside."""
