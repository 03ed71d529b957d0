"""The fault matrix: every command that protects, against everything that can go wrong.

A real Home Assistant with the integration, simulated observatories, and their truth as the judge.
"""
