"""Verification: whether what is stored is what the manifests say, from presence to what the cluster holds."""
