"""The course and the claim cards, as data: what is said, asked, compared and where it is from."""
