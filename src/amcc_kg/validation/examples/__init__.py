"""Examples for shapes: what passes, what fails, which constraints the data can break at all."""
