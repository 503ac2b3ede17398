"""Shapes evaluated on data: the columns of the data, the evaluator, the reference engine, processes."""
