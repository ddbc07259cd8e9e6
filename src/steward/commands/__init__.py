"""Everything steward can do, each defined once: commands, routes and reference pages follow from it."""
