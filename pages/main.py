"""What all pages share: title, navigation, and what the server has to say."""

from pathlib import Path

import streamlit as st

from dropout_demo.lab import lab
from dropout_demo.store import StoreError
from dropout_demo.ui.plain import plain
from dropout_demo.ui.style import use_style

ICON = Path(__file__).parent.parent / "assets" / "icon.png"

st.set_page_config(page_title="Dropout Lab", page_icon=str(ICON), layout="wide")
page = st.navigation(
    [
        st.Page("learn.py", title="Learn", icon=":material/school:", url_path="learn"),
        st.Page("lab.py", title="Lab", icon=":material/science:", default=True),
        st.Page("inside.py", title="Inside", icon=":material/visibility:", url_path="inside"),
        st.Page(
            "regularisers.py",
            title="Regularisers",
            icon=":material/tune:",
            url_path="regularisers",
        ),
        st.Page("map.py", title="Map", icon=":material/grid_on:", url_path="map"),
        st.Page("classroom.py", title="Classroom", icon=":material/groups:", url_path="classroom"),
        st.Page("claims.py", title="Claims", icon=":material/fact_check:", url_path="claims"),
        st.Page("system.py", title="System", icon=":material/memory:", url_path="system"),
    ],
    position="top",
)
use_style()
for warning in lab().warnings:
    st.warning(plain(warning), icon=":material/warning:")
try:
    page.run()
except StoreError as error:
    st.error(plain(str(error)), icon=":material/database_off:")
