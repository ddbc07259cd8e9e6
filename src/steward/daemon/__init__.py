"""The daemon: polls clusters on a schedule and serves the results over HTTP."""
