"""A real Home Assistant with the integration, beside a simulated observatory or a real N.I.N.A."""
