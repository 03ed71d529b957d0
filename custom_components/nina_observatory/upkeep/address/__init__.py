"""Addresses of N.I.N.A.: discovery and checks."""
