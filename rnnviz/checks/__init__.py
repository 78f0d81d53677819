"""Whether the numbers are right: each folder computes, says, draws and shows one kind of check."""
