"""Taking results along: a link, its QR picture, and files."""

from __future__ import annotations

from urllib.parse import urljoin, urlsplit

import streamlit as st

from dropout_demo.qr import qr_svg
from dropout_demo.ui.assets import base_path
from dropout_demo.ui.copy_link import copy_link
from dropout_demo.ui.lab_state import share_path

FILES = {
    "py": ("PyTorch script", ":material/code:"),
    "ipynb": ("Notebook", ":material/menu_book:"),
    "csv": ("Numbers (CSV)", ":material/table:"),
    "json": ("Everything (JSON)", ":material/data_object:"),
}


def share_popover(comparison: str) -> None:
    """A link that rebuilds configuration and runs in another browser, to copy or to scan."""
    path = share_path(comparison)
    with st.popover("Share", icon=":material/share:", key="share"):
        st.markdown("This link opens the same settings and the same runs in any browser.")
        copy_link(path, key="copy_link")
        address = urljoin(st.context.url or "", path)
        with st.container(key="qr"):
            st.image(qr_svg(address), width=220, caption="To scan from the classroom screen.")
        if urlsplit(address).hostname in ("127.0.0.1", "localhost", "::1"):
            st.caption(
                "This address is for this computer alone. The README says how to serve a class."
            )


def export_popover(comparison: str) -> None:
    """Files of all runs on show."""
    with st.popover("Export", icon=":material/download:", key="export"):
        st.markdown("All runs on show, as one file. Pictures: the buttons above the charts.")
        for form, (label, icon) in FILES.items():
            st.link_button(
                label,
                f"{base_path()}/api/comparisons/{comparison}/export.{form}",
                icon=icon,
                width="stretch",
            )
