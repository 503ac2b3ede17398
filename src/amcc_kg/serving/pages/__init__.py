"""Pages for people: views, templates and the files that they refer to."""
