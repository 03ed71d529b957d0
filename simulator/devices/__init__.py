"""The devices of an observatory, and the rig that they make."""
