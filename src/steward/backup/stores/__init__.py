"""Where backups lie: a directory, or an object store by URL, behind one port."""
