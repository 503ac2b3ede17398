"""HTTP without a graph: messages, negotiation, conditions, limits, cache, log, metrics."""
