"""What steward measures of clusters and of itself: every metric once, and how metrics are written for Prometheus."""
