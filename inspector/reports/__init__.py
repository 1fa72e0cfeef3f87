"""What is known of recordings, written out: findings, exchanges, sessions, explanations, in each format there is."""
