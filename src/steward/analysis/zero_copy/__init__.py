"""Whether brokers send fetched records with sendfile, or copy them first: by listener, by topic, and as measured."""
