"""Tests of the commands that developers and visitors run."""
