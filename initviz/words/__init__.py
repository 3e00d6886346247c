"""What to say about a measurement: plain sentences. Imports measure and what is below it."""
