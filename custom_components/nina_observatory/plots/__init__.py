"""Plots as pictures: what to draw as plain data, and how to draw it, without Home Assistant.

A plot is a function that takes its data and a `Look` and returns a PNG. It draws on a `Plate`, which has
a heading, captions, a legend, and one or more `Panel`s with axes. Colors are in `style.py`, texts and
numbers in `texts.py`, ticks in `axes.py`. Every value may be None or not finite: it leaves a gap.

Drawing takes tens of milliseconds, so it belongs in an executor.
"""
