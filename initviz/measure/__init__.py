"""What can be measured on networks and runs, and what theory says of it: arrays, no pictures."""
