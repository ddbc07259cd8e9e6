"""The reference pages of docs/reference, written from the registry, the checks and the settings."""
