"""The history: all values that ever came, kept on disk or in a database server, and asked for trends."""
