"""The commands: each parses its options, calls the core, prints."""
