/* Metrics from counts of true and false positives and negatives: precision, recall, F scores, AUC. Formulas are
 * Keras's; the area under the precision-recall curve is Davis and Goadrich 2006, section 4. */
#include <math.h>
#include <stddef.h>
#include <string.h>
#include <strings.h>

#include "base/dmath.h"
#include "nn/metrics.h"

static const double epsilon = 1e-7;

static double ratio(double a, double b) { return b != 0 ? a / b : 0; }
static double weight_of(const cn__metric_batch *b, size_t row)
{
    return b->weight ? (double)b->weight[row] : 1;
}

/* ---- precision and recall -------------------------------------------------------------------------------- */

/* Is column c among the k largest of the row? The first of equals come first. */
static bool in_top(const real *p, size_t cols, size_t c, int64_t k)
{
    int64_t before = 0;
    for (size_t i = 0; i < cols; i++) before += p[i] > p[c] || (p[i] == p[c] && i < c);
    return before < k;
}

static void precision_update(cn__metric *m, const cn__metric_batch *b)
{
    const bool top = m->top_k != INT64_MIN;
    for (size_t r = 0; r < b->rows; r++)
        for (size_t c = 0; c < b->cols; c++) {
            if (m->class_id != INT64_MIN && (int64_t)c != m->class_id) continue;
            const real *row = b->pred + r * b->cols;
            bool label = b->target[r * b->cols + c] != 0, kept = !top || in_top(row, b->cols, c, m->top_k);
            double w = weight_of(b, r);
            for (size_t t = 0; t < m->cells; t++) {
                bool positive = kept && (m->edges[t] == -INFINITY || row[c] > m->edges[t]);
                double *cell = label ? positive ? m->tp : m->fn : positive ? m->fp : m->tn;
                cell[t] += w;
            }
        }
}

static cn_status precision_prepare(cn__arena *arena, cn__metric *m)
{
    CN_TRY(cn__metric_needs_same_shape(m));
    const bool top = m->top_k != INT64_MIN;
    size_t n = m->thresholds.count ? m->thresholds.count : 1;
    if (m->class_id != INT64_MIN && (m->class_id < 0 || (size_t)m->class_id >= m->cols))
        return cn__fail(CN_ERROR_ARGUMENT, "class_id = %lld, expected 0 to %zu", (long long)m->class_id,
                        m->cols - 1);
    CN_TRY(cn__metric_cells(arena, m, n));
    m->edges = cn__arena_array(arena, n, sizeof(real));
    if (!m->edges) return CN_ERROR_MEMORY;
    m->edges[0] = top ? (real)-INFINITY : (real)0.5;
    for (size_t i = 0; i < m->thresholds.count; i++) m->edges[i] = (real)m->thresholds.items[i];
    return CN_OK;
}

static size_t cell_values(const cn__metric *m) { return m->cells; }
static double precision(const cn__metric *m, size_t i) { return ratio(m->tp[i], m->tp[i] + m->fp[i]); }
static double recall(const cn__metric *m, size_t i) { return ratio(m->tp[i], m->tp[i] + m->fn[i]); }

/* ---- F scores ----------------------------------------------------------------------------------------------- */

static void f_update(cn__metric *m, const cn__metric_batch *b)
{
    for (size_t r = 0; r < b->rows; r++) {
        const real *p = b->pred + r * b->cols, *t = b->target + r * b->cols;
        real most = p[0];
        for (size_t c = 1; c < b->cols; c++) most = p[c] > most ? p[c] : most;
        double w = weight_of(b, r);
        for (size_t c = 0; c < b->cols; c++) {
            bool positive =
                isnan(m->threshold) ? p[c] >= most && fabs((double)p[c]) > 1e-9 : p[c] > (real)m->threshold;
            size_t cell = m->averaging == CN_AVERAGE_MICRO ? 0 : c;
            double target = (double)t[c];
            m->tp[cell] += positive ? w * target : 0;
            m->fp[cell] += positive ? w * (1 - target) : 0;
            m->fn[cell] += positive ? 0 : w * target;
            m->tn[cell] += w * target; /* here: the weight of the class */
        }
    }
}

static double f_of(const cn__metric *m, size_t c)
{
    double p = m->tp[c] / (m->tp[c] + m->fp[c] + epsilon), r = m->tp[c] / (m->tp[c] + m->fn[c] + epsilon),
           b2 = m->beta * m->beta;
    return (1 + b2) * p * r / (b2 * p + r + epsilon);
}

static double f_result(const cn__metric *m, size_t i)
{
    if (m->averaging == CN_AVERAGE_NONE || m->averaging == CN_AVERAGE_MICRO) return f_of(m, i);
    double sum = 0, weights = 0;
    for (size_t c = 0; c < m->cells; c++) {
        double w = m->averaging == CN_AVERAGE_WEIGHTED ? m->tn[c] : 1;
        sum += w * f_of(m, c);
        weights += w;
    }
    return sum / (m->averaging == CN_AVERAGE_WEIGHTED ? weights + epsilon : weights);
}

static size_t f_values(const cn__metric *m) { return m->averaging == CN_AVERAGE_NONE ? m->cells : 1; }

static cn_status f_prepare(cn__arena *arena, cn__metric *m)
{
    static const char *const names[] = {"none", "micro", "macro", "weighted"};
    CN_TRY(cn__metric_needs_same_shape(m));
    m->averaging = -1;
    for (int i = 0; i < 4; i++)
        if (strcmp(m->average ? m->average : "none", names[i]) == 0) m->averaging = i;
    if (m->averaging < 0) return cn__fail_word(CN_ERROR_ARGUMENT, "average", m->average, names, 4);
    if (m->beta == 0) m->beta = 1;
    return cn__metric_cells(arena, m, m->averaging == CN_AVERAGE_MICRO ? 1 : m->cols);
}

/* ---- AUC ------------------------------------------------------------------------------------------------------ */

/* Edges are spread evenly, so a prediction's place among them is computed: it is positive at edges 0 … place. */
static void auc_update(cn__metric *m, const cn__metric_batch *b)
{
    const real steps = (real)(m->cells - 1);
    for (size_t i = 0; i < b->rows * b->cols; i++) {
        real p = m->from_logits ? 1 / (1 + (real)cn__exp(-(double)b->pred[i])) : b->pred[i];
        p = p < 0 ? 0 : p > 1 ? 1 : p;
        double place = ceil((double)(p * steps)) - 1, w = weight_of(b, i / b->cols), t = (double)b->target[i];
        size_t cell = place > 0 ? (size_t)place : 0;
        m->tp[cell] += w * t; /* by place; summed up in the result */
        m->fp[cell] += w * (1 - t);
    }
}

typedef struct counts {
    double tp, fp, tn, fn;
} counts;

/* The counts at edge i, and those of all that lie beyond. */
static counts at_edge(const cn__metric *m, size_t i)
{
    counts c = {0};
    for (size_t k = 0; k < m->cells; k++) {
        *(k >= i ? &c.tp : &c.fn) += m->tp[k];
        *(k >= i ? &c.fp : &c.tn) += m->fp[k];
    }
    return c;
}

static double pr_piece(const counts *a, const counts *b)
{
    double dtp = a->tp - b->tp, pa = a->tp + a->fp, pb = b->tp + b->fp, dp = pa - pb > 0 ? pa - pb : 0;
    double slope = ratio(dtp, dp), intercept = b->tp - slope * pb, r = pa > 0 && pb > 0 ? pa / pb : 1;
    return ratio(slope * (dtp + intercept * cn__log(r)), b->tp + b->fn);
}

static double auc_result(const cn__metric *m, size_t unused)
{
    (void)unused;
    const bool pr = strcasecmp(m->curve, "PR") == 0,
               interpolate = strcasecmp(m->summation_method, "interpolation") == 0,
               least = strcasecmp(m->summation_method, "minoring") == 0;
    double area = 0;
    counts a = at_edge(m, 0);
    for (size_t i = 1; i < m->cells; i++) {
        counts b = at_edge(m, i);
        double ra = ratio(a.tp, a.tp + a.fn), rb = ratio(b.tp, b.tp + b.fn);
        double xa = pr ? ra : ratio(a.fp, a.fp + a.tn), xb = pr ? rb : ratio(b.fp, b.fp + b.tn);
        double ya = pr ? ratio(a.tp, a.tp + a.fp) : ra, yb = pr ? ratio(b.tp, b.tp + b.fp) : rb;
        double height = interpolate ? (ya + yb) / 2 : least ? fmin(ya, yb) : fmax(ya, yb);
        area += pr && interpolate ? pr_piece(&a, &b) : (xa - xb) * height;
        a = b;
    }
    return area;
}

static cn_status one_of(const char *what, const char *got, const char *const *words, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (strcasecmp(got, words[i]) == 0) return CN_OK;
    return cn__fail_word(CN_ERROR_ARGUMENT, what, got, words, n);
}

static cn_status auc_prepare(cn__arena *arena, cn__metric *m)
{
    CN_TRY(cn__metric_needs_same_shape(m));
    CN_TRY(one_of("curve", m->curve, (const char *const[]){"ROC", "PR"}, 2));
    CN_TRY(one_of("summation_method", m->summation_method,
                  (const char *const[]){"interpolation", "minoring", "majoring"}, 3));
    if (m->multi_label) return cn__fail(CN_ERROR_ARGUMENT, "multi_label is not supported; expected false");
    return cn__metric_cells(arena, m, (size_t)m->num_thresholds);
}

/* ---- the table ---------------------------------------------------------------------------------------------- */

#define M(field) offsetof(struct cn__metric, field)
static const cn__param precision_params[] = {
    {.name = "thresholds",
     .type = CN_PARAM_FLOATS,
     .offset = M(thresholds),
     .fallback = "none",
     .low = 0,
     .high = 1,
     .expected = "numbers from 0 to 1"},
    {.name = "top_k",
     .type = CN_PARAM_MAYBE_INT,
     .offset = M(top_k),
     .fallback = "none",
     .low = 1,
     .high = 1e15},
    {.name = "class_id", .type = CN_PARAM_MAYBE_INT, .offset = M(class_id), .fallback = "none"},
    CN_METRIC_NAME};
static const cn__param f1_params[] = {
    {.name = "average", .type = CN_PARAM_WORD, .offset = M(average), .fallback = "none"},
    {.name = "threshold",
     .type = CN_PARAM_MAYBE_FLOAT,
     .offset = M(threshold),
     .fallback = "none",
     .low = 1e-300,
     .high = 1},
    CN_METRIC_NAME};
static const cn__param fbeta_params[] = {
    {.name = "average", .type = CN_PARAM_WORD, .offset = M(average), .fallback = "none"},
    {.name = "beta",
     .type = CN_PARAM_FLOAT,
     .offset = M(beta),
     .fallback = "1.0",
     .low = 1e-300,
     .high = 1e300},
    {.name = "threshold",
     .type = CN_PARAM_MAYBE_FLOAT,
     .offset = M(threshold),
     .fallback = "none",
     .low = 1e-300,
     .high = 1},
    CN_METRIC_NAME};
static const cn__param auc_params[] = {
    {.name = "num_thresholds",
     .type = CN_PARAM_INT,
     .offset = M(num_thresholds),
     .fallback = "200",
     .low = 2,
     .high = 1e6},
    {.name = "curve", .type = CN_PARAM_WORD, .offset = M(curve), .fallback = "ROC"},
    {.name = "summation_method",
     .type = CN_PARAM_WORD,
     .offset = M(summation_method),
     .fallback = "interpolation"},
    CN_METRIC_NAME,
    {.name = "multi_label", .type = CN_PARAM_BOOL, .offset = M(multi_label), .fallback = "false"},
    {.name = "from_logits", .type = CN_PARAM_BOOL, .offset = M(from_logits), .fallback = "false"}};
#define TABLE(t) t, sizeof t / sizeof t[0]

const cn__metric_kind cn__metric_kinds_confusion[] = {
    {"Precision",
     {0},
     TABLE(precision_params),
     precision_prepare,
     precision_update,
     precision,
     cell_values,
     NULL},
    {"Recall", {0}, TABLE(precision_params), precision_prepare, precision_update, recall, cell_values, NULL},
    {"F1Score", {"f1_score", "f1"}, TABLE(f1_params), f_prepare, f_update, f_result, f_values, NULL},
    {"FBetaScore",
     {"fbeta_score"},
     TABLE(fbeta_params),
     f_prepare,
     f_update,
     f_result,
     f_values,
     "fbeta_score"},
    {"AUC", {0}, TABLE(auc_params), auc_prepare, auc_update, auc_result, NULL, NULL},
    {0},
};
