"""Reports written down, for people, for CI systems and for programs: from a `Report` to a text.

One module a family of formats, `formats` knows them by name. Each writes in a fixed order: the same findings
give the same bytes. Nothing is found here, and nothing is left out that the report does not leave out itself.
"""

from amcc_kg.validation.reports.formats import FORMATS, pieces, render

__all__ = ["FORMATS", "pieces", "render"]
