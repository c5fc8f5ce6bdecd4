"""The GLSL that draws the world behind a person: rays against a floor, a wall and boxes.

`boxes` holds the wall (row 0: normal and offset; row 1: height) and then three rows a box:
centre and turn, half sizes and tone of its second colour, colour and kind of its surface.
"""

from __future__ import annotations

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
uniform int mode;  // 0 colour, 1 near infrared, 2 thermal
uniform vec4 floor_a; uniform vec4 floor_b; uniform vec4 wall_a; uniform vec4 wall_b;
uniform vec4 boxes[24]; uniform int box_count;
uniform vec4 feet;  // where the person stands, strength of the sun's shadow, its height
uniform vec4 falloff; uniform vec4 warmth;  // of floor, wall, boxes, sky
in vec2 v_corner;
layout(location=0) out vec4 colour;
layout(location=1) out vec4 form;
"""

_SURFACES = """
// A surface's colour: a = colour, kind (plaster, tiles, bricks, boards, chequers, stains);
// b = second colour, scale.
vec3 tile(vec2 q, vec4 a, vec4 b) {
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
  else t = smoothstep(.35, .7, noise(vec3(s * .7, 2.))) * .8 + .2 * noise(vec3(s * 9., 1.));
  return mix(a.rgb, b.rgb, t) * (.85 + .3 * noise(vec3(q * 40., 2.)));
}

struct Hit { float at; vec3 point; vec3 normal; vec3 base; float warm; float nir; bool found; };

void meet_floor(inout Hit hit, vec3 d) {
  if (d.z >= -1e-4) return;
  float t = -eye.z / d.z;
  if (t >= hit.at) return;
  vec3 p = eye + d * t;
  vec3 base = tile(p.xy, floor_a, floor_b);
  hit = Hit(t, p, vec3(0, 0, 1), base, warmth.x + .06 * noise(p * .7), dot(base, vec3(.4)), true);
}

void meet_wall(inout Hit hit, vec3 d) {
  vec3 n = boxes[0].xyz;
  float facing = dot(d, n);
  if (facing >= -1e-4) return;
  float t = (boxes[0].w - dot(eye, n)) / facing;
  vec3 p = eye + d * t;
  if (t <= 0. || t >= hit.at || p.z >= boxes[1].x) return;
  vec3 along = normalize(cross(n, vec3(0, 0, 1)));
  vec3 base = tile(vec2(dot(p, along), p.z), wall_a, wall_b);
  hit = Hit(t, p, n, base, warmth.y + .08 * noise(p * .9), dot(base, vec3(.4)), true);
}

void meet_box(inout Hit hit, vec3 d, vec4 c, vec4 h, vec4 k) {
  float cs = cos(c.w), sn = sin(c.w);
  vec3 o = eye - c.xyz;
  o = vec3(cs * o.x + sn * o.y, -sn * o.x + cs * o.y, o.z);
  vec3 r = vec3(cs * d.x + sn * d.y, -sn * d.x + cs * d.y, d.z);
  vec3 inv = 1. / (r + 1e-5 * (1. - abs(sign(r))));
  vec3 t0 = (-h.xyz - o) * inv, t1 = (h.xyz - o) * inv;
  vec3 a = min(t0, t1), b = max(t0, t1);
  float near = max(max(a.x, a.y), a.z), far = min(min(b.x, b.y), b.z);
  if (near >= far || near <= .05 || near >= hit.at) return;
  vec3 l = o + r * near;
  vec3 n = -sign(r) * step(a.yzx, a.xyz) * step(a.zxy, a.xyz);
  vec2 uv = abs(n.z) > .5 ? l.xy : (abs(n.x) > .5 ? l.yz : l.xz);
  vec3 base = tile(uv + 7., vec4(k.rgb, k.w), vec4(k.rgb * h.w, 2. + 3. * fract(h.w * 13.)));
  hit = Hit(near, eye + d * near, vec3(cs * n.x - sn * n.y, sn * n.x + cs * n.y, n.z), base,
            warmth.z + .1 * fract(h.w * 31.) - .05,
            dot(base, vec3(.4)) + .2 * fract(h.w * 57.), true);
}

// Contact shadow under the feet, the sun's long shadow, and darker corners near the floor.
float shadow(Hit hit) {
  float result = 1.;
  bool level = hit.normal.z > .5;
  if (level) {
    vec2 q = hit.point.xy - feet.xy;
    result *= 1. - .62 * exp(-dot(q, q) * 9.);
    vec2 s = -sun.xy / max(sun.z, .2);
    float reach = length(s) + 1e-4, len = feet.w * reach;
    vec2 u = s / reach;
    float along = dot(q, u), across = dot(q, vec2(-u.y, u.x));
    float body = smoothstep(0., .15, along + .1) * (1. - smoothstep(len * .8, len + .25, along));
    result *= 1. - feet.z * body * exp(-across * across * 14. / (1. + max(along, 0.) * .4));
  }
  return result * mix(.75, 1., smoothstep(0., .5, hit.point.z + (level ? 1. : 0.)));
}
"""

_MAIN = """
void main() {
  vec4 far = inverse_view_projection * vec4(v_corner, 1., 1.);
  vec3 d = normalize(far.xyz / far.w - eye);
  Hit hit = Hit(80., eye + d * 80., -d, sky * .8, warmth.w, .3, false);
  meet_floor(hit, d);
  meet_wall(hit, d);
  for (int i = 0; i < box_count; i++)
    meet_box(hit, d, boxes[2 + i * 3], boxes[3 + i * 3], boxes[4 + i * 3]);
  float shade = hit.found ? shadow(hit) : 1.;
  vec3 lit;
  if (mode == 0) {
    vec3 light = mix(ground, sky, .5 + .5 * hit.normal.z)
               + sun_colour * max(dot(hit.normal, sun), 0.);
    lit = hit.found ? hit.base * light * shade : hit.base;
    lit = mix(lit, sky * .9, clamp((hit.at - 8.) / 60., 0., .5));
  } else if (mode == 1) {
    float lamp = (.15 + .85 * max(dot(hit.normal, -d), 0.)) * falloff.w / (hit.at * hit.at);
    lit = vec3(hit.nir * lamp * mix(shade, 1., .6) + hit.nir * falloff.x * shade);
  } else lit = vec3(falloff.x + (falloff.y - falloff.x) * hit.warm);
  colour = vec4(lit, 0.);
  form = vec4(.5, .5, 1., 1.);
  vec4 clip = view_projection * vec4(eye + d * hit.at, 1.);
  gl_FragDepth = clamp(clip.z / clip.w * .5 + .5, 0., .99999);
}
"""

FRAGMENT = _HEADER + NOISE + _SURFACES + _MAIN
