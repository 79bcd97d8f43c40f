/* vf as four NEON registers (arm64). */
#include <arm_neon.h>

typedef struct vf { float32x4_t q[4]; } vf;
typedef struct vm { uint32x4_t q[4]; } vm;

#define QUADS for (int i = 0; i < 4; i++)

VF vf vf_set1(real x) { vf r; QUADS r.q[i] = vdupq_n_f32(x); return r; }
VF vf vf_load(const real *p) { vf r; QUADS r.q[i] = vld1q_f32(p + 4 * i); return r; }
VF void vf_store(real *p, vf a) { QUADS vst1q_f32(p + 4 * i, a.q[i]); }
VF vf vf_load_bytes(const uint8_t *p)
{
    uint8x16_t bytes = vld1q_u8(p);
    uint16x8_t low = vmovl_u8(vget_low_u8(bytes)), high = vmovl_u8(vget_high_u8(bytes));
    return (vf){{vcvtq_f32_u32(vmovl_u16(vget_low_u16(low))), vcvtq_f32_u32(vmovl_u16(vget_high_u16(low))),
                 vcvtq_f32_u32(vmovl_u16(vget_low_u16(high))), vcvtq_f32_u32(vmovl_u16(vget_high_u16(high)))}};
}
VF vf vf_load_part(const real *p, int n, real fill)
{
    real v[CN_LANES];
    for (int i = 0; i < CN_LANES; i++) v[i] = fill;
    memcpy(v, p, (size_t)n * sizeof(real));
    return vf_load(v);
}
VF void vf_store_part(real *p, vf a, int n)
{
    real v[CN_LANES];
    vf_store(v, a);
    memcpy(p, v, (size_t)n * sizeof(real));
}

VF vf vf_gather(const real *p, vf index)
{
    real v[CN_LANES];
    vf_store(v, index);
    for (int i = 0; i < CN_LANES; i++) v[i] = p[(size_t)v[i]];
    return vf_load(v);
}
VF vf vf_register(vf a) { QUADS __asm__("" : "+w"(a.q[i])); return a; }
VF vf vf_add(vf a, vf b) { QUADS a.q[i] = vaddq_f32(a.q[i], b.q[i]); return a; }
VF vf vf_sub(vf a, vf b) { QUADS a.q[i] = vsubq_f32(a.q[i], b.q[i]); return a; }
VF vf vf_mul(vf a, vf b) { QUADS a.q[i] = vmulq_f32(a.q[i], b.q[i]); return a; }
VF vf vf_div(vf a, vf b) { QUADS a.q[i] = vdivq_f32(a.q[i], b.q[i]); return a; }
VF vf vf_sqrt(vf a) { QUADS a.q[i] = vsqrtq_f32(a.q[i]); return a; }
VF vf vf_fma(vf a, vf b, vf c) { QUADS a.q[i] = vfmaq_f32(c.q[i], a.q[i], b.q[i]); return a; }
/* vmaxq would return NaN for NaN; x86 returns the second operand, and so does this. */
VF vf vf_max(vf a, vf b) { QUADS a.q[i] = vbslq_f32(vcgtq_f32(a.q[i], b.q[i]), a.q[i], b.q[i]); return a; }
VF vf vf_min(vf a, vf b) { QUADS a.q[i] = vbslq_f32(vcltq_f32(a.q[i], b.q[i]), a.q[i], b.q[i]); return a; }
VF vf vf_abs(vf a) { QUADS a.q[i] = vabsq_f32(a.q[i]); return a; }
VF vf vf_copysign(vf a, vf b)
{
    QUADS a.q[i] = vbslq_f32(vdupq_n_u32(0x80000000u), b.q[i], a.q[i]);
    return a;
}
VF vf vf_round(vf a) { QUADS a.q[i] = vrndnq_f32(a.q[i]); return a; }

VF vf vf_bits24(const uint32_t *p)
{
    vf r;
    QUADS r.q[i] = vcvtq_f32_u32(vshrq_n_u32(vld1q_u32(p + 4 * i), 8));
    return r;
}

VF vm vf_lt(vf a, vf b) { vm m; QUADS m.q[i] = vcltq_f32(a.q[i], b.q[i]); return m; }
VF vm vf_le(vf a, vf b) { vm m; QUADS m.q[i] = vcleq_f32(a.q[i], b.q[i]); return m; }
VF vm vf_gt(vf a, vf b) { vm m; QUADS m.q[i] = vcgtq_f32(a.q[i], b.q[i]); return m; }
VF vm vf_ge(vf a, vf b) { vm m; QUADS m.q[i] = vcgeq_f32(a.q[i], b.q[i]); return m; }
VF vm vf_nlt(vf a, vf b) { vm m; QUADS m.q[i] = vmvnq_u32(vcltq_f32(a.q[i], b.q[i])); return m; }
VF vm vf_eq(vf a, vf b) { vm m; QUADS m.q[i] = vceqq_f32(a.q[i], b.q[i]); return m; }
VF vm vm_and(vm a, vm b) { QUADS a.q[i] = vandq_u32(a.q[i], b.q[i]); return a; }
VF vm vm_or(vm a, vm b) { QUADS a.q[i] = vorrq_u32(a.q[i], b.q[i]); return a; }
VF vm vm_not(vm a) { QUADS a.q[i] = vmvnq_u32(a.q[i]); return a; }
VF vm vm_first(int n)
{
    static const uint32_t order[CN_LANES] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
    vm m;
    QUADS m.q[i] = vcltq_u32(vld1q_u32(order + 4 * i), vdupq_n_u32((uint32_t)n));
    return m;
}
VF bool vm_any(vm a) { return vmaxvq_u32(vorrq_u32(vorrq_u32(a.q[0], a.q[1]), vorrq_u32(a.q[2], a.q[3]))) != 0; }
VF vf vf_mask(vm m, vf a)
{
    QUADS a.q[i] = vreinterpretq_f32_u32(vandq_u32(m.q[i], vreinterpretq_u32_f32(a.q[i])));
    return a;
}
VF vf vf_select(vm m, vf a, vf b) { QUADS a.q[i] = vbslq_f32(m.q[i], a.q[i], b.q[i]); return a; }

VF vf vf_scale(vf a, vf n)
{
    QUADS {
        int32x4_t bits = vshlq_n_s32(vaddq_s32(vcvtq_s32_f32(n.q[i]), vdupq_n_s32(127)), 23);
        a.q[i] = vmulq_f32(a.q[i], vreinterpretq_f32_s32(bits));
    }
    return a;
}
VF vf vf_split(vf a, vf *e)
{
    QUADS {
        uint32x4_t bits = vreinterpretq_u32_f32(a.q[i]);
        e->q[i] = vcvtq_f32_s32(vsubq_s32(vreinterpretq_s32_u32(vshrq_n_u32(bits, 23)), vdupq_n_s32(127)));
        bits = vorrq_u32(vandq_u32(bits, vdupq_n_u32(0x007fffff)), vdupq_n_u32(0x3f800000));
        a.q[i] = vreinterpretq_f32_u32(bits);
    }
    return a;
}
#undef QUADS

#define TILE_ROWS 6
#define TILE_VECTORS 1
#define SPARSE_VECTORS 4
#define PRODUCT_ROWS 6
#define PRODUCT_VECTORS 1
#define PRODUCT_WIDE_ROWS 2
#define PRODUCT_WIDE_VECTORS 2
#define PRODUCT_WIDE(rows) ((rows) <= PRODUCT_WIDE_ROWS)
