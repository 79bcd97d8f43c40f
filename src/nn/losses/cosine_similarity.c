/* -t · y / (|t| |y|). */
#include "nn/losses/formula.h"

/* 1 / |a|, at most 1 / epsilon. */
VF real inverse_norm(const real *a, size_t cols)
{
    const real most = (real)(1 / 1e-7), norm = vf_first(vf_sqrt(vf_set1(row_dot(a, a, cols))));
    return norm * most > 1 ? 1 / norm : most;
}

static real cosine_similarity(const cn__loss_rows *l, const real *pred, const real *target, real *dpred,
                              real k)
{
    const size_t cols = l->cols;
    const real of_y = inverse_norm(pred, cols), of_t = inverse_norm(target, cols);
    const real cosine = row_dot(pred, target, cols) * of_y * of_t;
    if (!dpred) return -cosine;
    const bool bounded = of_y >= (real)(1 / 1e-7);
    const vf along = vf_set1(bounded ? 0 : cosine * of_y), factor = vf_set1(k * of_y);
    for (size_t c = 0; c < cols; c += CN_LANES) {
        vf y = vf_load_some(pred + c, cols - c, 0),
           t = vf_mul(vf_set1(of_t), vf_load_some(target + c, cols - c, 0));
        vf_store_some(dpred + c, vf_flush(vf_mul(factor, vf_fma(along, y, vf_neg(t)))), cols - c);
    }
    return -cosine;
}

static void cosine_compute(const cn__loss_rows *l) { each_row(l, l->cols, cosine_similarity); }

static const cn__param cosine_params[] = {LOSS_AXIS, LOSS_COMMON};
extern const cn__loss_class LOSS(cosine_similarity);
const cn__loss_class LOSS(cosine_similarity) = {.kind = {.name = "cosine_similarity",
                                                         .class_name = "CosineSimilarity",
                                                         CN_PARAMS(cosine_params),
                                                         .config_size = sizeof(cn__loss_options)},
                                                .metric = "CosineSimilarity",
                                                .compute = cosine_compute};
