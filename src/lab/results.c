/* results.json: every epoch of every model, every table; 9 significant digits, keys in a fixed order, null for NaN.
 * results.csv: a line a value: model, fit, epoch, name, value. */
#include "cornu/version.h"
#include "lab/results.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/text/text.h"
#include "data/data.h"
#include "data/files/json.h"
#include "train/class_report.h"

static json_t *number(double v) { return isfinite(v) ? json_real(v) : json_null(); }

static json_t *numbers(const double *v, size_t n)
{
    json_t *list = json_array();
    for (size_t i = 0; i < n; i++) cn__json_append(list, number(v[i]));
    return list;
}

static json_t *test_json(const cn__curves *c)
{
    json_t *all = json_object();
    for (size_t i = 0; i < c->count; i++) cn__json_set(all, c->names[i], number(c->values[i][0]));
    return all;
}

static json_t *classes_json(const cn__job *j)
{
    cn_class_report *k =
        cn__class_report_new(&j->data->test_labels, &j->outcome.prediction, j->data->classes, j->threshold);
    if (!k) return json_null();
    json_t *o = json_object(), *matrix = json_array(), *classes = json_array();
    for (size_t r = 0; r < k->classes; r++) {
        json_t *row = json_array();
        for (size_t c = 0; c < k->classes; c++)
            cn__json_append(row, json_integer((json_int_t)k->confusion[r * k->classes + c]));
        cn__json_append(matrix, row);
        cn__json_append(classes, json_pack("{s:s, s:f, s:f, s:f, s:I}", "name", j->data->class_names[r],
                                           "precision", k->precision[r], "recall", k->recall[r], "f1",
                                           k->f1[r], "support", (json_int_t)k->support[r]));
    }
    cn__json_set(o, "confusion", matrix);
    cn__json_set(o, "classes", classes);
    cn__json_set(o, "accuracy", number(k->accuracy));
    cn__json_set(o, "macro", numbers(k->macro, 3));
    cn__json_set(o, "weighted", numbers(k->weighted, 3));
    cn_class_report_free(k);
    return o;
}

/* Of a network with several outputs, of each that has classes by its name. */
static json_t *outputs_json(const cn__job *j)
{
    json_t *all = json_object();
    cn__arena arena = {0};
    for (size_t o = 0; o < j->binding->outputs; o++) {
        const cn__named *target = j->binding->targets[o];
        const cn__job *one =
            target && target->stage->task == CN_TASK_CLASSES ? cn__output_job(&arena, j, o) : NULL;
        if (one) cn__json_set(all, j->binding->names[o], classes_json(one));
    }
    cn__arena_free(&arena);
    return all;
}

static void set_text(json_t *o, const char *key, const char *text)
{
    if (text) cn__json_set(o, key, json_string(text));
}

static json_t *job_json(const cn__job *j, bool times)
{
    json_t *o = json_object();
    cn__json_set(o, "line", json_integer((json_int_t)j->line));
    cn__json_set(o, "seed", json_integer((json_int_t)j->seed));
    set_text(o, "optimizer", j->optimizer);
    set_text(o, "loss", j->loss);
    set_text(o, "metrics", j->metrics);
    set_text(o, "loss_weights", j->loss_weights);
    set_text(o, "convolution", j->convolution && strcmp(j->convolution, "fast") == 0 ? j->convolution : NULL);
    cn__json_set(o, "epochs", json_integer(j->fit.epochs));
    cn__json_set(o, "batch_size", json_integer(j->fit.batch_size));
    cn__json_set(o, "validation_split", number(j->fit.validation_split));
    set_text(o, "callbacks", j->callbacks);
    set_text(o, "data", j->data->name);
    cn__json_set(o, "train_samples", json_integer((json_int_t)j->data->x.shape[0]));
    cn__json_set(o, "test_samples", json_integer((json_int_t)j->data->test_x.shape[0]));
    set_text(o, "error", j->outcome.error);
    if (!cn__job_has_run(j)) return o;
    cn__json_set(o, "history", cn__curves_json(&j->outcome.history, false));
    set_text(o, "stopped", j->outcome.stopped);
    if (j->outcome.stop.kind) cn__json_set(o, "stop", cn__stop_json(&j->outcome.stop));
    if (times) cn__json_set(o, "seconds", numbers(j->outcome.seconds, j->outcome.history.epochs));
    if (j->outcome.test.count) cn__json_set(o, "test", test_json(&j->outcome.test));
    if (j->outcome.prediction.data && j->binding) cn__json_set(o, "classification", outputs_json(j));
    else if (j->outcome.prediction.data && j->data->task == CN_TASK_CLASSES)
        cn__json_set(o, "classification", classes_json(j));
    return o;
}

/* The fits of a model in the document's order. */
static void add_fits(json_t *list, const cn__job *last, bool times)
{
    if (!last) return;
    add_fits(list, last->earlier, times);
    cn__json_append(list, job_json(last, times));
}

static const char *mistake_of(const cn__program *p, const cn__lab_model *m)
{
    for (size_t i = 0; i < p->document.count; i++)
        for (size_t s = 0; s < p->parts[i].count; s++) {
            const cn__lab_step *step = &p->parts[i].steps[s];
            for (size_t k = 0; step->mistake && k < step->statement.name_count; k++)
                if (strcmp(step->statement.names[k], m->name) == 0) return step->mistake;
        }
    return NULL;
}

static json_t *model_json(const cn__program *p, const cn__lab_model *m)
{
    json_t *o = json_object(), *fits = json_array(), *repeats = json_array();
    cn__json_set(o, "id", json_string(m->name));
    cn__json_set(o, "title", json_string(m->title));
    cn__json_set(o, "layers", json_string(m->layers));
    cn__json_set(o, "parameters", json_integer((json_int_t)cn__lab_parameters(m)));
    cn__json_set(o, "flops", number(cn__lab_flops(m)));
    add_fits(fits, m->all, !p->options->no_times);
    cn__json_set(o, "fits", fits);
    for (size_t i = 1; i < m->repeat_count; i++)
        cn__json_append(repeats, job_json(m->repeats[i], !p->options->no_times));
    if (m->repeats) cn__json_set(o, "repeats", repeats);
    else json_decref(repeats);
    json_t *folds = m->folds ? json_array() : NULL;
    for (size_t i = 0; i < m->fold_count; i++)
        cn__json_append(folds, job_json(m->folds[i], !p->options->no_times));
    if (m->folds) cn__json_set(o, "folds", folds);
    set_text(o, "error", mistake_of(p, m));
    return o;
}

static json_t *table_json(const cn__result_table *t)
{
    json_t *o = json_object(), *rows = json_array();
    cn__json_set(o, "statement", json_string(t->statement));
    cn__json_set(o, "line", json_integer((json_int_t)t->line));
    set_text(o, "caption", t->caption);
    for (size_t r = 0; r < t->table->rows; r++) {
        json_t *row = json_array();
        for (size_t c = 0; c < t->table->columns; c++)
            cn__json_append(row, json_string(t->table->cells[r * t->table->columns + c]));
        cn__json_append(rows, row);
    }
    cn__json_set(o, "rows", rows);
    return o;
}

static json_t *whole_json(const cn__program *p, const cn__result_table *tables, size_t count)
{
    json_t *root = json_object(), *models = json_array(), *all = json_array();
    const cn__stage *d = p->job_count        ? p->jobs[0]->data
                         : p->document.count ? p->parts[p->document.count - 1].stage
                                             : NULL;
    cn__json_set(root, "program", json_string("cornu " CN_VERSION));
    set_text(root, "title", p->title);
    if (d) {
        cn__json_set(root, "data", json_string(d->name));
        cn__json_set(root, "train_samples", json_integer((json_int_t)d->x.shape[0]));
        cn__json_set(root, "test_samples", json_integer((json_int_t)d->test_x.shape[0]));
    }
    cn__json_set(root, "seed", json_integer((json_int_t)p->seed));
    for (size_t i = 0; i < p->model_count; i++)
        if (p->models[i]->wanted) cn__json_append(models, model_json(p, p->models[i]));
    for (size_t i = 0; i < count; i++) cn__json_append(all, table_json(&tables[i]));
    cn__json_set(root, "networks", models);
    cn__json_set(root, "tables", all);
    return root;
}

/* ---- CSV ---------------------------------------------------------------------------------------------------------- */

static void add_cell(cn__text *out, const char *text)
{
    if (!strpbrk(text, ",\"\n\r")) {
        cn__text_add(out, text);
        return;
    }
    cn__text_add(out, "\"");
    for (const char *p = text; *p; p++) cn__text_add_bytes(out, *p == '"' ? "\"\"" : p, *p == '"' ? 2 : 1);
    cn__text_add(out, "\"");
}

static void add_csv_values(cn__text *out, const cn__job *j, size_t fit)
{
    const cn__curves *h = &j->outcome.history, *t = &j->outcome.test;
    for (size_t e = 0; e < h->epochs; e++)
        for (size_t i = 0; i < h->count; i++) {
            if (isnan(h->values[i][e])) continue;
            add_cell(out, j->model->name);
            cn__text_add(out, ",");
            add_cell(out, j->model->title);
            cn__text_printf(out, ",%zu,%llu,%zu,%s,%.9g\n", fit, (unsigned long long)j->seed,
                            e + 1 + (size_t)j->fit.initial_epoch, h->names[i], h->values[i][e]);
        }
    for (size_t i = 0; i < t->count; i++) {
        add_cell(out, j->model->name);
        cn__text_add(out, ",");
        add_cell(out, j->model->title);
        cn__text_printf(out, ",%zu,%llu,,test_%s,%.9g\n", fit, (unsigned long long)j->seed, t->names[i],
                        t->values[i][0]);
    }
}

static size_t add_csv_fits(cn__text *out, const cn__job *last)
{
    if (!last) return 0;
    size_t fit = add_csv_fits(out, last->earlier) + 1;
    if (cn__job_has_run(last)) add_csv_values(out, last, fit);
    return fit;
}

static void whole_csv(const cn__program *p, cn__text *out)
{
    cn__text_add(out, "model,title,fit,seed,epoch,name,value\n");
    for (size_t i = 0; i < p->model_count; i++) {
        const cn__lab_model *m = p->models[i];
        add_csv_fits(out, m->all);
        for (size_t k = 1; k < m->repeat_count; k++)
            if (cn__job_has_run(m->repeats[k])) add_csv_values(out, m->repeats[k], 1);
    }
}

static cn_status dump(json_t *root, cn__text *out)
{
    char *text;
    CN_TRY(cn__json_finish(root, JSON_INDENT(1) | JSON_REAL_PRECISION(9), &text));
    cn__text_add(out, text);
    cn__text_add(out, "\n");
    cn__free(text);
    return out->failed ? cn__fail_memory(0, "results.json") : CN_OK;
}

cn_status cn__results_texts(const cn__program *p, const cn__result_table *tables, size_t count,
                            cn__text *json, cn__text *csv, char hash[65])
{
    cn__json_begin();
    json_t *root = whole_json(p, tables, count);
    whole_csv(p, csv);
    cn__sha256_hex(csv->data ? csv->data : "", csv->size, hash); /* the numbers alone: no words, no clocks */
    cn__json_set(root, "hash", json_string(hash));
    cn_status status = dump(root, json);
    json_decref(root);
    return status == CN_OK && csv->failed ? cn__fail_memory(0, "results.csv") : status;
}
