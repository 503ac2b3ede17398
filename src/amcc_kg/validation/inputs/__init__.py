"""What is validated against what: files resolved once, read once, validated, and findings put in their
places.

The top of validation: it knows every room below, and no command line.
"""
