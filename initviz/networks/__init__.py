"""What a network is: activations, initial weights, losses, data. Imports no other room."""
