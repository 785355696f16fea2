"""OPC UA: what its addresses say, what its values mean, and the talk with a server. `asyncua` is an extra."""
