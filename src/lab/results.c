/* Everything that the lab found, as JSON: 9 significant digits, keys in a fixed order. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "kernels/kernels.h"
#include "lab/lab.h"

static json_t *number(double v) { return isfinite(v) ? json_real(v) : json_null(); }

static json_t *numbers(const double *v, size_t n)
{
    json_t *list = json_array();
    for (size_t i = 0; v && i < n; i++) json_array_append_new(list, number(v[i]));
    return list;
}

static json_t *history_json(const cn_history *h)
{
    json_t *all = json_object();
    for (size_t i = 0; i < cn_history_count(h); i++)
        json_object_set_new(all, cn_history_name(h, i),
                            numbers(cn_history_get(h, cn_history_name(h, i)), cn_history_epochs(h)));
    return all;
}

static json_t *logs_json(const cn_logs *logs)
{
    json_t *all = json_object();
    for (size_t i = 0; i < cn_logs_count(logs); i++)
        json_object_set_new(all, cn_logs_name(logs, i), number(cn_logs_value(logs, i)));
    return all;
}

static json_t *network_json(const cn__run_result *r)
{
    const cn__experiment *e = r->experiment;
    json_t *o =
        json_pack("{s:s, s:s, s:s, s:b, s:s, s:s, s:s, s:I, s:I, s:s?}", "id", e->id, "title", e->title,
                  "section", e->section, "added", e->added, "layers", e->layers, "optimizer", e->optimizer,
                  "loss", "categorical_crossentropy", "epochs", (json_int_t)e->epochs, "batch_size",
                  (json_int_t)e->batch_size, "callbacks", e->callbacks);
    if (r->error) json_object_set_new(o, "error", json_string(r->error));
    if (!r->history) return o;
    json_object_set_new(o, "parameters", json_integer((json_int_t)r->parameters));
    json_object_set_new(o, "flops", number(r->flops));
    json_object_set_new(o, "history", history_json(r->history));
    if (r->test) json_object_set_new(o, "test", logs_json(r->test));
    if (cn_history_stopped(r->history))
        json_object_set_new(o, "stopped", json_string(cn_history_stopped(r->history)));
    json_object_set_new(o, "seconds", numbers(cn_history_seconds(r->history), cn_history_epochs(r->history)));
    return o;
}

static const cn__run_result *find(const cn__run_result *results, size_t count, const char *id)
{
    for (size_t i = 0; i < count; i++)
        if (results[i].history && strcmp(results[i].experiment->id, id) == 0) return &results[i];
    return NULL;
}

static json_t *comparisons_json(const cn__run_result *results, size_t count)
{
    json_t *all = json_object();
    for (size_t i = 0; i < cn__seed_comparison_count; i++) {
        json_t *rows = json_array();
        for (int m = 0; m < 4 && cn__seed_comparisons[i].members[m]; m++) {
            const cn__run_result *r = find(results, count, cn__seed_comparisons[i].members[m]);
            if (!r) continue;
            cn__figures f = cn__figures_of(r);
            json_t *row = json_pack("{s:s}", "id", r->experiment->id);
            json_object_set_new(row, "accuracy", number(f.accuracy));
            json_object_set_new(row, "val_accuracy", number(f.val_accuracy));
            json_object_set_new(row, "test_accuracy", number(f.test_accuracy));
            json_object_set_new(row, "loss", number(f.loss));
            json_object_set_new(row, "val_loss", number(f.val_loss));
            json_object_set_new(row, "test_loss", number(f.test_loss));
            json_array_append_new(rows, row);
        }
        json_object_set_new(all, cn__seed_comparisons[i].id, rows);
    }
    return all;
}

static json_t *classes_json(const cn__classes *k)
{
    json_t *o = json_object(), *matrix = json_array(), *classes = json_array();
    for (size_t r = 0; r < k->count; r++) {
        json_t *row = json_array();
        for (size_t c = 0; c < k->count; c++)
            json_array_append_new(row, json_integer((json_int_t)k->confusion[r * k->count + c]));
        json_array_append_new(matrix, row);
        json_array_append_new(classes, json_pack("{s:s, s:f, s:f, s:f, s:I}", "name", k->names[r],
                                                 "precision", k->precision[r], "recall", k->recall[r], "f1",
                                                 k->f1[r], "support", (json_int_t)k->support[r]));
    }
    json_object_set_new(o, "confusion", matrix);
    json_object_set_new(o, "classes", classes);
    json_object_set_new(o, "accuracy", number(k->accuracy));
    json_object_set_new(o, "macro", numbers(k->macro, 3));
    json_object_set_new(o, "weighted", numbers(k->weighted, 3));
    return o;
}

cn_status cn__results_write(const cn__lab_options *o, const cn__lab_data *data, const cn__run_result *results,
                            size_t count, const cn__classes *classes, double seconds, const char *path)
{
    json_t *root = json_pack("{s:s, s:s, s:I, s:I, s:I, s:s}", "program", "cornu", "data", data->set->name,
                             "train_samples", (json_int_t)data->x.shape[0], "test_samples",
                             (json_int_t)data->test_x.shape[0], "seed", (json_int_t)o->seed,
                             "instruction_set", cn__kernels_get()->isa);
    json_t *networks = json_array();
    for (size_t i = 0; i < count; i++)
        if (results[i].done) json_array_append_new(networks, network_json(&results[i]));
    json_object_set_new(root, "networks", networks);
    json_object_set_new(root, "comparisons", comparisons_json(results, count));
    if (classes->count) json_object_set_new(root, "classification", classes_json(classes));
    json_object_set_new(root, "seconds", number(seconds));
    char *text = json_dumps(root, JSON_INDENT(1) | JSON_REAL_PRECISION(9));
    json_decref(root);
    if (!text) return cn__fail_memory(0, "results.json");
    cn_status status = cn__file_write(path, text, strlen(text));
    free(text);
    return status;
}
