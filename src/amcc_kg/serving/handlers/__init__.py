"""What answers which request: the protocol, linked data, saved queries, downloads, operations."""
