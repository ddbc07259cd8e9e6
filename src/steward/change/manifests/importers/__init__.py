"""Files of other tools: what they declare as manifests, and what of it cannot be carried over; a file a tool."""
