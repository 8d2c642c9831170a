"""Serving: a supervisor that owns the port, and worker processes that own the model."""
