"""Why a connection fails, step by step."""
