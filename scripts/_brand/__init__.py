"""The pictures by which Home Assistant shows the integration: a dome, open to one star."""
