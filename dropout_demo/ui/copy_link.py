"""A link with a button that copies it in one press."""

from __future__ import annotations

from dropout_demo.ui.component import component


def copy_link(path: str, *, key: str) -> None:
    """Show the absolute address of a path on this server, as the browser knows it, to copy."""
    component("copy_link", ("copy_link.js",), ("copy_link.css",))(key=key, data={"path": path})
