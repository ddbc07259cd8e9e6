"""Write a backup's records into a topic: in windows, with every answer checked against the place it must have."""
