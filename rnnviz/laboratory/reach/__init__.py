"""How much of an error arrives how far back, and where the gradient comes from."""
