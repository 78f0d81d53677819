"""What a training run reached, and what the trained network can do."""
