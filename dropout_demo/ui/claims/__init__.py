"""The Claims page: predict, see the recorded result, train a short version, read the verdict."""
