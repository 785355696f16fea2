"""What is shown: state, analyses, and the VTK code that draws it."""
