"""What a validation found and where: results with places, and notices of what the verdict does not cover.

Knows nothing of how a report is laid out, and reads no file.
"""
