"""The city of the demo's largest size: a hundred thousand buildings and a hundred placed models on 20 x 20 km."""
