"""Facts about a cluster as its brokers report them, and the words for them: frozen values, standard library only."""
