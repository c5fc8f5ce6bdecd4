"""The GLSL of what limbs do to light: darkness where they come close, and the shadows they cast."""

from __future__ import annotations

LIMBS = 10
"""Capsules of one person: two rows each (end and radius, other end and nothing)."""

LIMB_LIGHT = """
uniform vec4 limbs[20];

// Share of the sky that limbs leave open to a point facing n.
float open_sky(vec3 p, vec3 n) {
  float result = 1.;
  for (int i = 0; i < 10; i++) {
    vec3 a = limbs[2 * i].xyz, ba = limbs[2 * i + 1].xyz - a;
    float r = limbs[2 * i].w;
    vec3 d = a + ba * clamp(dot(p - a, ba) / dot(ba, ba), 0., 1.) - p;
    float l = dot(d, d);
    if (l > 25. * r * r) continue;
    float hidden = clamp(max(dot(d, n), 0.) * r * r / (l * sqrt(l)), 0., 1.);
    result *= 1. - .85 * hidden;
  }
  return result;
}

// Share of the sun that reaches a point, with a soft edge that widens with distance.
float sunlit(vec3 p, vec3 sun) {
  float result = 1.;
  for (int i = 0; i < 10; i++) {
    vec3 a = limbs[2 * i].xyz, ba = limbs[2 * i + 1].xyz - a, oa = p - a;
    float r = limbs[2 * i].w;
    float bb = dot(ba, ba), bd = dot(ba, sun), bo = dot(ba, oa), od = dot(oa, sun);
    float along = clamp((bo - bd * od) / max(bb - bd * bd, 1e-5), 0., 1.);
    vec3 at = a + ba * along - p;
    float t = dot(at, sun);
    if (t < r * .9) continue;
    vec3 off = at - sun * t;
    float gap = sqrt(dot(off, off)) - r;
    result = min(result, clamp(.5 + gap * 8. / (.1 + t), 0., 1.));
  }
  return result * result * (3. - 2. * result);
}
"""
