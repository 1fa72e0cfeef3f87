"""The downstream leg: a chat endpoint that streams Claude to a browser, its page, and a probe for such endpoints."""
