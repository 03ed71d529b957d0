"""Routes that belong to no device."""
