"""Join a class, or open one."""

import streamlit as st

from dropout_demo.ui.classroom.opening import classroom_page

st.title("Classroom", anchor=False)
classroom_page()
