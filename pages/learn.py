"""The course: short steps, each with something to do and a question."""

import streamlit as st

from dropout_demo.ui.learn.course import course

st.title("Learn dropout, step by step", anchor=False)
course()
