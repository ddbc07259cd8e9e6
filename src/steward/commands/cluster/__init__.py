"""The whole cluster: description, quorum, permissions, connection checks."""
