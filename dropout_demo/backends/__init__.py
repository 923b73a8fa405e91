"""Where runs compute. Every backend turns a configuration into events and can be stopped."""

from __future__ import annotations

from dropout_demo.backends.base import Backend, WorkerState

__all__ = ["Backend", "WorkerState", "create"]


def create(name: str, slots: int) -> Backend:
    """The backend of a name. Raises ValueError, with the names there are, for another."""
    if name == "local":
        from dropout_demo.backends.local import LocalBackend

        return LocalBackend(slots)
    if name == "thread":
        from dropout_demo.backends.thread import ThreadBackend

        return ThreadBackend()
    raise ValueError(f"DROPOUT_DEMO_BACKEND is {name!r}; allowed: local or thread.")
