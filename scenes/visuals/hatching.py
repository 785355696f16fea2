"""Hatching on the screen, for what must never look like a good value."""

from __future__ import annotations

# In the fragment shader, where colours carry a code in the lowest bits of alpha (`object_batch.with_values`).
HATCH = """
  float stripe = 0.0;
  int told = int(vertexColorVSOutput.a * 255.0 + 0.5) % 4;
  if (told == 1 || told == 2) {
    // Empty: broad stripes one way. Faded: thin ones the other way, over what is left of the colour.
    float across = told == 1 ? gl_FragCoord.x + gl_FragCoord.y : gl_FragCoord.x - gl_FragCoord.y;
    float pitch = told == 1 ? 10.0 : 13.0;
    float off = abs(fract(across / pitch) - 0.5) * pitch;
    stripe = 1.0 - smoothstep(0.0, 1.4, off - (told == 1 ? 1.4 : 0.8));
    diffuseColor *= 1.0 - stripe * (told == 1 ? 0.36 : 0.32);
  }
"""
