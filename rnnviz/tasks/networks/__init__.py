"""A network of the reader's own: its arrays from a file or from a paste, in the names and shapes of this house."""
