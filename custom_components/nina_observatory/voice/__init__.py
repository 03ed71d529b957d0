"""Voice: questions and commands for Assist, without files to copy."""

from .register import async_setup_voice

__all__ = ["async_setup_voice"]
