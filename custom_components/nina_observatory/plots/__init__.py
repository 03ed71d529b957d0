"""Plots as pictures: what they show, and how it is drawn."""
