"""Dropout Lab: set the dropout of every layer, train on real images, read what came of it."""
