"""What the questions come to: each answer is a generator that ends by giving JSON."""
