"""Compare desired state with a cluster: a file per noun; compare.py combines them."""
