"""Message formats of receivers: a generic webhook, Alertmanager's API, a Slack-compatible webhook."""
