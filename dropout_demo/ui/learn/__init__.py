"""Learn: the course of short steps."""
