"""Pure computations on the scene; no renderer."""
