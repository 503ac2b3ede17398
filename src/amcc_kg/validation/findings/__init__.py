"""What a validation found and where: results of SHACL with places, notices, remarks.

Knows nothing of how a report is laid out.
"""
