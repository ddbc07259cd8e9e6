"""External services: consumers' metrics and statistics files, Kafka Connect, schema registry; read within bounds."""
