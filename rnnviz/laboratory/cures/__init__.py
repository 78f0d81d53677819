"""The same task, seed and size learned in several ways, at growing length."""
