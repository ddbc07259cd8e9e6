"""Facts about a cluster as its brokers gave them, and the words to speak of them: frozen, stdlib only."""
