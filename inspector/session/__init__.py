"""Many recordings: what was asked to be opened, what a list says of each, the rules and the search over several."""
