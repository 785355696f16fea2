"""The shader that lays a map over the ground, from the depths of the picture."""

from __future__ import annotations

DECLARE = """
//VTK::Picking::Dec
vec4 cellAt(ivec2 cell, int half_) {
  ivec2 last = ivec2(mapSize) - 1;
  return texelFetch(heatMap, clamp(cell, ivec2(0), last) + ivec2(0, half_ * int(mapSize.y)), 0);
}
float unpacked(vec4 told) {
  return (told.r * 65280.0 + told.g * 255.0) / 65535.0;
}
vec3 classColour(int number) {
  return texelFetch(heatMap, ivec2(clamp(number, 0, int(numClasses) - 1), 2 * int(mapSize.y)), 0).rgb;
}
"""

FILL = """
  ivec2 here = ivec2(gl_FragCoord.xy);
  float depth = texelFetch(actortexture, here, 0).r;
  if (depth >= 1.0) { discard; }
  float z = parallel > 0.5 ? nearM + depth * (farM - nearM) : 1.0 / (1.0 / nearM - depth * (1.0 / nearM - 1.0 / farM));
  vec2 beside = (vec2(here) + 0.5 - vec2(textureSize(actortexture, 0)) * 0.5) * pixelSize;
  vec4 eyePlace = vec4(parallel > 0.5 ? beside : beside * z, -z, 1.0);
  vec3 place = vec3(dot(rowX, eyePlace), dot(rowY, eyePlace), dot(rowZ, eyePlace));
  vec2 cell = place.xy / cellSize;
  if (any(lessThan(cell, vec2(0.0))) || any(greaterThanEqual(cell, mapSize))) { discard; }
  ivec2 base = ivec2(floor(cell - 0.5));
  vec2 share = fract(cell - 0.5);
  float nearestAlpha = cellAt(ivec2(floor(cell)), 0).a * 255.0;
  if (nearestAlpha < 0.5) { discard; }
  bool hatched = nearestAlpha < 114.0;
  float classPlace = 0.0;
  float sum = 0.0;
  float nearness = 0.0;
  float ground = 0.0;
  for (int i = 0; i < 4; i++) {
    ivec2 step_ = ivec2(i % 2, i / 2);
    float weight = (step_.x == 1 ? share.x : 1.0 - share.x) * (step_.y == 1 ? share.y : 1.0 - share.y);
    vec4 one = cellAt(base + step_, 0);
    float alpha = one.a * 255.0;
    ground += weight * (groundSpan.x + groundSpan.y * unpacked(cellAt(base + step_, 1)));
    if (alpha > 0.5 && (alpha < 114.0) == hatched) {
      classPlace += weight * unpacked(one) * 8.0;
      sum += weight;
      nearness += weight * (hatched ? (alpha - 1.0) / 99.0 : (alpha - 128.0) / 127.0);
    }
  }
  classPlace /= max(sum, 1e-4);
  // Sharp between classes, and still smooth over the one pixel where they meet.
  float edge = round(classPlace);
  float blur = max(fwidth(classPlace), 1e-4);
  float upper = clamp((classPlace - edge) / blur + 0.5, 0.0, 1.0);
  vec3 shown = mix(classColour(int(edge) - 1), classColour(int(edge)), upper);
  float slack = aboveGround + 2.0 * (parallel > 0.5 ? pixelSize : z * pixelSize);
  float low = 1.0 - smoothstep(0.6 * slack, slack, abs(place.z - ground));
  float cover = mapOpacity * smoothstep(0.0, 0.30, nearness) * low;
  if (hatched) {
    shown = missingColour;
    cover *= 0.7;
    float off = abs(fract((gl_FragCoord.x + gl_FragCoord.y) / 10.0) - 0.5) * 10.0;
    shown *= 1.0 - 0.36 * (1.0 - smoothstep(0.0, 1.4, off - 1.4));
  }
  if (cover < 0.004) { discard; }
  fragOutput0 = vec4(shown, cover);
"""
