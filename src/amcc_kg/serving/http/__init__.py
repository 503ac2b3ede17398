"""HTTP without a graph: messages, negotiation, representations, limits, cache, log, metrics."""
