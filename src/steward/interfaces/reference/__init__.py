"""The reference pages of docs/reference, generated from the registry, the checks and the settings."""
