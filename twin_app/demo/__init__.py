"""The demo city: a made-up riverside district in Wuhan, written as ordinary open files."""
