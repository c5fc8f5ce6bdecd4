"""The GLSL that draws the world behind a person: rays against a floor, a wall and boxes.

`boxes` holds the wall (row 0: normal and offset; row 1: height) and then three rows a box:
centre and turn, half sizes and tone of its second colour, colour and kind of its surface.
"""

from __future__ import annotations

from omnireid.people.shader_light import LIMB_LIGHT
from omnireid.people.shader_person import NOISE

VERTEX = """
#version 330
in vec2 corner;
out vec2 v_corner;
void main() { v_corner = corner; gl_Position = vec4(corner, .9999, 1.); }
"""

_HEADER = """
#version 330
uniform mat4 inverse_view_projection; uniform mat4 view_projection;
uniform vec3 eye; uniform vec3 sun; uniform vec3 sun_colour; uniform vec3 sky; uniform vec3 ground;
uniform vec4 floor_a; uniform vec4 floor_b; uniform vec4 wall_a; uniform vec4 wall_b;
uniform vec4 boxes[24]; uniform int box_count;
uniform vec4 falloff; uniform vec4 warmth;  // of floor, wall, boxes, sky
in vec2 v_corner;
layout(location=0) out vec4 colour;
layout(location=1) out vec4 form;
"""

_SURFACES = """
// A surface's colour and near infrared: a = colour, kind (plaster, tiles, bricks, boards,
// chequers, stains, shelves, windows, leaves, notices, lane marks, corrugated steel);
// b = second colour, scale.
vec4 tile(vec2 q, vec4 a, vec4 b) {
  vec2 s = q * b.w;
  float k = a.w, t = 0.;
  if (k < 1.) t = noise(vec3(s * 3., k * 9.));
  else if (k < 2.) {
    vec2 g = fract(s);
    t = (g.x < .04 || g.y < .04) ? 1. : .15 * noise(vec3(floor(s), 3.));
  } else if (k < 3.) {
    vec2 g = s;
    g.x += .5 * floor(mod(g.y * 2., 2.));
    g = fract(g * vec2(1., 2.));
    t = (g.x < .05 || g.y < .09) ? 1. : .3 * noise(vec3(floor(s * vec2(1., 2.)), 1.));
  } else if (k < 4.) t = step(.5, fract(s.x));
  else if (k < 5.) t = mod(floor(s.x) + floor(s.y), 2.);
  else if (k < 6.)
    t = smoothstep(.35, .7, noise(vec3(s * .7, 2.))) * .8 + .2 * noise(vec3(s * 9., 1.));
  else if (k < 7.) {
    float row = floor(q.y * 2.2), wide = 2. + 3. * hash(vec3(row, 4., k));
    vec2 cell = vec2(floor(q.x * wide), row), g = vec2(fract(q.x * wide), fract(q.y * 2.2));
    float tall = .45 + .45 * hash(vec3(cell, 1.));
    vec3 goods = mix(vec3(hash(vec3(cell, 2.)), hash(vec3(cell, 3.)), hash(vec3(cell, 5.))),
                     vec3(hash(vec3(cell, 6.))), .6) * .7;
    if (g.y < .1) return vec4(a.rgb, .5);
    if (g.y > tall || g.x < .06 || hash(vec3(cell, 7.)) < .2) return vec4(b.rgb * .12, .1);
    return vec4(goods, hash(vec3(cell, 8.)) * .7);
  } else if (k < 8.) {
    vec2 w = q * vec2(.5, .6) * b.w, g = fract(w);
    bool glass = g.x > .18 && g.x < .82 && g.y > .25 && g.y < .85;
    if (glass) return vec4(mix(vec3(.03, .04, .05), vec3(.35, .42, .5),
                               smoothstep(.3, .9, noise(vec3(w * 2., k * 9.)))), .08);
    t = .2 * noise(vec3(s * 3., 1.));
  } else if (k < 9.) {
    float n = .6 * noise(vec3(q * 7., 1.)) + .4 * noise(vec3(q * 23., 2.));
    vec3 leaf = mix(vec3(.010, .025, .006), vec3(.11, .20, .04), n * n * 1.5);
    return vec4(mix(leaf, leaf * b.rgb * 3., .4), .25 + .7 * n);
  } else if (k < 10.) {
    vec2 cell = floor(q * vec2(1., 1.3)), g = fract(q * vec2(1., 1.3));
    vec3 paper = vec3(hash(vec3(cell, 1.)), hash(vec3(cell, 2.)), hash(vec3(cell, 3.)));
    float lines = step(.5, fract(g.y * 9.)) * step(.3, noise(vec3(g * vec2(30., 9.), cell.x)));
    bool edge = g.x < .12 || g.x > .88 || g.y < .15 || g.y > .85 || hash(vec3(cell, 4.)) < .4;
    if (!edge) return vec4(mix(paper, 1. - paper, lines * step(g.y, .6)), .6);
    t = .3 * noise(vec3(s * 2., 4.));
  } else if (k < 11.) {
    float line = step(abs(fract(q.x * .28 + .3) - .5), .028) * step(.3, noise(vec3(q * 5., 3.)));
    vec3 tar = mix(a.rgb * .45, b.rgb * .45, noise(vec3(s * 2., 1.)) * .5);
    tar = mix(tar, vec3(.7), line) * (.85 + .3 * noise(vec3(q * 60., 2.)));
    return vec4(tar, .12 + .5 * line);
  } else t = .5 + .5 * sin(q.x * 22.);
  float stain = .92 + .1 * noise(vec3(q * 40., 2.)) + .1 * noise(vec3(q * 3., 5.));
  vec3 c = mix(a.rgb, b.rgb, t) * stain;
  return vec4(c, dot(c, vec3(.4)));
}

// What a ray meets first: the distance, the side met, and where on which thing (-1 nothing,
// 0 floor, 1 wall, 2 and on the boxes). Surfaces are worked out once, when the nearest is known.
struct Hit { float at; vec3 normal; vec3 local; int thing; };

void meet_floor(inout Hit hit, vec3 d) {
  if (d.z >= -1e-4) return;
  float t = -eye.z / d.z;
  if (t < hit.at) hit = Hit(t, vec3(0, 0, 1), eye + d * t, 0);
}

void meet_wall(inout Hit hit, vec3 d) {
  vec3 n = boxes[0].xyz;
  float facing = dot(d, n);
  if (facing >= -1e-4) return;
  float t = (boxes[0].w - dot(eye, n)) / facing;
  vec3 p = eye + d * t;
  float x = dot(p, normalize(cross(n, vec3(0, 0, 1)))), top = boxes[1].x;
  if (wall_a.w >= 8. && wall_a.w < 9.)  // a hedge
    top *= .6 + .4 * noise(vec3(x * 1.7, 1., 3.)) + .1 * noise(vec3(x * 9.));
  if (t > 0. && t < hit.at && p.z < top) hit = Hit(t, n, vec3(x, p.z, 0.), 1);
}

void meet_box(inout Hit hit, vec3 d, int index) {
  vec4 c = boxes[2 + index * 3], h = boxes[3 + index * 3];
  float kind = boxes[4 + index * 3].w;
  float cs = cos(c.w), sn = sin(c.w);
  vec3 o = eye - c.xyz;
  o = vec3(cs * o.x + sn * o.y, -sn * o.x + cs * o.y, o.z);
  vec3 r = vec3(cs * d.x + sn * d.y, -sn * d.x + cs * d.y, d.z);
  vec3 inv = 1. / (r + 1e-5 * (1. - abs(sign(r))));
  vec3 t0 = (-h.xyz - o) * inv, t1 = (h.xyz - o) * inv;
  vec3 a = min(t0, t1), b = max(t0, t1);
  float near = max(max(a.x, a.y), a.z), far = min(min(b.x, b.y), b.z);
  if (near >= far || near <= .05 || near >= hit.at) return;
  vec3 l = o + r * near, at = l / h.xyz;
  if (kind >= 20.) {
    if (at.z > .15 && abs(at.x) > .8 - .3 * at.z) return;  // a car's slanted panes
  } else if (kind >= 8. && kind < 9.)  // leaves have no straight edges
    if (length(at) > .8 + .5 * noise(l * 6. + h.w * 90.)) return;
  vec3 n = -sign(r) * step(a.yzx, a.xyz) * step(a.zxy, a.xyz);
  hit = Hit(near, vec3(cs * n.x - sn * n.y, sn * n.x + cs * n.y, n.z), l, 2 + index);
}

struct Look { vec3 base; float warm; float nir; };

// A car: glass above, wheels below.
vec4 car(vec3 l, vec3 half_size, vec3 paint) {
  vec3 at = l / half_size;
  bool side = abs(abs(at.y) - 1.) < .01;
  float wheel = length(vec2((abs(at.x) - .62) * half_size.x, l.z + half_size.z - .32));
  if (at.z > .2 && at.z < .85 && fract(at.x * 1.6 + .5) > .08) return vec4(.03, .04, .05, .05);
  if (side && wheel < .33) return vec4(wheel < .2 ? .3 : .015);
  return vec4(paint * (at.z < -.75 ? .1 : 1.), dot(paint, vec3(.4)));
}

Look look(Hit hit) {
  vec3 l = hit.local;
  vec4 a = floor_a, b = floor_b;
  float warm = warmth.x + .06 * noise(l * .7), extra = 0.;
  vec2 uv = l.xy;
  if (hit.thing == 1) {
    a = wall_a, b = wall_b;
    warm = warmth.y + .08 * noise(l * .9);
  } else if (hit.thing > 1) {
    int row = 3 + (hit.thing - 2) * 3;
    vec4 h = boxes[row], k = boxes[row + 1];
    warm = warmth.z + .1 * fract(h.w * 31.) - .05;
    if (k.w >= 20.) {
      vec4 paint = car(l, h.xyz, k.rgb);
      return Look(paint.rgb, warm + (l.z < 0. && abs(l.x) > h.x * .5 ? .2 : 0.), paint.w);
    }
    vec3 off = abs(abs(l / h.xyz) - 1.);
    uv = 7. + (off.z < min(off.x, off.y) ? l.xy : (off.x < off.y ? l.yz : l.xz));
    a = k, b = vec4(k.rgb * h.w, 2. + 3. * fract(h.w * 13.));
    extra = .2 * fract(h.w * 57.);
  }
  vec4 surface = tile(uv, a, b);
  return Look(surface.rgb, warm, surface.w + extra);
}

// Contact shadow under the feet and darker corners near the floor.
float shadow(Hit hit, vec3 point) {
  float result = 1.;
  bool level = hit.normal.z > .5;
  if (level) {
    vec2 q = point.xy;
    result *= 1. - .5 * exp(-dot(q, q) * 9.);
  }
  return result * mix(.75, 1., smoothstep(0., .5, point.z + (level ? 1. : 0.)));
}
"""

_MAIN = """
void main() {
  vec4 far = inverse_view_projection * vec4(v_corner, 1., 1.);
  vec3 d = normalize(far.xyz / far.w - eye);
  Hit hit = Hit(80., -d, vec3(0.), -1);
  meet_floor(hit, d);
  meet_wall(hit, d);
  for (int i = 0; i < box_count; i++) meet_box(hit, d, i);
  bool found = hit.thing >= 0;
  vec3 point = eye + d * hit.at;
  Look seen = Look(sky * .8, warmth.w, .3);
  if (found) seen = look(hit);
  float shade = found ? shadow(hit, point) : 1.;
  vec3 lit;
#if MODE == 0
    float reached = found && dot(point, point) < 16. ? sunlit(point, sun) : 1.;
    vec3 light = mix(ground, sky, .5 + .5 * hit.normal.z)
               + sun_colour * max(dot(hit.normal, sun), 0.) * reached;
    lit = found ? seen.base * light * shade : seen.base;
    lit = mix(lit, sky * .9, clamp((hit.at - 8.) / 60., 0., .5));
#elif MODE == 1
    float lamp = (.15 + .85 * max(dot(hit.normal, -d), 0.)) * falloff.w / (hit.at * hit.at);
    lit = vec3(seen.nir * lamp * mix(shade, 1., .6) + seen.nir * falloff.x * shade);
#else
    lit = vec3(falloff.x + (falloff.y - falloff.x) * seen.warm);
#endif
  colour = vec4(lit, 0.);
  form = vec4(.5, .5, 1., 1.);
  vec4 clip = view_projection * vec4(eye + d * hit.at, 1.);
  gl_FragDepth = clamp(clip.z / clip.w * .5 + .5, 0., .99999);
}
"""


def fragment(mode: int) -> str:
    """The world in one mode: 0 colour, 1 near infrared, 2 thermal."""
    header = _HEADER.replace("#version 330", f"#version 330\n#define MODE {mode}")
    return header + NOISE + LIMB_LIGHT + _SURFACES + _MAIN
