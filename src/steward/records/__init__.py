"""Record batches as brokers store them: headers, records, keys. Pure; bytes come from elsewhere."""
