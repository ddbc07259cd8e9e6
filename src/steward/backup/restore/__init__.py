"""Read a backup for a restore, and compare what was restored with it."""
