"""What trains the network of `kg.extract.network`. Needs PyTorch, which nothing in the library does."""
