"""Tests of the simulated observatory."""
