"""What answers which request: the protocol, linked data, saved queries, downloads, operations.

Here it is decided what a request means and which task answers it. What tasks do lies in `answers`, and how a
request got here in the rooms below.
"""
