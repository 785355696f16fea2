"""What lies over the city: outlines, measurements, sections' frames, scale bar, view cube."""
