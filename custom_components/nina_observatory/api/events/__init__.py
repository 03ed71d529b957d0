"""Events of N.I.N.A.: their types, their decoder and their websocket."""
