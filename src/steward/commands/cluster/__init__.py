"""The cluster as a whole: description, quorum, permissions, connection checks."""
