"""Record batches as brokers store them: headers, records, keys. Pure; callers provide the bytes."""
