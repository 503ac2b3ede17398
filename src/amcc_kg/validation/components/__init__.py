"""The constraint components of SHACL Core, a module for each subsection of section 4, a class for each
component.
"""
