"""Nights in fast motion: what grows, what is lost, what is reported twice.

A real Home Assistant with the integration, and a simulated observatory in a process of its own.
"""
