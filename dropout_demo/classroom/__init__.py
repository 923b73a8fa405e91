"""A class: one teacher, many students, one picture that all fill."""
