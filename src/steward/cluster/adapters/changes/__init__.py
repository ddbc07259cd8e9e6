"""The requests that change a cluster, a file per kind of object."""
