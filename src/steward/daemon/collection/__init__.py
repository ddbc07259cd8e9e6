"""Collection: polls clusters repeatedly, and keeps state between polls."""
