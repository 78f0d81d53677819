"""What the charts show, as numbers: computed once into frozen values, then drawn or said. Numpy only."""
