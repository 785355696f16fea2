"""What a user can do, each a function that reads like a short poem; no Qt."""
