"""Documents from outside, read within limits: JSON, TOML, YAML."""
