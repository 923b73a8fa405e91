"""The panels of the Inside page."""
