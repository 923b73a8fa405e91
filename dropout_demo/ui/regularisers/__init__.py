"""The Regularisers page: others on equal terms with dropout, and where it can be computed."""
