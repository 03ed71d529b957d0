"""A simulated observatory: N.I.N.A. with its Advanced API and Target Scheduler servers."""

from .observatory import Observatory

__all__ = ["Observatory"]
