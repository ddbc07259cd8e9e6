"""From a wish to a plan of a live cluster: looked at, made, judged; nothing is changed."""
