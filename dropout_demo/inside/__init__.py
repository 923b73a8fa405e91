"""Questions about trained networks, and the process that answers them."""
