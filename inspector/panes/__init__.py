"""What a screen shows, as lines of styled text. No toolkit: `inspector show --pane` prints the same lines."""
