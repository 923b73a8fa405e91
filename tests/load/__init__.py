"""A class of simulated students against a real server: real connections, loopback only."""
