/* vf as an array: the plain reference that the others must equal bit for bit. */
#define VF_SCALAR 1

typedef struct vf { real v[CN_LANES]; } vf;
typedef struct vm { unsigned char v[CN_LANES]; } vm;

#ifdef CN_REAL_DOUBLE
#define LANE_FMA fma
#define LANE_SQRT sqrt
#define LANE_RINT rint
#else
#define LANE_FMA fmaf
#define LANE_SQRT sqrtf
#define LANE_RINT rintf
#endif

#define LANES for (int i = 0; i < CN_LANES; i++)

VF vf vf_set1(real x) { vf r; LANES r.v[i] = x; return r; }
VF vf vf_load(const real *p) { vf r; memcpy(r.v, p, sizeof r.v); return r; }
VF void vf_store(real *p, vf a) { memcpy(p, a.v, sizeof a.v); }
/* Sixteen bytes, as numbers. */
VF vf vf_load_bytes(const uint8_t *p) { vf r; LANES r.v[i] = (real)p[i]; return r; }
/* The first n lanes (1 … 16) from memory, `fill` in the others; nothing beyond them is touched. */
VF vf vf_load_part(const real *p, int n, real fill) { vf r = vf_set1(fill); memcpy(r.v, p, (size_t)n * sizeof(real)); return r; }
VF void vf_store_part(real *p, vf a, int n) { memcpy(p, a.v, (size_t)n * sizeof(real)); }

/* p[index] of each lane: whole numbers under 2^24. */
VF vf vf_gather(const real *p, vf index) { LANES index.v[i] = p[(size_t)index.v[i]]; return index; }
/* The same, and held in registers: read once from memory where it is used twice. */
VF vf vf_register(vf a) { return a; }
VF vf vf_add(vf a, vf b) { LANES a.v[i] += b.v[i]; return a; }
VF vf vf_sub(vf a, vf b) { LANES a.v[i] -= b.v[i]; return a; }
VF vf vf_mul(vf a, vf b) { LANES a.v[i] *= b.v[i]; return a; }
VF vf vf_div(vf a, vf b) { LANES a.v[i] /= b.v[i]; return a; }
VF vf vf_sqrt(vf a) { LANES a.v[i] = LANE_SQRT(a.v[i]); return a; }
/* a * b + c, rounded once. */
VF vf vf_fma(vf a, vf b, vf c) { LANES a.v[i] = LANE_FMA(a.v[i], b.v[i], c.v[i]); return a; }
/* a > b ? a : b and a < b ? a : b: the second one when either is NaN. */
VF vf vf_max(vf a, vf b) { LANES a.v[i] = a.v[i] > b.v[i] ? a.v[i] : b.v[i]; return a; }
VF vf vf_min(vf a, vf b) { LANES a.v[i] = a.v[i] < b.v[i] ? a.v[i] : b.v[i]; return a; }
VF vf vf_abs(vf a) { LANES a.v[i] = (real)fabs(a.v[i]); return a; }
/* Magnitude of a with the sign of b. */
VF vf vf_copysign(vf a, vf b) { LANES a.v[i] = (real)copysign(a.v[i], b.v[i]); return a; }
/* To the nearest integer, ties to even. */
VF vf vf_round(vf a) { LANES a.v[i] = LANE_RINT(a.v[i]); return a; }

/* The upper 24 bits of 16 words, as numbers. */
VF vf vf_bits24(const uint32_t *p) { vf r; LANES r.v[i] = (real)(p[i] >> 8); return r; }

VF vm vf_lt(vf a, vf b) { vm m; LANES m.v[i] = a.v[i] < b.v[i]; return m; }
VF vm vf_le(vf a, vf b) { vm m; LANES m.v[i] = a.v[i] <= b.v[i]; return m; }
VF vm vf_gt(vf a, vf b) { vm m; LANES m.v[i] = a.v[i] > b.v[i]; return m; }
VF vm vf_ge(vf a, vf b) { vm m; LANES m.v[i] = a.v[i] >= b.v[i]; return m; }
/* Not less: of a NaN too. */
VF vm vf_nlt(vf a, vf b) { vm m; LANES m.v[i] = !(a.v[i] < b.v[i]); return m; }
VF vm vf_eq(vf a, vf b) { vm m; LANES m.v[i] = a.v[i] == b.v[i]; return m; }
VF vm vm_and(vm a, vm b) { LANES a.v[i] &= b.v[i]; return a; }
VF vm vm_or(vm a, vm b) { LANES a.v[i] |= b.v[i]; return a; }
VF vm vm_not(vm a) { LANES a.v[i] ^= 1; return a; }
/* Truth in the first n lanes (0 … 16). */
VF vm vm_first(int n) { vm m; LANES m.v[i] = i < n; return m; }
VF bool vm_any(vm a) { int any = 0; LANES any |= a.v[i]; return any; }
/* m ? a : 0 */
VF vf vf_mask(vm m, vf a) { LANES a.v[i] = m.v[i] ? a.v[i] : 0; return a; }
/* m ? a : b */
VF vf vf_select(vm m, vf a, vf b) { LANES a.v[i] = m.v[i] ? a.v[i] : b.v[i]; return a; }

#ifndef CN_REAL_DOUBLE
/* a * 2^n for integral n from -126 to 127, where a is from 0.5 to 2. */
VF vf vf_scale(vf a, vf n)
{
    LANES {
        uint32_t bits = (uint32_t)((int32_t)n.v[i] + 127) << 23;
        float power;
        memcpy(&power, &bits, 4);
        a.v[i] *= power;
    }
    return a;
}
/* A positive normal number as m * 2^e, 1 <= m < 2; returns m. */
VF vf vf_split(vf a, vf *e)
{
    LANES {
        uint32_t bits;
        memcpy(&bits, &a.v[i], 4);
        e->v[i] = (float)((int32_t)(bits >> 23) - 127);
        bits = (bits & 0x007fffffu) | 0x3f800000u;
        memcpy(&a.v[i], &bits, 4);
    }
    return a;
}
#endif
#undef LANES

/* How many rows × vectors of sums a matmul tile keeps in registers, and how many vectors a sparse row. */
#define TILE_ROWS 1
#define TILE_VECTORS 1
#define SPARSE_VECTORS 1
#define PRODUCT_ROWS 1
#define PRODUCT_VECTORS 1
#define PRODUCT_WIDE_ROWS 1
#define PRODUCT_WIDE_VECTORS 1
#define PRODUCT_WIDE(rows) ((rows) <= PRODUCT_WIDE_ROWS)
