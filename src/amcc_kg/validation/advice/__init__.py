"""Words that help with a finding: what may have been meant, and what a shape asks for.

Only read off shapes and data; no report is laid out here.
"""
