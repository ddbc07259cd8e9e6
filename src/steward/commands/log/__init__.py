"""The log on disk: read, verify, sum up and compare the files of a broker's partitions."""
