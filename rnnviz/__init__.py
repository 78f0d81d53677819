"""rnnviz: how a recurrent network is trained by Backpropagation Through Time."""
