"""The Map page: rate by place, filled by everybody."""
