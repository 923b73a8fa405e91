"""Claims about dropout, each put to the test: predict, see the recorded result, train it live."""

import streamlit as st

from dropout_demo.ui.claims.overview import overview
from dropout_demo.ui.claims.page import card_page
from dropout_demo.ui.claims.places import card_on_show, use_style

use_style()
card = card_on_show()
if card is None:
    st.title("Claims", anchor=False)
    overview()
else:
    card_page(card)
