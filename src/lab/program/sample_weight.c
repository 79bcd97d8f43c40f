/* fit … sample_weight=COLUMN: a column of the table says how much each training sample counts. */
#include <math.h>
#include <string.h>

#include "data/preparation/preparation.h"
#include "lab/program/analyzer.h"

static bool is_input(const cn__stage *s, const char *name)
{
    for (size_t i = 0; i < s->preparation->input_count; i++)
        if (strcmp(s->preparation->inputs[i].name, name) == 0) return true;
    return false;
}

static cn_status find(const cn__stage *s, const char *name, const cn__column **out)
{
    size_t k;
    if (!s->table) return cn__fail(CN_ERROR_DATA, "fit: sample_weight=%s: the data set is no table", name);
    if (cn_table_find(s->table, name, &k) != CN_OK) return cn__fail_in("fit: sample_weight");
    *out = &s->table->column[k];
    if ((*out)->kind != CN_COLUMN_NUMBER)
        return cn__fail(CN_ERROR_DATA, "fit: sample_weight: column '%s' holds words, expected numbers", name);
    if (is_input(s, name))
        return cn__fail(
            CN_ERROR_ARGUMENT,
            "fit: sample_weight: column '%s' is an input, too; ignore=[%s] in the dataset line makes it a "
            "weight alone",
            name, name);
    return CN_OK;
}

cn_status cn__sample_weight(cn__arena *arena, const cn__stage *s, const char *name, cn_array *out)
{
    const cn__column *c = NULL;
    *out = (cn_array){0};
    if (!name) return CN_OK;
    CN_TRY(find(s, name, &c));
    const size_t n = s->x.shape[0];
    float *weights = cn__arena_array(arena, n + 1, sizeof *weights);
    if (!weights) return CN_ERROR_MEMORY;
    for (size_t i = 0; i < n; i++) {
        const double v = cn__column_number(c, s->rows[i]);
        if (!(v >= 0 && isfinite((float)v)))
            return cn__fail(CN_ERROR_DATA,
                            "fit: sample_weight: %s, line %u: column '%s' is %g, expected 0 or more",
                            s->table->path, s->table->lines[s->rows[i]], name, v);
        weights[i] = (float)v;
    }
    *out = cn_array_view(CN_FLOAT32, weights, 1, &n);
    return CN_OK;
}
