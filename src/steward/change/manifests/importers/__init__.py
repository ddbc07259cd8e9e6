"""Convert other tools' files to manifests and report what cannot be converted; one file per tool."""
