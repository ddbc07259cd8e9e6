"""The format of backups: names of objects, manifests, the chain between them, digests. Pure; callers do the I/O."""
