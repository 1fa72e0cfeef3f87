"""Where frames come from: one exchange's bytes and their arrival times, written as a recording while they come."""
