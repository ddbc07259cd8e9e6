"""Logs of partitions: files on a broker's disk read, verified and compared; how brokers send what they hold."""
