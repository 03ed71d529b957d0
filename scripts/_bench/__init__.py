"""The budgets of the integration, each measured in a stated way.

A real Home Assistant with the integration, and a simulated observatory in a process of its own.
"""
