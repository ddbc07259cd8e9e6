"""``steward backup``: back topics up, verify backups, and show what there is."""
