"""Code that the course shows as it stands here, and that tests run."""
