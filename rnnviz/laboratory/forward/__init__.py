"""A step of the forward pass opened, the states over time, predictions beside their targets."""
