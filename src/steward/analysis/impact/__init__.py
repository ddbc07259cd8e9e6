"""What a loss would do: of a broker, a rack, a host or a pair, over one snapshot; pure."""
