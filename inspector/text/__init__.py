"""Text as such: JSON with its exact values, what a terminal may be shown, the words for counts and durations."""
