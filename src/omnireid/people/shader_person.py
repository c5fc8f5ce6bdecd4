"""The GLSL that draws people: skinning, cloth cuts, patterns, folds, faces and three lights.

A material is five rows of four numbers:
0 colour, pattern | 1 second colour, pattern scale | 2 lowest and highest z, sleeve, kind |
3 front gap low and high, V depth, phase | 4 near infrared, warmth, grain, shine.
`extra.x` is the place along the arm (0 shoulder, 1 wrist), or a code below zero: -1 trunk or leg,
-5 a hanging hem (only the front gap cuts it), -9 never cut. `extra.y` is the material.
"""

from __future__ import annotations

from omnireid.people.shader_light import LIMB_LIGHT

MATERIALS = 20
ROWS = 5

NOISE = """
float hash(vec3 p) {
  p = fract(p * .3183099 + vec3(.1, .17, .13));
  p *= 17.;
  return fract(p.x * p.y * p.z * (p.x + p.y + p.z));
}
float noise(vec3 x) {
  vec3 i = floor(x), f = fract(x);
  f = f * f * (3. - 2. * f);
  return mix(
    mix(mix(hash(i), hash(i + vec3(1, 0, 0)), f.x),
        mix(hash(i + vec3(0, 1, 0)), hash(i + vec3(1, 1, 0)), f.x), f.y),
    mix(mix(hash(i + vec3(0, 0, 1)), hash(i + vec3(1, 0, 1)), f.x),
        mix(hash(i + vec3(0, 1, 1)), hash(i + vec3(1, 1, 1)), f.x), f.y), f.z);
}
"""

VERTEX = """
#version 330
uniform mat4 bones[19];
uniform mat4 view_projection;
uniform mat4 view;
in vec3 position; in vec3 normal; in vec4 bone; in vec4 weight; in vec3 rest; in vec2 extra;
invariant gl_Position;
out vec3 v_normal; out vec3 v_rest; out vec3 v_world; out vec2 v_extra; out float v_depth;
void main() {
  mat4 m = weight.x * bones[int(bone.x)] + weight.y * bones[int(bone.y)]
         + weight.z * bones[int(bone.z)] + weight.w * bones[int(bone.w)];
  vec4 p = m * vec4(position, 1.);
  v_world = p.xyz;
  v_normal = mat3(m) * normal;
  v_rest = rest;
  v_extra = extra;
  v_depth = -(view * p).z;
  gl_Position = view_projection * p;
}
"""

_HEADER = """
#version 330
uniform vec4 materials[100];
uniform mat3 view_rotation;
uniform vec3 sun; uniform vec3 sun_colour; uniform vec3 sky; uniform vec3 ground;
uniform vec3 eye;
uniform vec4 head;  // centre of the face, radius
uniform float beard;
uniform float stature;
uniform vec4 falloff;  // see Renderer.draw
in vec3 v_normal; in vec3 v_rest; in vec3 v_world; in vec2 v_extra; in float v_depth;
layout(location=0) out vec4 colour;
layout(location=1) out vec4 form;
"""

_PATTERNS = """
float stripe(float x, float w) {
  float f = fract(x);
  return smoothstep(0., .06, f) * (1. - smoothstep(w, w + .06, f));
}

// Share of the second colour at a rest point: plain, striped, checked, dotted, two-colour,
// printed, logo; two-colour below the waist, and on the feet. The garment reaches from low to high.
float pattern(int k, vec3 p, float s, float phase, float low, float high) {
  bool onarm = v_extra.x > 0.;
  float a = onarm ? atan(p.y, p.z) * .05 : atan(p.x, -p.y) * .16;
  float z = onarm ? v_extra.x * .5 : p.z;
  if (k == 1)
    return phase < .65 ? stripe(z * s + phase, .3 + phase * .4) : stripe(a * s * 1.3 + phase, .45);
  if (k == 2) return .5 * stripe(z * s * .8, .45) + .5 * stripe(a * s * .8, .45);
  if (k == 3) {
    vec2 g = fract(vec2(a + .5 * floor(z * s) / s * .5, z) * s) - .5;
    return 1. - smoothstep(.2, .28, length(g));
  }
  if (k == 4) {
    if (phase < .35) return step(p.z, stature * (.58 + phase * .3));
    if (phase < .7) return (onarm || p.z > stature * .76) ? 1. : 0.;
    return onarm ? 1. : 0.;
  }
  if (k == 5)
    return smoothstep(.48, .56, noise(vec3(a * s * .9, z * s * .9, phase * 50.))
                      + .25 * (noise(vec3(a * s * 2.5, z * s * 2.5, phase * 20.)) - .5));
  if (k == 6) {
    float front = phase < .6 ? -1. : 1.;
    float size = phase < .3 ? .085 : .05;
    vec2 at = vec2(phase < .3 ? 0. : .05 * front, stature * .725);
    vec2 g = (vec2(p.x, p.z) - at) / (stature * size);
    if (p.y * front < 0. || onarm) return 0.;
    float d = fract(phase * 7.) < .5 ? length(g) : max(abs(g.x), abs(g.y) * (1.2 + phase));
    return (1. - smoothstep(.9, 1., d)) * step(.35, noise(vec3(g * 3., phase * 90.)));
  }
  if (k == 7) {
    if (phase < .35 && low > 0.) return step(p.z, mix(low, high, .2 + phase * .6));
    return step(stature * .055, abs(p.x)) * step(abs(p.y), stature * .022);
  }
  if (k == 8) return phase < .5 ? step(p.z, high * .4) : step(0., p.y);
  return 0.;
}
"""

_CUTS = """
// Whether a garment's cut leaves this point away: past the sleeve, hem or neckline, or in the gap
// of an open front.
bool cut_away(vec3 p, vec4 ends, vec4 opening) {
  if (v_extra.x <= -7.) return false;
  if (v_extra.x < -3.) return p.y < 0. && opening.x > 0. && abs(p.x) < opening.x;
  if (v_extra.x > .04) return v_extra.x > ends.z + .01 * sin(p.z * 90.);
  if (ends.z < .05 && abs(p.x) > stature * .1 && p.z > stature * .76) return true;
  float neck = ends.y + p.y * .45 + max(0., abs(p.x) - stature * .036) * 2.2;
  if (p.z < ends.x || p.z > neck) return true;
  if (p.y >= 0.) return false;
  float t = clamp((p.z - stature * .45) / (stature * .4), 0., 1.);
  float gap = mix(opening.x, opening.y, t);
  if (gap > 0. && abs(p.x) < gap) return true;
  return opening.z > 0. && abs(p.x) < (p.z - (ends.y - opening.z)) * .42;
}
"""

_SURFACES = """
struct Surface { vec3 base; vec3 normal; float nir; float warm; };

// Folds, weave, bands, denim and buttons of cloth.
void weave(inout Surface s, vec3 p, int kind, float grain, float phase) {
  bool onarm = v_extra.x > .04;
  vec3 q = p * vec3(14., 14., 7.) / stature + phase * 40.;
  if (onarm) q = vec3(p.y * 16., v_extra.x * 11., p.z * 6.) + phase * 40.;
  float e = .05, n0 = noise(q);
  vec3 g = vec3(noise(q + vec3(e, 0, 0)) - n0, noise(q + vec3(0, e, 0)) - n0,
                noise(q + vec3(0, 0, e)) - n0) / e;
  s.normal = normalize(s.normal - .38 * grain * g);
  float relief = (1. - .22 * grain * (n0 - .35)) * (.94 + .12 * noise(p * 220.));
  s.base *= relief;
  s.nir *= relief;  // threads shade each other in any light
  if (kind == 3) {  // reflective bands of a high-visibility vest
    float around = stripe((p.z - stature * .60) / (stature * .035) * .5, .5)
                 * step(stature * .6, p.z) * step(p.z, stature * .67);
    float braces = step(abs(abs(p.x) - stature * .062), stature * .014) * step(stature * .6, p.z);
    float band = max(around, braces);
    if (onarm) band = step(.55, v_extra.x) * step(v_extra.x, .63);
    s.base = mix(s.base, vec3(.82, .84, .85), band);
    s.nir = mix(s.nir, 1., band);
  }
  if (kind == 5) {  // denim: coarse twill, worn along the front of the legs
    float twill = .85 + .3 * noise(p * vec3(260., 260., 60.));
    s.base *= twill;
    s.nir *= twill;
    s.base += .05 * smoothstep(.25, 0., abs(abs(p.x) - stature * .05) / stature * 5.);
  }
  if (kind == 6 && p.y < 0. && !onarm) {  // a placket with buttons
    float above = step(stature * .5, p.z);
    vec2 b = vec2(p.x, fract(p.z * 11.) - .5) * vec2(1., 1. / 11.);
    float seams = (1. - .55 * (1. - smoothstep(.003, .009, abs(p.x))) * above)
                * (1. - .5 * (1. - smoothstep(.004, .009, length(b))) * above);
    s.base *= seams;
    s.nir *= seams;
  }
}

// Eyes, brows, mouth and beard, as dark as a few pixels show them.
void face(inout Surface s, vec3 p, vec3 hair) {
  vec3 h = (p - head.xyz) / head.w;
  float front = smoothstep(-.1, -.3, h.y);
  vec2 eye_at = (vec2(abs(h.x) - .3, h.z - .48)) * vec2(.8, 1.7);
  float eyes = (1. - smoothstep(.1, .2, length(eye_at))) * front;
  float brow = (1. - smoothstep(.06, .12, abs(h.z - .66))) * step(.1, abs(h.x))
             * step(abs(h.x), .5) * front;
  float mouth = (1. - smoothstep(.05, .11, abs(h.z + .22))) * step(abs(h.x), .26) * front;
  s.base *= 1. - .6 * eyes;
  s.base = mix(s.base, hair * .7 + .05, brow * .6);
  s.base = mix(s.base, s.base * vec3(.85, .55, .55), mouth * .8);
  if (beard > .5 && front > 0.) {
    float b = smoothstep(.08, -.05, h.z) * smoothstep(-.75, -.6, h.z);
    if (abs(h.x) < .24 && h.z > -.3 && h.z < -.14) b = 0.;
    b *= smoothstep(.15, -.1, h.y);
    s.base = mix(s.base, hair, b * .9);
    s.nir = mix(s.nir, .5, b);
    s.warm = mix(s.warm, .6, b);
  }
}

void strands(inout Surface s, vec3 p) {
  vec3 q = p * vec3(60., 60., 12.) / stature * 1.7;
  float strand = .6 + .8 * noise(q);
  s.base *= strand;
  s.nir *= strand;
  s.normal = normalize(s.normal + .5 * (vec3(noise(q), noise(q + 7.), noise(q + 13.)) - .5));
}
"""

_MAIN = """
void main() {
  int m = int(v_extra.y + .5);
  vec4 m0 = materials[m * 5], m1 = materials[m * 5 + 1], m2 = materials[m * 5 + 2];
  vec4 m3 = materials[m * 5 + 3], m4 = materials[m * 5 + 4];
  vec3 p = v_rest;
  int kind = int(m2.w + .5);
  bool cloth = kind >= 1;

  vec3 toeye = normalize(eye - v_world);
  vec3 n = normalize(v_normal);
  if (dot(n, toeye) < 0.) n = -n;
  bool inside = cloth && !gl_FrontFacing;
  float f = pattern(int(m0.w + .5), p, m1.w, m3.w, m2.x, m2.y);
  // Some second colours are pigments that infrared sees (carbon black, white), the others are dyes
  // that vanish in it.
  float pigment = fract(m3.w * 13.7);
  float nir = mix(m4.x, m4.x > .45 ? .08 + .2 * pigment : .6 + .35 * pigment,
                  f * step(.4, fract(m3.w * 7.3)));
  Surface s = Surface(mix(m0.rgb, m1.rgb, f), n, nir, m4.y);
  if (cloth) weave(s, p, kind, m4.z, m3.w);
  if (m == 0) face(s, p, materials[5 * 5].rgb);
  if (m == 1) strands(s, p);
  n = s.normal;

  float between_legs = v_extra.x <= .04 && p.z < stature * .47
                     ? mix(.72, 1., smoothstep(0., stature * .07, abs(p.x))) : 1.;
  float shade = between_legs * (inside ? .55 : 1.);
  float facing = max(dot(n, toeye), 0.);
  vec3 lit;
#if MODE == 0
    float open = open_sky(v_world, n);
    float away = max(dot(n, sun), 0.);
    float lit_by_sun = away > 0. ? sunlit(v_world + n * .01, sun) : 0.;
    vec3 light = mix(ground, sky, .5 + .5 * n.z) * open + sun_colour * away * lit_by_sun;
    float gloss = pow(max(dot(reflect(-sun, n), toeye), 0.), 18.);
    lit = s.base * light * shade + m4.w * gloss * sun_colour * .5 * lit_by_sun;
#elif MODE == 1
    shade *= .5 + .5 * open_sky(v_world, n);
    float lamp = (.12 + .88 * facing) * falloff.w / (v_depth * v_depth);
    lit = vec3(s.nir * (lamp * shade + falloff.x));
#elif MODE == 2
    float t = s.warm * (.82 + .18 * facing);
    if (cloth) t += .12 * (noise(p * 9.) - .5) * m4.z + (inside ? .15 : 0.);
    lit = vec3(falloff.x + (falloff.y - falloff.x) * t);
#else
    lit = s.base;
#endif
  colour = vec4(lit, (float(m) + 1.) / 32.);
  vec3 seen = view_rotation * n;
  float depth = clamp((v_depth - falloff.z + 2.) / 4., 0., 1.);
  form = vec4(seen.xy * .5 + .5, depth, dot(s.base, vec3(.3, .6, .1)));
}
"""

_VISIBLE = """
void main() {
  int m = int(v_extra.y + .5);
  vec4 m2 = materials[m * 5 + 2];
  if (m2.w > .5 && cut_away(v_rest, m2, materials[m * 5 + 3])) discard;
  colour = form = vec4(1.);
}
"""

DEPTH_FRAGMENT = _HEADER + _CUTS + _VISIBLE
"""Only where a person is: drawn first, so that `fragment` shades nothing that is hidden or cut."""


def fragment(mode: int) -> str:
    """The shading of one mode: 0 colour, 1 near infrared, 2 thermal, 3 form alone.

    A program a mode: software renderers work out both sides of every branch.
    """
    header = _HEADER.replace("#version 330", f"#version 330\n#define MODE {mode}")
    return header + NOISE + LIMB_LIGHT + _PATTERNS + _SURFACES + _MAIN
