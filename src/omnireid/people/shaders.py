"""The shaders: one for people, one for the scene behind them."""

MATERIALS = 20
ROWS = 5  # vec4 rows a material

NOISE = """
float hash(vec3 p){p=fract(p*.3183099+vec3(.1,.17,.13));p*=17.;return fract(p.x*p.y*p.z*(p.x+p.y+p.z));}
float noise(vec3 x){vec3 i=floor(x),f=fract(x);f=f*f*(3.-2.*f);
 return mix(mix(mix(hash(i),hash(i+vec3(1,0,0)),f.x),mix(hash(i+vec3(0,1,0)),hash(i+vec3(1,1,0)),f.x),f.y),
  mix(mix(hash(i+vec3(0,0,1)),hash(i+vec3(1,0,1)),f.x),mix(hash(i+vec3(0,1,1)),hash(i+vec3(1,1,1)),f.x),f.y),f.z);}
"""

PERSON_VERTEX = """
#version 330
uniform mat4 bones[19]; uniform mat4 view_projection; uniform mat4 view;
in vec3 position; in vec3 normal; in vec4 bone; in vec4 weight; in vec3 rest; in vec2 extra;
out vec3 v_normal; out vec3 v_rest; out vec3 v_world; out vec2 v_extra; out float v_depth;
void main(){
 mat4 m=weight.x*bones[int(bone.x)]+weight.y*bones[int(bone.y)]+weight.z*bones[int(bone.z)]+weight.w*bones[int(bone.w)];
 vec4 p=m*vec4(position,1.); v_world=p.xyz; v_normal=mat3(m)*normal; v_rest=rest; v_extra=extra;
 v_depth=-(view*p).z; gl_Position=view_projection*p;}
"""

# Rows of a material: 0 colour, pattern | 1 second colour, scale | 2 zmin, zmax, sleeve, kind
# | 3 gap low, gap high, v depth, phase | 4 near infrared, warmth, grain, shine
PERSON_FRAGMENT = (
    """
#version 330
uniform vec4 materials[100]; uniform mat3 view_rotation; uniform vec3 sun; uniform vec3 sun_colour;
uniform vec3 sky; uniform vec3 ground; uniform int mode; uniform vec3 eye; uniform vec4 head; uniform vec4 face;
uniform float stature; uniform vec4 falloff; uniform float fade;
in vec3 v_normal; in vec3 v_rest; in vec3 v_world; in vec2 v_extra; in float v_depth;
layout(location=0) out vec4 colour; layout(location=1) out vec4 form;
"""
    + NOISE
    + """
float stripe(float x,float w){float f=fract(x);return smoothstep(.0,.06,f)*(1.-smoothstep(w,w+.06,f));}
float pattern(int k,vec3 p,float s,float phase){
 float a=atan(p.x,-p.y)*.16; float z=p.z;
 if(v_extra.x>.0){a=atan(p.y,p.z)*.05;z=v_extra.x*.5;}
 if(k==1){return phase<.65?stripe(z*s+phase,.3+phase*.4):stripe(a*s*1.3+phase,.45);}
 if(k==2){float h=stripe(z*s*.8,.45),v=stripe(a*s*.8,.45);return .5*h+.5*v;}
 if(k==3){vec2 g=fract(vec2(a+.5*floor(z*s)/s*.5,z)*s)-.5;return 1.-smoothstep(.2,.28,length(g));}
 if(k==4){ if(phase<.35)return step(p.z,stature*(.58+phase*.3)); if(phase<.7) return (v_extra.x>.0||p.z>stature*.76)?1.:0.; return v_extra.x>.0?1.:0.;}
 if(k==5){return smoothstep(.48,.56,noise(vec3(a*s*.9,z*s*.9,phase*50.))+.25*(noise(vec3(a*s*2.5,z*s*2.5,phase*20.))-.5));}
 if(k==6){ float front=phase<.6?-1.:1.; vec2 g=(vec2(p.x,p.z)-vec2(phase<.3?.0:.05*front,stature*.725))/(stature*(phase<.3?.085:.05));
   if(p.y*front<0.||v_extra.x>.0)return 0.;
   float d=max(abs(g.x),abs(g.y)*(1.2+phase)); if(fract(phase*7.)<.5)d=length(g); 
   return (1.-smoothstep(.9,1.,d))*step(.35,noise(vec3(g*3.,phase*90.)));}
 return 0.;}
void main(){
 int m=int(v_extra.y+.5); vec4 m0=materials[m*5],m1=materials[m*5+1],m2=materials[m*5+2],m3=materials[m*5+3],m4=materials[m*5+4];
 vec3 p=v_rest; int kind=int(m2.w+.5); bool onarm=v_extra.x>.04;
 bool hang=v_extra.x<-3.&&v_extra.x>-7.;
 if(kind>=1&&v_extra.x>-7.){
  if(hang){float gap=m3.x; if(p.y<0.&&gap>0.&&abs(p.x)<gap)discard;}
  else if(onarm){if(v_extra.x>m2.z+.01*sin(p.z*90.))discard;}
  else{
   if(m2.z<.05&&abs(p.x)>stature*.1&&p.z>stature*.76)discard;
   float neck=m2.y+p.y*.45+max(0.,abs(p.x)-stature*.036)*2.2; if(p.z<m2.x||p.z>neck)discard;
   if(p.y<0.){
    float t=clamp((p.z-stature*.45)/(stature*.4),0.,1.); float gap=mix(m3.x,m3.y,t);
    if(gap>0.&&abs(p.x)<gap)discard;
    if(m3.z>0.&&abs(p.x)<(p.z-(m2.y-m3.z))*.42)discard;
   }
   if(onarm==false&&kind==4&&p.z>stature*.9&&p.y<-.02&&p.z<stature*.985&&length(p.xz-vec2(0,head.z))<.1)discard;
  }
 }
 vec3 n=normalize(v_normal); vec3 toeye=normalize(eye-v_world); float side=gl_FrontFacing?1.:0.; if(dot(n,toeye)<0.)n=-n;
 float f=pattern(int(m0.w+.5),p,m1.w,m3.w); vec3 base=mix(m0.rgb,m1.rgb,f); float nir=mix(m4.x,m4.x*.75+.1,f*step(.3,abs(m3.w-.5)));
 float warm=m4.y; float grain=m4.z;
 if(kind>=1){ // folds and weave
  vec3 q=p*vec3(14.,14.,7.)/stature; float w=grain; float e=.05;
  if(onarm)q=vec3(p.y*16.,v_extra.x*11.,p.z*6.);
  float n0=noise(q+m3.w*40.); vec3 g=vec3(noise(q+vec3(e,0,0)+m3.w*40.)-n0,noise(q+vec3(0,e,0)+m3.w*40.)-n0,noise(q+vec3(0,0,e)+m3.w*40.)-n0)/e;
  n=normalize(n-.38*w*g); base*=1.-.22*w*(n0-.35); base*=.94+.12*noise(p*220.);
  if(kind==3){ float b=max(max(stripe((p.z-stature*.60)/(stature*.035)*.5,.5)*step(stature*.6,p.z)*step(p.z,stature*.67),
      step(stature*.73,p.z)*step(p.z,stature*.755)*0.), step(abs(abs(p.x)-stature*.062),stature*.014)*step(stature*.6,p.z)); 
      if(onarm)b=step(.55,v_extra.x)*step(v_extra.x,.63); base=mix(base,vec3(.82,.84,.85),b); nir=mix(nir,1.,b); }
  if(kind==5){ base*=.85+.3*noise(p*vec3(260.,260.,60.)); base+= .05*smoothstep(.25,.0,abs(abs(p.x)-stature*.05)/stature*5.); }
  if(kind==6&&p.y<0.&&!onarm){ float z=abs(p.x); base*=1.-.55*(1.-smoothstep(.003,.009,z))*step(stature*.5,p.z); // placket
     vec2 b=vec2(p.x,fract(p.z*11.)-.5)*vec2(1.,1./11.); base*=1.-.5*(1.-smoothstep(.004,.009,length(b)))*step(stature*.5,p.z);}
 }
 if(m==0){ // face
  vec3 h=(p-head.xyz)/head.w; 
  float front=smoothstep(-.1,-.3,h.y);
  float eyes=(1.-smoothstep(.1,.2,length((vec2(abs(h.x)-.3,h.z-.48))*vec2(.8,1.7))))*front;
  float brow=(1.-smoothstep(.06,.12,abs(h.z-.66)))*step(.1,abs(h.x))*step(abs(h.x),.5)*front;
  float mouth=(1.-smoothstep(.05,.11,abs(h.z+.22)))*step(abs(h.x),.26)*front;
  base*=1.-.6*eyes; base=mix(base,materials[5].rgb*.7+.05,brow*.6); base=mix(base,base*vec3(.85,.55,.55),mouth*.8);
  if(face.x>.5&&front>.0){float b=smoothstep(.08,-.05,h.z+.0)*smoothstep(-.75,-.6,h.z)*(1.-.0*mouth); if(abs(h.x)<.24&&h.z>-.3&&h.z<-.14)b=0.; b*=smoothstep(.15,-.1,h.y); base=mix(base,materials[5].rgb,b*.9);nir=mix(nir,.5,b);warm=mix(warm,.6,b);}
 }
 if(m==1){ vec3 q=p*vec3(60.,60.,12.)/stature*1.7; base*=.6+.8*noise(q); n=normalize(n+.5*(vec3(noise(q),noise(q+7.),noise(q+13.))-.5)); }
 float lamb=max(dot(n,sun),0.); float up=.5+.5*n.z; float rim=pow(1.-max(dot(n,toeye),0.),3.);
 float ao=onarm?1.:mix(.7,1.,smoothstep(-.02,.06,abs(p.x)-.0))*1.; if(!onarm&&p.z<stature*.47)ao=mix(.72,1.,smoothstep(.0,stature*.07,abs(p.x)));else ao=1.; if(kind>=1&&side<.5)ao*=.55;
 float facing=max(dot(n,toeye),0.);
 vec3 lit;
 if(mode==0){ vec3 light=mix(ground,sky,up)+sun_colour*lamb; lit=base*light*ao; lit+=m4.w*pow(max(dot(reflect(-sun,n),toeye),0.),18.)*sun_colour*.5; lit=mix(lit,falloff.rgb,fade); }
 else if(mode==1){ float i=nir*(.12+.88*facing)*ao*falloff.w/(v_depth*v_depth); i+=nir*falloff.x; if(kind==3)i*=1.; lit=vec3(i);}
 else { float t=warm*(.82+.18*facing); if(kind>=1)t+=.12*(noise(p*9.)-.5)*grain; if(kind>=1&&side<.5)t+=.15; lit=vec3(falloff.x+(falloff.y-falloff.x)*t);}
 colour=vec4(lit,(float(m)+1.)/32.);
 vec3 vn=view_rotation*n; form=vec4(vn.xy*.5+.5,fract(v_depth*.02)*0.+clamp((v_depth-falloff.z+2.)/4.,0.,1.),dot(base,vec3(.3,.6,.1)));
}
"""
)

SCENE_VERTEX = """
#version 330
in vec2 corner; out vec2 v_corner; void main(){v_corner=corner; gl_Position=vec4(corner,.9999,1.);}
"""

SCENE_FRAGMENT = (
    """
#version 330
uniform mat4 inverse_view_projection; uniform mat4 view_projection; uniform vec3 eye; uniform vec3 sun; uniform vec3 sun_colour; uniform vec3 sky; uniform vec3 ground;
uniform int mode; uniform vec4 floor_a; uniform vec4 floor_b; uniform vec4 wall_a; uniform vec4 wall_b; uniform vec4 boxes[24]; uniform int box_count;
uniform vec4 feet; uniform vec4 falloff; uniform vec4 warmth;
in vec2 v_corner;
layout(location=0) out vec4 colour; layout(location=1) out vec4 form;
"""
    + NOISE
    + """
vec3 tile(vec2 q,vec4 a,vec4 b){ // a: colour, kind; b: second colour, scale
 vec2 s=q*b.w; float k=a.w; float t=0.;
 if(k<1.)t=noise(vec3(s*3.,k*9.)); else if(k<2.){vec2 g=fract(s);t=(g.x<.04||g.y<.04)?1.:.15*noise(vec3(floor(s),3.));}
 else if(k<3.){vec2 g=s;g.x+=.5*floor(mod(g.y*2.,2.));g=fract(g*vec2(1.,2.));t=(g.x<.05||g.y<.09)?1.:.3*noise(vec3(floor(s*vec2(1.,2.)),1.));}
 else if(k<4.)t=step(.5,fract(s.x)); else if(k<5.)t=mod(floor(s.x)+floor(s.y),2.); else t=smoothstep(.35,.7,noise(vec3(s*.7,2.)))*.8+.2*noise(vec3(s*9.,1.));
 return mix(a.rgb,b.rgb,t)*(.85+.3*noise(vec3(q*40.,2.)));}
void main(){
 vec4 far=inverse_view_projection*vec4(v_corner,1.,1.); vec3 d=normalize(far.xyz/far.w-eye);
 float best=80.; vec3 n=-d; vec3 base=sky*.8; float warm=warmth.w; float lit_scale=1.; bool hit=false; vec3 p=eye+d*best; float nir=.3;
 if(d.z<-1e-4){float t=-eye.z/d.z; if(t<best){best=t;p=eye+d*t;n=vec3(0,0,1);base=tile(p.xy,floor_a,floor_b);warm=warmth.x+.06*noise(p*.7);hit=true;nir=dot(base,vec3(.4));}}
 // the wall: a vertical plane wall_dist behind, given by boxes[0..1] as normal and offset
 {vec3 wn=boxes[0].xyz; float den=dot(d,wn); if(den<-1e-4){float t=(boxes[0].w-dot(eye,wn))/den; if(t>0.&&t<best){vec3 q=eye+d*t; if(q.z<boxes[1].x){best=t;p=q;n=wn;vec3 s=normalize(cross(wn,vec3(0,0,1)));base=tile(vec2(dot(q,s),q.z),wall_a,wall_b);warm=warmth.y+.08*noise(q*.9);hit=true;nir=dot(base,vec3(.4));}}}}
 for(int i=0;i<box_count;i++){ vec4 c=boxes[2+i*3],h=boxes[3+i*3],k=boxes[4+i*3];
  float cs=cos(c.w),sn=sin(c.w); vec3 o=eye-c.xyz; o=vec3(cs*o.x+sn*o.y,-sn*o.x+cs*o.y,o.z); vec3 r=vec3(cs*d.x+sn*d.y,-sn*d.x+cs*d.y,d.z);
  vec3 inv=1./(r+1e-5*(1.-abs(sign(r)))); vec3 t0=(-h.xyz-o)*inv,t1=(h.xyz-o)*inv; vec3 a=min(t0,t1),b=max(t0,t1); float tn=max(max(a.x,a.y),a.z),tf=min(min(b.x,b.y),b.z);
  if(tn<tf&&tn>0.05&&tn<best){best=tn;p=eye+d*tn; vec3 l=o+r*tn; vec3 ln=-sign(r)*step(a.yzx,a.xyz)*step(a.zxy,a.xyz); n=vec3(cs*ln.x-sn*ln.y,sn*ln.x+cs*ln.y,ln.z);
   vec2 uv=abs(ln.z)>.5?l.xy:(abs(ln.x)>.5?l.yz:l.xz); base=tile(uv+7.,vec4(k.rgb,k.w),vec4(k.rgb*h.w,2.+3.*fract(h.w*13.)));warm=warmth.z+.1*fract(h.w*31.)-.05;hit=true;nir=dot(base,vec3(.4))+.2*fract(h.w*57.);}
 }
 float sh=1.; if(hit){ vec2 q=p.xy-feet.xy; 
   if(n.z>.5){ sh*=1.-.62*exp(-dot(q,q)*9.); vec2 s=-sun.xy/max(sun.z,.2); float L=length(s)+1e-4; vec2 u=s/L; float al=dot(q,u),pe=dot(q,vec2(-u.y,u.x)); float len=feet.w*L; 
     sh*=1.-feet.z*smoothstep(.0,.15,al+.1)*(1.-smoothstep(len*.8,len+.25,al))*exp(-pe*pe*14./(1.+max(al,0.)*.4)); }
   float ao=1.; ao=mix(.75,1.,smoothstep(0.,.5,p.z+(n.z>.5?1.:0.))); sh*=ao; }
 vec3 lit;
 if(mode==0){ vec3 light=mix(ground,sky,.5+.5*n.z)+sun_colour*max(dot(n,sun),0.); lit=hit?base*light*sh:base; float fog=clamp((best-8.)/60.,0.,.5); lit=mix(lit,sky*.9,fog);}
 else if(mode==1){ float i=nir*(.15+.85*max(dot(n,-d),0.))*falloff.w/(best*best)*mix(sh,1.,.6)+nir*falloff.x*sh; lit=vec3(i);}
 else lit=vec3(falloff.x+(falloff.y-falloff.x)*warm);
 colour=vec4(lit,0.); form=vec4(.5,.5,1.,1.);
 vec4 clip=view_projection*vec4(eye+d*best,1.); gl_FragDepth=clamp(clip.z/clip.w*.5+.5,0.,.99999);
}
"""
)
