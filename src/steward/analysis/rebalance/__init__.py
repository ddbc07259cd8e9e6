"""Minimal movement: from where replicas are to where they should be, and the least that any plan must move."""
