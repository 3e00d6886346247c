"""What a network is: its activations, its initial weights, its losses, its data."""
