"""Declared state: manifests read, resolved, judged without a cluster, compared with one, and written."""
