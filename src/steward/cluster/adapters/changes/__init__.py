"""The requests that change a cluster, one file per kind of object."""
