"""Checks of the repository that no general linter knows; each can be run on any checkout.

A check is a function that takes the root of a checkout and yields one line per fault. They
cover what Home Assistant's hassfest and the HACS action look at, as far as that can be seen
without them, and the rules of this project.
"""
