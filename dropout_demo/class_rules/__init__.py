"""What a class may do: codes, nicknames, who trains what. Knows no store and no server."""
