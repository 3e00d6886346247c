"""What can be measured, and what theory says of it: arrays. Imports networks and training."""
