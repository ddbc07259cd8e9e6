"""Documents that come from outside, read within bounds: JSON, TOML, YAML."""
