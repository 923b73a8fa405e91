"""The class's own light pages: for students, for the screen and for the teacher.

They are static files and a stream, not Streamlit sessions: 300 browsers cost next to nothing.
"""
