"""What can be trusted: checks of the network at hand, and how each kind of number is tested."""
