"""How receivers are told: a generic webhook, Alertmanager's API, a Slack-compatible webhook."""
