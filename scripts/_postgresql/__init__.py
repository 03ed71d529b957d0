"""A PostgreSQL in a folder: found on the machine or fetched privately, started and stopped."""
