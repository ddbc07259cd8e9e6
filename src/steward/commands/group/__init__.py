"""Groups: listed, described, their offsets changed."""
