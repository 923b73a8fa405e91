"""A recurrent experiment: a made language whose best possible loss is known, and LSTMs on it."""
