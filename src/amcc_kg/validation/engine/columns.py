"""The default engine: SHACL evaluated column by column, over numbers.

    vocabulary, shapes_graph   IRIs; the shapes graph as it stands
    property_paths, literals   paths and values: what they mean
    reading, constraints       a shapes graph into shapes and their constraints
    shapes, components         what these are; one class for each constraint component
    sparql_*, custom           SHACL-SPARQL, one query for all focus nodes
    data, evaluation, results  the data graph by predicate; shapes on it; what is found

Terms are numbers of one table (`amcc_kg.syntax.reading.Terms`), shared by data and shapes. Imports neither
rdflib nor pyshacl, and pyoxigraph only to run a SPARQL constraint. The verdicts are those of pyshacl: where
that departs from the Recommendation, so does this (only `i` and `m` of the flags of a pattern count; a
language range is compared with the whole tag and its first part; a lone result may be reported twice by two
routes). What this engine does not read (`Shapes.unread` says what and why) is left to pyshacl, never skipped.
"""

from amcc_kg.validation.engine.data import Data
from amcc_kg.validation.engine.evaluation import Evaluator
from amcc_kg.validation.engine.results import Result
from amcc_kg.validation.engine.shapes_reader import read
from amcc_kg.validation.shapes.shape import Shapes
from amcc_kg.validation.shapes.shapes_graph import ShapesGraph

__all__ = ["Data", "Evaluator", "Result", "Shapes", "ShapesGraph", "read"]
