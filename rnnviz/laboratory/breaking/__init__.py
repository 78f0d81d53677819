"""When a training run breaks: where it began, and what would have helped."""
