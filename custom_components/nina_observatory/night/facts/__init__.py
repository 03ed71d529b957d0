"""Facts of the night, which stay when N.I.N.A. is closed and when Home Assistant restarts.

A reading ends with the connection. A fact has a time, and is shown until there is a newer one: the
newest light frame, the totals of the night, the last autofocus, the plan, pictures. Facts are for
entities and media alone: everything that protects or commands is below this room.
"""
