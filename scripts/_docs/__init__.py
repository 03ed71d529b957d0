"""Documents that are generated from the code, so that they always match it."""
