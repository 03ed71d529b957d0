"""The Target Scheduler plugin of the simulated observatory: database, planner and HTTP server."""
