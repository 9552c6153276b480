"""HTTP vocabulary shared by all routes."""
