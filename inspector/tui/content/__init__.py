"""What the panes say, as lines without a toolkit."""
