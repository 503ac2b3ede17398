"""The processes that ask the engine, and may be killed for it; the tasks they know."""
