"""The daemon: clusters watched, metrics served, history kept."""
