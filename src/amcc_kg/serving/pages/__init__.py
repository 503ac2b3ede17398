"""Pages for people: views, templates and the files that they refer to.

What is on a page is worked out here and its markup is in the templates. What is known of a thing lies in
`resources`; which answer is a page is decided in `answers`.
"""
