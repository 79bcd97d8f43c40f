/* Training step by step against real Keras: every case of tests/parity/cases, and of the folder that
 * CORNU_PARITY_CASES names. tests/parity/README.md describes them and the tolerances. */
#include <dirent.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "base/arena.h"
#include "base/text/text.h"
#include "cornu/cornu.h"

typedef struct parity_case {
    char folder[600], name[200];
    json_t *json;
    int wrong; /* quantities that did not agree */
} parity_case;

static const char *text_of(const json_t *o, const char *key)
{
    return json_string_value(json_object_get(o, key));
}

enum { MOST_ARRAYS = 4 };

/* Of a model with several inputs or outputs the arrays are numbered. */
typedef struct arrays {
    cn_array array[MOST_ARRAYS];
    const cn_array *list[MOST_ARRAYS];
    size_t count;
} arrays;

static cn_array load(const parity_case *c, const char *what, int number)
{
    char path[900];
    cn_array a;
    if (number < 0) snprintf(path, sizeof path, "%s/%s.npy", c->folder, what);
    else snprintf(path, sizeof path, "%s/%s_%d.npy", c->folder, what, number);
    if (cn_data_read(path, &a) != CN_OK) fail_msg("%s", cn_error());
    return a;
}

static void load_all(const parity_case *c, const char *what, size_t count, arrays *out)
{
    out->count = count;
    for (size_t i = 0; i < count; i++) {
        out->array[i] = load(c, what, count == 1 ? -1 : (int)i);
        out->list[i] = &out->array[i];
    }
}

static void free_all(arrays *a)
{
    for (size_t i = 0; i < a->count; i++) cn_array_free(&a->array[i]);
}

/* JSON of the case to the notation: objects with a class_name become calls. */
static void notation(json_t *v, cn__text *out)
{
    const char *key;
    json_t *item;
    size_t i;
    if (json_is_object(v) && text_of(v, "class_name")) {
        cn__text_printf(out, "%s(", text_of(v, "class_name"));
        bool first = true;
        json_object_foreach(json_object_get(v, "config"), key, item)
        {
            cn__text_printf(out, first ? "%s=" : ", %s=", key);
            notation(item, out);
            first = false;
        }
        cn__text_add(out, ")");
    } else if (json_is_object(v)) {
        cn__text_add(out, "{");
        json_object_foreach(v, key, item)
        {
            cn__text_printf(out, "%s: ", key);
            notation(item, out);
            cn__text_add(out, ", ");
        }
        cn__text_add(out, "}");
    } else if (json_is_array(v)) {
        json_array_foreach(v, i, item)
        {
            cn__text_add(out, i ? ", " : "[");
            notation(item, out);
        }
        cn__text_add(out, i ? "]" : "[]");
    } else if (json_is_string(v)) cn__text_add(out, json_string_value(v));
    else if (json_is_integer(v)) cn__text_printf(out, "%lld", (long long)json_integer_value(v));
    else if (json_is_real(v)) cn__text_printf(out, "%.17g", json_real_value(v));
    else cn__text_add(out, json_is_true(v) ? "true" : json_is_false(v) ? "false" : "none");
}

static char *notation_of(json_t *v)
{
    cn__text out = {0};
    notation(v, &out);
    return out.data;
}

/* A graph, as Keras's to_json() wrote it; NULL where the case has none. */
static cn_model *make_graph(const parity_case *c)
{
    char path[900];
    snprintf(path, sizeof path, "%s/model.json", c->folder);
    return cn_model_load_network(path);
}

/* The layers in the form of Keras's to_json(). */
static cn_model *make_model(const parity_case *c)
{
    if (!json_object_get(c->json, "layers")) return make_graph(c);
    json_t *batch = json_array(), *layers = json_array(), *size, *layer;
    size_t i;
    json_array_append_new(batch, json_null());
    json_array_foreach(json_object_get(c->json, "input_shape"), i, size) json_array_append(batch, size);
    json_array_append_new(
        layers, json_pack("{s:s, s:{s:o}}", "class_name", "InputLayer", "config", "batch_shape", batch));
    json_array_foreach(json_object_get(c->json, "layers"), i, layer) json_array_append(layers, layer);
    json_t *all = json_pack("{s:s, s:{s:s, s:o}}", "class_name", "Sequential", "config", "name", "case",
                            "layers", layers);
    char *text = json_dumps(all, 0);
    cn_model *m = cn_model_from_json(text);
    free(text);
    json_decref(all);
    return m;
}

static bool is_unknown_layer(void) { return strstr(cn_error(), "unknown layer") != NULL; }

static void differ(parity_case *c, const char *what, size_t i, double got, double expected)
{
    print_error("%s: %s[%zu] is %.9g, Keras has %.9g\n", c->name, what, i, got, expected);
    c->wrong++;
}

static void compare_arrays(parity_case *c, const char *what, const cn_array *got, const cn_array *expected,
                           double tolerance)
{
    assert_int_equal(cn_array_size(got), cn_array_size(expected));
    for (size_t i = 0; i < cn_array_size(got); i++) {
        double a = cn_array_at(got, i), b = cn_array_at(expected, i);
        if (!(fabs(a - b) <= tolerance)) {
            differ(c, what, i, a, b);
            return;
        }
    }
}

/* Relative 1e-4; what counts samples may be off by half of one. */
static bool agrees(const char *name, double got, double expected, double samples)
{
    bool counts =
        strstr(name, "acc") || strstr(name, "precision") || strstr(name, "recall") || strstr(name, "f1");
    return fabs(got - expected) <= (counts ? 0.5 / samples : 1e-4 * fabs(expected) + 1e-7);
}

static void compare_history(parity_case *c, const cn_history *h, double samples)
{
    const char *key;
    json_t *values, *v;
    size_t e, n = 0;
    json_object_foreach(json_object_get(c->json, "history"), key, values)
    {
        const double *got = cn_history_get(h, key);
        if (!got) fail_msg("%s: the history has no %s", c->name, key);
        json_array_foreach(values, e, v) if (!agrees(key, got[e], json_number_value(v), samples))
            differ(c, key, e, got[e], json_number_value(v));
        if (strcmp(cn_history_name(h, n++), key) != 0)
            print_error("%s: %s stands elsewhere in the history\n", c->name, key), c->wrong++;
    }
}

static void compare_scores(parity_case *c, const cn_logs *logs, double samples)
{
    const char *key;
    json_t *v;
    json_object_foreach(json_object_get(c->json, "evaluate"), key,
                        v) if (!agrees(key, cn_logs_get(logs, key), json_number_value(v), samples))
        differ(c, key, 0, cn_logs_get(logs, key), json_number_value(v));
}

static void set_weights(const parity_case *c, cn_model *m)
{
    for (size_t i = 0; i < cn_model_weight_count(m); i++) {
        cn_array w = load(c, "start", (int)i);
        if (cn_model_set_weight(m, i, &w) != CN_OK) fail_msg("%s: %s", c->name, cn_error());
        cn_array_free(&w);
    }
}

static void compile(const parity_case *c, cn_model *m)
{
    json_t *metrics = json_object_get(c->json, "metrics");
    char *optimizer = notation_of(json_object_get(c->json, "optimizer")),
         *loss = notation_of(json_object_get(c->json, "loss")),
         *list = json_array_size(metrics) ? notation_of(metrics) : NULL,
         *weights = json_is_array(json_object_get(c->json, "loss_weights"))
                        ? notation_of(json_object_get(c->json, "loss_weights"))
                        : NULL;
    if (cn_model_compile(m, .optimizer = optimizer, .loss = loss, .metrics = list, .loss_weights = weights) !=
        CN_OK)
        fail_msg("%s: %s", c->name, cn_error());
    cn__free(optimizer);
    cn__free(loss);
    if (list) cn__free(list);
    if (weights) cn__free(weights);
}

static void train(parity_case *c, cn_model *m, const arrays *x, const arrays *y)
{
    json_t *fit = json_object_get(c->json, "fit"), *classes = json_object_get(fit, "class_weight");
    bool weighted = json_is_true(json_object_get(fit, "sample_weight"));
    cn_array weight = weighted ? load(c, "sample_weight", -1) : (cn_array){0};
    char *class_weight = json_is_object(classes) ? notation_of(classes) : NULL;
    double split = json_number_value(json_object_get(fit, "validation_split")),
           n = (double)x->array[0].shape[0];
    cn_history *h = cn_model_fit(m, .inputs = x->list, .targets = y->list,
                                 .epochs = (size_t)json_integer_value(json_object_get(fit, "epochs")),
                                 .batch_size = (size_t)json_integer_value(json_object_get(fit, "batch_size")),
                                 .validation_split = split, .shuffle = false, .class_weight = class_weight,
                                 .sample_weight = weighted ? &weight : NULL);
    if (!h) fail_msg("%s: %s", c->name, cn_error());
    compare_history(c, h, n);
    cn_logs *scores =
        cn_model_evaluate(m, .inputs = x->list, .targets = y->list,
                          .batch_size = (size_t)json_integer_value(json_object_get(fit, "batch_size")));
    if (!scores) fail_msg("%s: %s", c->name, cn_error());
    compare_scores(c, scores, n);
    cn_logs_free(scores);
    cn_history_free(h);
    cn_array_free(&weight);
    if (class_weight) cn__free(class_weight);
}

static void compare_predictions(parity_case *c, cn_model *m, const arrays *x, const char *what,
                                double tolerance)
{
    arrays expected, got = {.count = cn_model_output_count(m)};
    load_all(c, what, got.count, &expected);
    if (cn_model_predict(m, .inputs = x->list, .outputs = got.array) != CN_OK)
        fail_msg("%s: %s", c->name, cn_error());
    for (size_t i = 0; i < got.count; i++)
        compare_arrays(c, what, &got.array[i], &expected.array[i], tolerance);
    free_all(&expected);
    free_all(&got);
}

static void run_case(void **state)
{
    parity_case *c = *state;
    cn_model *m = make_model(c);
    if (!m && is_unknown_layer()) {
        print_message("%s: %s\n", c->name, cn_error());
        skip();
    }
    if (!m) fail_msg("%s: %s", c->name, cn_error());
    arrays x, y;
    assert_true(cn_model_input_count(m) <= MOST_ARRAYS && cn_model_output_count(m) <= MOST_ARRAYS);
    load_all(c, "x", cn_model_input_count(m), &x);
    load_all(c, "y", cn_model_output_count(m), &y);
    compile(c, m);
    set_weights(c, m);
    compare_predictions(c, m, &x, "predict_before", 1e-5);
    train(c, m, &x, &y);
    for (size_t i = 0; i < cn_model_weight_count(m); i++) {
        char what[40];
        cn_array expected = load(c, "final", (int)i), got;
        snprintf(what, sizeof what, "final_%zu", i);
        assert_int_equal(cn_model_get_weight(m, i, &got), CN_OK);
        compare_arrays(c, what, &got, &expected, 2e-4);
        cn_array_free(&expected);
        cn_array_free(&got);
    }
    compare_predictions(c, m, &x, "predict_after", 2e-4);
    free_all(&x);
    free_all(&y);
    cn_model_free(m);
    if (c->wrong) fail_msg("%s: %d quantities differ from Keras's", c->name, c->wrong);
}

/* ---- finding the cases ------------------------------------------------------------------------------------- */

enum { MOST = 400 };
static parity_case cases[MOST];
static struct CMUnitTest tests[MOST];
static size_t count;

static int by_name(const void *a, const void *b)
{
    return strcmp(((const parity_case *)a)->name, ((const parity_case *)b)->name);
}

static void add_folder(const char *dir)
{
    DIR *d = opendir(dir);
    for (struct dirent *e; d && (e = readdir(d)) && count < MOST;) {
        parity_case *c = &cases[count];
        char path[900];
        snprintf(c->name, sizeof c->name, "%.190s", e->d_name);
        snprintf(c->folder, sizeof c->folder, "%.300s/%.250s", dir, e->d_name);
        snprintf(path, sizeof path, "%s/case.json", c->folder);
        c->json = json_load_file(path, 0, NULL);
        if (c->json) count++;
    }
    if (d) closedir(d);
}

int main(void)
{
    add_folder(CORNU_TESTS_DIR "/parity/cases");
    size_t own = count;
    if (getenv("CORNU_PARITY_CASES")) add_folder(getenv("CORNU_PARITY_CASES"));
    qsort(cases, own, sizeof cases[0], by_name);
    qsort(cases + own, count - own, sizeof cases[0], by_name);
    for (size_t i = 0; i < count; i++)
        tests[i] = (struct CMUnitTest){cases[i].name, run_case, NULL, NULL, &cases[i]};
    if (own < 50) {
        fprintf(stderr, "only %zu cases in " CORNU_TESTS_DIR "/parity/cases\n", own);
        return 1;
    }
    int failed = _cmocka_run_group_tests("parity", tests, count, NULL, NULL);
    for (size_t i = 0; i < count; i++) json_decref(cases[i].json);
    return failed;
}
