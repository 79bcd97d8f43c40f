/* Finding a metric by name, and what a word such as "accuracy" means by shapes. */
#include "nn/metrics/metric.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/text/text.h"
#include "nn/loss_class.h"
#include "nn/metrics/metric_class.h"

#define EACH_METRIC(X)                                                                                       \
    X(accuracy)                                                                                              \
    X(auc)                                                                                                   \
    X(binary_accuracy)                                                                                       \
    X(binary_io_u)                                                                                           \
    X(categorical_accuracy)                                                                                  \
    X(cosine_similarity)                                                                                     \
    X(crossentropy)                                                                                          \
    X(f1_score)                                                                                              \
    X(false_negatives)                                                                                       \
    X(false_positives)                                                                                       \
    X(fbeta_score)                                                                                           \
    X(io_u)                                                                                                  \
    X(log_cosh_error)                                                                                        \
    X(mean_io_u)                                                                                             \
    X(one_hot_io_u)                                                                                          \
    X(one_hot_mean_io_u)                                                                                     \
    X(precision)                                                                                             \
    X(precision_at_recall)                                                                                   \
    X(r2_score)                                                                                              \
    X(recall)                                                                                                \
    X(recall_at_precision)                                                                                   \
    X(root_mean_squared_error)                                                                               \
    X(sensitivity_at_specificity)                                                                            \
    X(sparse_categorical_accuracy)                                                                           \
    X(sparse_top_k_categorical_accuracy)                                                                     \
    X(specificity_at_sensitivity)                                                                            \
    X(top_k_categorical_accuracy)                                                                            \
    X(true_negatives)                                                                                        \
    X(true_positives)

#define DECLARE(name) extern const cn__metric_class cn__metric_##name;
EACH_METRIC(DECLARE)
#define ENTRY(name) &cn__metric_##name.kind,
static const cn__kind *const kinds[] = {EACH_METRIC(ENTRY) NULL};

const cn__registry cn__metrics = {
    .noun = "metric", .example = "accuracy", .module = "keras.metrics", .kinds = kinds};

/* ---- from a value to a metric ------------------------------------------------------------------------------ */

static cn_status read_loss(cn__arena *arena, const cn__value *value, cn__metric *m)
{
    CN_TRY(cn__loss_parse(arena, value, &m->loss));
    const cn__loss_options *o = m->loss.config;
    cn__metric_options *own = cn__arena_alloc(arena, sizeof *own);
    if (!own) return CN_ERROR_MEMORY;
    own->name = o->name;
    m->config = own;
    m->kind = &cn__metric_loss;
    return CN_OK;
}

static cn_status read_metric(cn__arena *arena, const cn__value *value, const char *name, cn__metric *m)
{
    const cn__kind *kind = cn__registry_find(&cn__metrics, name);
    if (!kind && !cn__registry_find(cn__losses(), name))
        return cn__registry_fail(&cn__metrics, cn__losses(), name);
    if (!kind) return read_loss(arena, value, m);
    const cn__metric_class *class = (const cn__metric_class *)kind;
    if (class->by_shape && value->kind == CN_VALUE_WORD) {
        const cn__value other = {.kind = CN_VALUE_WORD, .word = class->by_shape(m->cols, m->target_cols)};
        return read_metric(arena, &other, other.word, m);
    }
    if (!class->update)
        return cn__fail(CN_ERROR_ARGUMENT, "metric %s takes no arguments; expected %s alone", name, name);
    m->kind = class;
    return cn__registry_read(arena, &cn__metrics, value, &kind, &m->config);
}

/* Keras names a metric as it was asked for when that was a word, and by its class when it was made by a call. */
static const char *name_of(cn__arena *arena, const cn__value *value, cn__metric *m)
{
    char snake[64];
    const cn__metric_options *o = m->config;
    if (o && o->name) return o->name;
    if (value->kind == CN_VALUE_WORD) return value->word;
    if (m->kind == &cn__metric_loss) return m->loss.name;
    m->numbered = m->kind->numbered;
    if (m->kind->instance) return m->kind->instance;
    cn__snake_case(m->kind->kind.class_name, snake, sizeof snake);
    return cn__arena_strdup(arena, snake);
}

cn_status cn__metric_parse(cn__arena *arena, const cn__value *value, size_t cols, size_t target_cols,
                           size_t max_rows, cn__metric **out)
{
    const cn__kind *unused;
    const char *name = cn__value_name(value);
    if (!name) return cn__registry_kind(&cn__metrics, value, &unused);
    cn__metric *m = cn__arena_alloc(arena, sizeof *m);
    if (!m) return CN_ERROR_MEMORY;
    *m = (cn__metric){.cols = cols, .target_cols = target_cols, .max_rows = max_rows};
    CN_TRY(read_metric(arena, value, name, m));
    if (m->kind->prepare && m->kind->prepare(arena, m) != CN_OK) return cn__fail_in("metric %.60s", name);
    m->name = name_of(arena, value, m);
    if (!m->name) return CN_ERROR_MEMORY;
    cn__metric_reset(m);
    *out = m;
    return CN_OK;
}

bool cn__metric_is_numbered(const cn__metric *m) { return m->numbered; }
const char *cn__metric_name(const cn__metric *m) { return m->name; }
size_t cn__metric_values(const cn__metric *m) { return m->kind->values ? m->kind->values(m) : 1; }
void cn__metric_update(cn__metric *m, const cn__metric_batch *batch) { m->kind->update(m, batch); }
double cn__metric_result(const cn__metric *m, size_t i) { return m->kind->result(m, i); }

void cn__metric_reset(cn__metric *m)
{
    m->sum = m->count = 0;
    if (m->state_count) memset(m->state, 0, m->state_count * sizeof *m->state);
}

void cn__metric_state(cn__metric *m, void (*visit)(void *user, double *numbers, size_t count), void *user)
{
    visit(user, &m->sum, 1);
    visit(user, &m->count, 1);
    visit(user, m->state, m->state_count);
}

bool cn__metric_reads_logits(const cn__metric *m, cn__act act)
{
    return m->loss.kind && cn__loss_reads_logits(&m->loss, act);
}

bool cn__metric_is_of_batch(const cn__metric *m) { return m->loss.kind && m->loss.kind->of_batch; }

/* ---- which way is better ------------------------------------------------------------------------------------- */

cn__better cn__metric_better(const cn__metric *m) { return m->kind->better; }

/* Without "val_", "weighted_" and the number that sets equal names apart. */
static void bare_name(const char *name, char *out, size_t size)
{
    if (strncmp(name, "val_", 4) == 0) name += 4;
    if (strncmp(name, "weighted_", 9) == 0) name += 9;
    snprintf(out, size, "%s", name);
    size_t n = strlen(out);
    while (n && isdigit((unsigned char)out[n - 1])) n--;
    if (n > 1 && out[n - 1] == '_') out[n - 1] = '\0';
}

/* The longest name or alias of a metric that is a part of `name`. */
static cn__better better_by_part(const char *name)
{
    cn__better better = CN_BETTER_UNKNOWN;
    size_t longest = 0;
    for (const cn__kind *const *k = kinds; *k; k++) {
        const char *const words[] = {(*k)->name, (*k)->aliases[0], (*k)->aliases[1], (*k)->aliases[2]};
        for (size_t i = 0; i < 4; i++)
            if (words[i] && strlen(words[i]) > longest && strstr(name, words[i])) {
                longest = strlen(words[i]);
                better = ((const cn__metric_class *)*k)->better;
            }
    }
    return better;
}

cn__better cn__better_by_name(const char *name)
{
    char bare[200];
    bare_name(name, bare, sizeof bare);
    const cn__kind *kind = cn__registry_find(&cn__metrics, bare);
    if (kind) return ((const cn__metric_class *)kind)->better;
    const size_t n = strlen(bare);
    const bool loss = n >= 4 && strcmp(bare + n - 4, "loss") == 0;
    if (loss || cn__registry_find(cn__losses(), bare)) return CN_BETTER_LESS;
    return better_by_part(bare);
}
