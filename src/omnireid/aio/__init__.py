"""The AIO method in torch: tokenizers, frozen encoders, heads, losses, synthesis, the network."""
