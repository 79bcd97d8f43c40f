/* Finding a metric by name, and "accuracy" by shapes. */
#include "nn/metrics.h"

#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"

const char *const *cn__metric_names(void)
{
    static const char *const names[] = {"accuracy",
                                        "binary_accuracy",
                                        "categorical_accuracy",
                                        "sparse_categorical_accuracy",
                                        "top_k_categorical_accuracy",
                                        "sparse_top_k_categorical_accuracy",
                                        "precision",
                                        "recall",
                                        "f1_score",
                                        "fbeta_score",
                                        "auc",
                                        "root_mean_squared_error",
                                        "cosine_similarity",
                                        "mean_squared_error",
                                        "mean_absolute_error",
                                        "mean_absolute_percentage_error",
                                        "mean_squared_logarithmic_error",
                                        "log_cosh_error",
                                        "kl_divergence",
                                        "poisson",
                                        "hinge",
                                        "squared_hinge",
                                        "categorical_hinge",
                                        "binary_crossentropy",
                                        "categorical_crossentropy",
                                        "sparse_categorical_crossentropy",
                                        "huber",
                                        "mse",
                                        "mae",
                                        "mape",
                                        "msle",
                                        "bce",
                                        NULL};
    return names;
}

static const cn__metric_kind *find_in(const cn__metric_kind *kinds, const char *name)
{
    for (; kinds->class_name; kinds++) {
        if (cn__same_name(name, kinds->class_name)) return kinds;
        for (int i = 0; i < 2 && kinds->aliases[i]; i++)
            if (cn__same_name(name, kinds->aliases[i])) return kinds;
    }
    return NULL;
}

/* What Keras takes for "accuracy": one output is binary; labels are sparse; else both are compared by their
 * largest entry. "crossentropy" likewise. */
static const cn__metric_kind *resolve(const char *name, size_t cols, size_t target_cols, const char **loss)
{
    bool binary = cols == 1, sparse = target_cols == 1 && cols > 1;
    if (cn__same_name(name, "accuracy") || cn__same_name(name, "acc"))
        return binary   ? &cn__metric_binary_accuracy
               : sparse ? &cn__metric_sparse_accuracy
                        : &cn__metric_categorical_accuracy;
    if (!cn__same_name(name, "crossentropy") && !cn__same_name(name, "ce")) return NULL;
    *loss = binary   ? "binary_crossentropy"
            : sparse ? "sparse_categorical_crossentropy"
                     : "categorical_crossentropy";
    return &cn__metric_loss;
}

static cn_status find(cn__arena *arena, const cn__value *value, const char *name, cn__metric *m)
{
    const char *loss = NULL;
    m->kind = resolve(name, m->cols, m->target_cols, &loss);
    if (loss) return cn__metric_take_loss(arena, m, loss);
    if (m->kind) return CN_OK;
    m->kind = find_in(cn__metric_kinds_mean, name);
    if (!m->kind) m->kind = find_in(cn__metric_kinds_confusion, name);
    if (m->kind) return CN_OK;
    size_t n = 0;
    while (cn__metric_names()[n]) n++;
    if (cn__loss_parse(arena, &(cn__value){.kind = CN_VALUE_WORD, .word = name}, &m->loss) != CN_OK)
        return cn__fail_word(CN_ERROR_ARGUMENT, "metric", name, cn__metric_names(), n);
    CN_TRY(cn__loss_parse(arena, value, &m->loss));
    m->kind = &cn__metric_loss;
    const cn__value *given = value->kind == CN_VALUE_CALL ? cn__value_get(value, "name") : NULL;
    if (given && given->kind == CN_VALUE_WORD) m->given_name = given->word;
    return CN_OK;
}

/* Keras names a metric as it was asked for when that was a word, and by its class when it was made by a call. */
static const char *name_of(cn__arena *arena, const cn__value *value, const cn__metric *m)
{
    char snake[64];
    if (m->given_name) return m->given_name;
    if (value->kind == CN_VALUE_WORD) return value->word;
    if (m->kind->instance) return m->kind->instance;
    cn__snake_case(m->kind->class_name ? m->kind->class_name : m->loss.name, snake, sizeof snake);
    return cn__arena_strdup(arena, snake);
}

cn_status cn__metric_parse(cn__arena *arena, const cn__value *value, const cn__loss *loss, size_t cols,
                           size_t target_cols, size_t max_rows, cn__metric **out)
{
    (void)loss; /* Keras 3 looks at the shapes alone */
    const char *name = cn__value_name(value);
    if (!name)
        return cn__fail(CN_ERROR_ARGUMENT, "metric %s: expected a name such as accuracy",
                        cn__value_text(arena, value));
    cn__metric *m = cn__arena_alloc(arena, sizeof *m);
    if (!m) return CN_ERROR_MEMORY;
    *m = (cn__metric){.cols = cols, .target_cols = target_cols, .max_rows = max_rows};
    CN_TRY(find(arena, value, name, m));
    char what[80];
    snprintf(what, sizeof what, "metric %.60s", name);
    if (m->kind != &cn__metric_loss)
        CN_TRY(cn__params_read(arena, what, m->kind->params, m->kind->count, value, m));
    if (m->kind->prepare && m->kind->prepare(arena, m) != CN_OK) return cn__fail_in("%s", what);
    m->name = name_of(arena, value, m);
    if (!m->name) return CN_ERROR_MEMORY;
    cn__metric_reset(m);
    *out = m;
    return CN_OK;
}

const char *cn__metric_name(const cn__metric *m) { return m->name; }
size_t cn__metric_values(const cn__metric *m) { return m->kind->values ? m->kind->values(m) : 1; }
void cn__metric_update(cn__metric *m, const cn__metric_batch *batch) { m->kind->update(m, batch); }
double cn__metric_result(const cn__metric *m, size_t i) { return m->kind->result(m, i); }

void cn__metric_reset(cn__metric *m)
{
    m->sum = m->count = 0;
    double *all[] = {m->tp, m->fp, m->tn, m->fn};
    for (int i = 0; i < 4; i++)
        if (all[i]) memset(all[i], 0, m->cells * sizeof(double));
}

void cn__metric_state(cn__metric *m, void (*visit)(void *user, double *numbers, size_t count), void *user)
{
    double *all[] = {m->tp, m->fp, m->tn, m->fn};
    visit(user, &m->sum, 1);
    visit(user, &m->count, 1);
    for (int i = 0; i < 4; i++)
        if (all[i]) visit(user, all[i], m->cells);
}

cn_status cn__metric_take_loss(cn__arena *arena, cn__metric *m, const char *name)
{
    return cn__loss_parse(arena, &(cn__value){.kind = CN_VALUE_WORD, .word = name}, &m->loss);
}

cn_status cn__metric_cells(cn__arena *arena, cn__metric *m, size_t cells)
{
    m->cells = cells;
    m->tp = cn__arena_array(arena, cells, sizeof(double));
    m->fp = cn__arena_array(arena, cells, sizeof(double));
    m->tn = cn__arena_array(arena, cells, sizeof(double));
    m->fn = cn__arena_array(arena, cells, sizeof(double));
    return m->tp && m->fp && m->tn && m->fn ? CN_OK : CN_ERROR_MEMORY;
}

cn_status cn__metric_needs_same_shape(const cn__metric *m)
{
    if (m->cols == m->target_cols) return CN_OK;
    return cn__fail(CN_ERROR_SHAPE,
                    "targets have %zu columns and predictions %zu; expected the same (one-hot targets)",
                    m->target_cols, m->cols);
}
