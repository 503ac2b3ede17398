"""Which findings count: those that are new since a file or a revision was written."""
