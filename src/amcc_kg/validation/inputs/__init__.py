"""What is validated against what: files named, read once, and how far the work has come."""
