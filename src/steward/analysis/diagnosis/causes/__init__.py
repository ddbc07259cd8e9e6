"""The causes of lag: one pure function for each leaf of the tree, from a case to a verdict or None."""
