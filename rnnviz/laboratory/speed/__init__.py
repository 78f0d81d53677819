"""What one batched sweep gains over the plain loop."""
