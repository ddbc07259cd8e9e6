"""Effect of losing a broker, a rack, a host or a pair of brokers, computed from one snapshot; pure."""
