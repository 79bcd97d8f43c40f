/* The transforms of Winograd's formulas on one vector of channels: F(m×m, 3×3) for m = 2 and m = 4, its n = m + 2 points at 0, ±1 (and
 * ±2) and infinity. A. Lavin and S. Gray, "Fast algorithms for convolutional neural networks", arXiv:1509.09308; the rows of Bᵀ and
 * the columns of Aᵀ that belong to infinity have their sign changed for m = 2. Each goes over y, then over x, by the lines of one
 * dimension below, whose operations are the written order. `m` is a constant wherever these are inlined. */
#ifndef CN_KERNELS_SIMD_WINOGRAD_TILES_H
#define CN_KERNELS_SIMD_WINOGRAD_TILES_H

#include "kernels/simd/vf.h"

enum { WINOGRAD_M = 4, WINOGRAD_N = 6, MOST = WINOGRAD_N * WINOGRAD_N }; /* at most */

/* `call` with M, which is m as a constant, for functions that are inlined. */
#define WITH_M(m, call)                                                                                      \
    do {                                                                                                     \
        if ((m) == 2) {                                                                                      \
            enum { M = 2 };                                                                                  \
            call;                                                                                            \
        } else {                                                                                             \
            enum { M = 4 };                                                                                  \
            call;                                                                                            \
        }                                                                                                    \
    } while (0)

/* From numbers `from` apart to numbers `to` apart. */
typedef struct line {
    int from, to;
} line;

VF vf times(real factor, vf a) { return vf_mul(vf_set1(factor), a); }
VF vf plus_times(vf a, real factor, vf b) { return vf_fma(vf_set1(factor), b, a); }

/* Bᵀ: n to n. */
VF void input_line(int m, const vf *d, vf *t, line s)
{
    const vf d0 = d[0], d1 = d[s.from], d2 = d[2 * s.from], d3 = d[3 * s.from];
    if (m == 2) {
        t[0] = vf_sub(d0, d2);
        t[s.to] = vf_add(d1, d2);
        t[2 * s.to] = vf_sub(d2, d1);
        t[3 * s.to] = vf_sub(d3, d1);
        return;
    }
    const vf d4 = d[4 * s.from], d5 = d[5 * s.from];
    const vf even1 = plus_times(d4, -4, d2), odd1 = plus_times(d3, -4, d1);
    const vf even2 = vf_sub(d4, d2), odd2 = times(2, vf_sub(d3, d1));
    t[0] = plus_times(plus_times(d4, -5, d2), 4, d0);
    t[s.to] = vf_add(even1, odd1);
    t[2 * s.to] = vf_sub(even1, odd1);
    t[3 * s.to] = vf_add(even2, odd2);
    t[4 * s.to] = vf_sub(even2, odd2);
    t[5 * s.to] = plus_times(plus_times(d5, -5, d3), 4, d1);
}

/* B: n to n. */
VF void input_back_line(int m, const vf *t, vf *d, line s)
{
    const vf t0 = t[0], sum1 = vf_add(t[s.from], t[2 * s.from]),
             difference1 = vf_sub(t[s.from], t[2 * s.from]);
    if (m == 2) {
        d[0] = t0;
        d[s.to] = vf_sub(difference1, t[3 * s.from]);
        d[2 * s.to] = vf_sub(sum1, t0);
        d[3 * s.to] = t[3 * s.from];
        return;
    }
    const vf sum2 = vf_add(t[3 * s.from], t[4 * s.from]), difference2 = vf_sub(t[3 * s.from], t[4 * s.from]);
    const vf t5 = t[5 * s.from];
    d[0] = times(4, t0);
    d[s.to] = plus_times(plus_times(times(4, t5), -2, difference2), -4, difference1);
    d[2 * s.to] = plus_times(plus_times(vf_neg(sum2), -5, t0), -4, sum1);
    d[3 * s.to] = plus_times(plus_times(difference1, 2, difference2), -5, t5);
    d[4 * s.to] = vf_add(vf_add(t0, sum1), sum2);
    d[5 * s.to] = t5;
}

/* G: 3 to n. */
VF void kernel_line(int m, const vf *g, vf *u, line s)
{
    const vf g0 = g[0], g1 = g[s.from], g2 = g[2 * s.from], ends = vf_add(g0, g2);
    if (m == 2) {
        u[0] = g0;
        u[s.to] = times((real)0.5, vf_add(ends, g1));
        u[2 * s.to] = times((real)0.5, vf_sub(ends, g1));
        u[3 * s.to] = g2;
        return;
    }
    const real sixth = -1 / (real)6, part = 1 / (real)24;
    const vf far = plus_times(g0, 4, g2);
    u[0] = times((real)0.25, g0);
    u[s.to] = times(sixth, vf_add(ends, g1));
    u[2 * s.to] = times(sixth, vf_sub(ends, g1));
    u[3 * s.to] = times(part, plus_times(far, 2, g1));
    u[4 * s.to] = times(part, plus_times(far, -2, g1));
    u[5 * s.to] = g2;
}

/* Aᵀ: n to m. */
VF void output_line(int m, const vf *p, vf *y, line s)
{
    const vf sum1 = vf_add(p[s.from], p[2 * s.from]), difference1 = vf_sub(p[s.from], p[2 * s.from]);
    if (m == 2) {
        y[0] = vf_add(p[0], sum1);
        y[s.to] = vf_add(difference1, p[3 * s.from]);
        return;
    }
    const vf sum2 = vf_add(p[3 * s.from], p[4 * s.from]), difference2 = vf_sub(p[3 * s.from], p[4 * s.from]);
    y[0] = vf_add(vf_add(p[0], sum1), sum2);
    y[s.to] = plus_times(difference1, 2, difference2);
    y[2 * s.to] = plus_times(sum1, 4, sum2);
    y[3 * s.to] = vf_add(plus_times(difference1, 8, difference2), p[5 * s.from]);
}

/* A: m to n. */
VF void gradient_line(int m, const vf *y, vf *e, line s)
{
    const vf y0 = y[0], y1 = y[s.from];
    if (m == 2) {
        e[0] = y0;
        e[s.to] = vf_add(y0, y1);
        e[2 * s.to] = vf_sub(y0, y1);
        e[3 * s.to] = y1;
        return;
    }
    const vf y2 = y[2 * s.from], y3 = y[3 * s.from];
    const vf even1 = vf_add(y0, y2), odd1 = vf_add(y1, y3);
    const vf even2 = plus_times(y0, 4, y2), odd2 = plus_times(y1, 4, y3);
    e[0] = y0;
    e[s.to] = vf_add(even1, odd1);
    e[2 * s.to] = vf_sub(even1, odd1);
    e[3 * s.to] = plus_times(even2, 2, odd2);
    e[4 * s.to] = plus_times(even2, -2, odd2);
    e[5 * s.to] = y3;
}

/* Gᵀ: n to 3. */
VF void to_kernel_line(int m, const vf *p, vf *g, line s)
{
    const vf sum1 = vf_add(p[s.from], p[2 * s.from]), difference1 = vf_sub(p[s.from], p[2 * s.from]);
    if (m == 2) {
        g[0] = plus_times(p[0], (real)0.5, sum1);
        g[s.to] = times((real)0.5, difference1);
        g[2 * s.to] = plus_times(p[3 * s.from], (real)0.5, sum1);
        return;
    }
    const vf sum2 = vf_add(p[3 * s.from], p[4 * s.from]), difference2 = vf_sub(p[3 * s.from], p[4 * s.from]);
    const real sixth = 1 / (real)6;
    g[0] = plus_times(plus_times(times((real)0.25, p[0]), -sixth, sum1), 1 / (real)24, sum2);
    g[s.to] = plus_times(times(-sixth, difference1), 1 / (real)12, difference2);
    g[2 * s.to] = plus_times(p[5 * s.from], sixth, vf_sub(sum2, sum1));
}

/* ---- both dimensions ------------------------------------------------------------------------------ */

/* Tiles are square, one row after the other: n×n, m×m or 3×3 vectors. */
VF void input_tile(int m, const vf *d, vf *t)
{
    const int n = m + 2;
    vf half[WINOGRAD_N * WINOGRAD_N];
    for (int x = 0; x < n; x++) input_line(m, d + x, half + x, (line){n, n});
    for (int y = 0; y < n; y++) input_line(m, half + n * y, t + n * y, (line){1, 1});
}

VF void input_back_tile(int m, const vf *t, vf *d)
{
    const int n = m + 2;
    vf half[WINOGRAD_N * WINOGRAD_N];
    for (int x = 0; x < n; x++) input_back_line(m, t + x, half + x, (line){n, n});
    for (int y = 0; y < n; y++) input_back_line(m, half + n * y, d + n * y, (line){1, 1});
}

VF void kernel_tile(int m, const vf *g, vf *u)
{
    const int n = m + 2;
    vf half[3 * WINOGRAD_N];
    for (int x = 0; x < 3; x++) kernel_line(m, g + x, half + x, (line){3, 3});
    for (int y = 0; y < n; y++) kernel_line(m, half + 3 * y, u + n * y, (line){1, 1});
}

VF void output_tile(int m, const vf *p, vf *y)
{
    const int n = m + 2;
    vf half[WINOGRAD_M * WINOGRAD_N];
    for (int x = 0; x < n; x++) output_line(m, p + x, half + x, (line){n, n});
    for (int row = 0; row < m; row++) output_line(m, half + n * row, y + m * row, (line){1, 1});
}

VF void gradient_tile(int m, const vf *y, vf *e)
{
    const int n = m + 2;
    vf half[WINOGRAD_N * WINOGRAD_M];
    for (int x = 0; x < m; x++) gradient_line(m, y + x, half + x, (line){m, m});
    for (int row = 0; row < n; row++) gradient_line(m, half + m * row, e + n * row, (line){1, 1});
}

VF void to_kernel_tile(int m, const vf *p, vf *g)
{
    const int n = m + 2;
    vf half[3 * WINOGRAD_N];
    for (int x = 0; x < n; x++) to_kernel_line(m, p + x, half + x, (line){n, n});
    for (int row = 0; row < 3; row++) to_kernel_line(m, half + n * row, g + 3 * row, (line){1, 1});
}

#endif
