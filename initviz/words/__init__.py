"""What to say about a measurement: plain sentences, computed from it."""
