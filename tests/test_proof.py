"""Absence proves nothing, and what did not happen is not reported as done.

One row per case, in every dialect where the wire differs.
"""
