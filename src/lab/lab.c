/* The lab from data to results: what is printed, in the list's order, and what is written. */
#include "lab/lab.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/file.h"
#include "base/system.h"

typedef struct lab {
    const cn__lab_options *options;
    cn__language language;
    cn_dataset set;
    cn__lab_data data;
    cn__run_result *results;
    cn__classes classes;
    FILE *log;
} lab;

static const char *say(const lab *l, cn__word word) { return cn__words(l->language, word); }

/* ---- data --------------------------------------------------------------------------------------------------- */

static void tell(void *user, const char *file, double bytes, double total)
{
    (void)user;
    if (!isatty(STDERR_FILENO) || bytes <= 0) return;
    fprintf(stderr, "\rfetching %s: %.1f of %.1f MB ", file, bytes / 1e6, total / 1e6);
    if (bytes >= total) fputc('\n', stderr);
}

/* Images as rows of numbers from 0 to 1, labels one-hot; the first `samples` of each part where that is set. */
static cn_status prepare(cn_array *x, cn_array *y, const cn_array *images, const cn_array *labels,
                         size_t classes, size_t samples)
{
    size_t n = samples && samples < images->shape[0] ? samples : images->shape[0];
    cn_array some_images = cn_array_slice(images, 0, n), some_labels = cn_array_slice(labels, 0, n);
    CN_TRY(cn_array_to_float32(x, &some_images, 255));
    CN_TRY(cn_array_reshape(x, 2, (size_t[]){n, cn_array_sample_size(images)}));
    return cn_array_one_hot(y, &some_labels, classes);
}

static cn_status load(lab *l, bool *missing)
{
    const cn__lab_options *o = l->options;
    cn_dataset_options options = {.data_dir = o->data_dir, .progress = tell};
    cn_status status = cn_dataset_load(o->data ? o->data : "mnist", &options, &l->set);
    *missing = status != CN_OK && cn_dataset_missing();
    CN_TRY(status);
    l->data.set = &l->set;
    CN_TRY(prepare(&l->data.x, &l->data.y, &l->set.train_x, &l->set.train_y, l->set.classes, o->samples));
    return prepare(&l->data.test_x, &l->data.test_y, &l->set.test_x, &l->set.test_y, l->set.classes,
                   o->samples);
}

/* ---- which networks ------------------------------------------------------------------------------------------- */

static cn_status choose(lab *l)
{
    const char *ids[32];
    l->results = cn__calloc(cn__seed_count, sizeof *l->results);
    if (!l->results) return CN_ERROR_MEMORY;
    for (size_t i = 0; i < cn__seed_count; i++) {
        l->results[i] = (cn__run_result){.experiment = &cn__seed_list[i], .wanted = l->options->only == NULL};
        ids[i] = cn__seed_list[i].id;
    }
    for (const char *p = l->options->only; p && *p;) {
        size_t size = strcspn(p, ", ");
        char word[64] = "";
        memcpy(word, p, size < sizeof word ? size : sizeof word - 1);
        size_t i = 0;
        while (i < cn__seed_count && strcmp(ids[i], word) != 0) i++;
        if (i == cn__seed_count)
            return cn__fail_word(CN_ERROR_ARGUMENT, "network", word, ids, cn__seed_count);
        l->results[i].wanted = true;
        p += size;
        p += strspn(p, ", ");
    }
    return CN_OK;
}

/* ---- what is printed ---------------------------------------------------------------------------------------- */

static void print_run(void *user, const cn__run_result *r)
{
    const lab *l = user;
    const cn__experiment *e = r->experiment;
    if (!l->log) return;
    fprintf(l->log, "\n== %s  %s (%s)%s%s%s\n", e->section, e->title, e->id, e->added ? " [" : "",
            e->added ? say(l, CN_WORD_ADDED) : "", e->added ? "]" : "");
    if (r->summary) fputs(r->summary, l->log);
    if (r->log) fputs(r->log, l->log);
    if (r->error) fprintf(l->log, "%s: %s\n", e->fails ? say(l, CN_WORD_EXPECTED_ERROR) : "error", r->error);
    if (e->fails && !r->error) fprintf(l->log, "%s\n", say(l, CN_WORD_NO_ERROR));
    if (r->test)
        fprintf(l->log, "%s: accuracy: %.4f - loss: %.4f\n", say(l, CN_WORD_TEST),
                cn_logs_get(r->test, "accuracy"), cn_logs_get(r->test, "loss"));
    fflush(l->log);
}

static const cn__run_result *find(const lab *l, const char *id)
{
    for (size_t i = 0; i < cn__seed_count; i++)
        if (l->results[i].test && strcmp(l->results[i].experiment->id, id) == 0) return &l->results[i];
    return NULL;
}

static void print_table(const lab *l, cn__table *t)
{
    cn__text text = {0};
    cn__table_text(t, &text);
    if (text.data) fputs(text.data, l->log);
    cn__text_free(&text);
    cn__table_free(t);
}

static bool complete(const lab *l, const cn__comparison *c)
{
    for (int m = 0; m < 4 && c->members[m]; m++)
        if (!find(l, c->members[m])) return false;
    return true;
}

static void print_comparison(const lab *l, const cn__comparison *c)
{
    static const cn__word heads[] = {CN_WORD_NETWORK,       CN_WORD_MEAN_ACCURACY, CN_WORD_MEAN_VAL_ACCURACY,
                                     CN_WORD_TEST_ACCURACY, CN_WORD_MEAN_LOSS,     CN_WORD_MEAN_VAL_LOSS,
                                     CN_WORD_TEST_LOSS};
    cn__table t;
    cn__table_init(&t, 7);
    for (int i = 0; i < 7; i++) cn__table_add(&t, "%s", say(l, heads[i]));
    for (int m = 0; m < 4 && c->members[m]; m++) {
        const cn__run_result *r = find(l, c->members[m]);
        cn__figures f = cn__figures_of(r);
        const double values[] = {f.accuracy, f.val_accuracy, f.test_accuracy,
                                 f.loss,     f.val_loss,     f.test_loss};
        cn__table_add(&t, "%s", r->experiment->title);
        for (int i = 0; i < 6; i++) cn__table_add(&t, "%.3f", values[i]);
    }
    fprintf(l->log, "\n== %s  %s: %s\n", c->section, say(l, CN_WORD_COMPARISON), c->id);
    print_table(l, &t);
    if (!c->costs) return;
    cn__table_init(&t, 3);
    cn__table_add(&t, "%s", say(l, CN_WORD_COSTS));
    cn__table_add(&t, "%s", say(l, CN_WORD_PARAMETERS));
    cn__table_add(&t, "%s", say(l, CN_WORD_MFLOPS));
    for (int m = 0; m < 4 && c->members[m]; m++) {
        const cn__run_result *r = find(l, c->members[m]);
        cn__table_add(&t, "%s", r->experiment->title);
        cn__table_add(&t, "%.2f", (double)r->parameters / 1000);
        cn__table_add(&t, "%.3f", r->flops / (1024.0 * 1024.0));
    }
    print_table(l, &t);
}

static cn_status classify(lab *l)
{
    const cn__run_result *r = find(l, "final");
    if (!r || !r->predictions.data) return CN_OK;
    CN_TRY(
        cn__classes_new(&r->predictions, &l->data.test_y, l->set.classes, l->set.class_names, &l->classes));
    if (!l->log) return CN_OK;
    cn__text text = {0};
    cn__text_printf(&text, "\n== 12  %s: %s\n", say(l, CN_WORD_CONFUSION), r->experiment->title);
    cn__classes_confusion_text(&l->classes, say(l, CN_WORD_TRUE_PREDICTED), &text);
    cn__text_printf(&text, "\n== 12  %s: %s\n", say(l, CN_WORD_REPORT), r->experiment->title);
    cn__classes_report_text(&l->classes, &text);
    if (text.data) fputs(text.data, l->log);
    cn__text_free(&text);
    return CN_OK;
}

static double last(const cn__run_result *r, const char *name)
{
    return cn_history_get(r->history, name)[cn_history_epochs(r->history) - 1];
}

static bool inside(const double band[2], double v) { return v >= band[0] && v <= band[1]; }

/* Only what was trained as Keras was may be compared: MNIST, all of it, all epochs. */
static void print_bands(const lab *l)
{
    if (strcmp(l->set.name, "mnist") != 0 || l->options->samples || l->options->epochs_limit) return;
    static const cn__word heads[] = {CN_WORD_NETWORK, CN_WORD_LOSS,          CN_WORD_BAND, CN_WORD_VALIDATION,
                                     CN_WORD_BAND,    CN_WORD_TEST_ACCURACY, CN_WORD_BAND};
    cn__table t;
    cn__table_init(&t, 8);
    for (int i = 0; i < 7; i++) cn__table_add(&t, "%s", say(l, heads[i]));
    cn__table_add(&t, "%s", "");
    for (size_t i = 0; i < cn__seed_band_count; i++) {
        const cn__band *b = &cn__seed_bands[i];
        const cn__run_result *r = find(l, b->id);
        if (!r) continue;
        double loss = last(r, "loss"), val = last(r, "val_accuracy"), test = cn_logs_get(r->test, "accuracy");
        cn__table_add(&t, "%s", r->experiment->title);
        cn__table_add(&t, "%.4f", loss);
        cn__table_add(&t, "%.4f–%.4f", b->loss[0], b->loss[1]);
        cn__table_add(&t, "%.4f", val);
        cn__table_add(&t, "%.4f–%.4f", b->val[0], b->val[1]);
        cn__table_add(&t, "%.4f", test);
        cn__table_add(&t, "%.4f–%.4f", b->test[0], b->test[1]);
        cn__table_add(&t, "%s",
                      say(l, inside(b->loss, loss) && inside(b->val, val) && inside(b->test, test)
                                 ? CN_WORD_INSIDE
                                 : CN_WORD_OUTSIDE));
    }
    fprintf(l->log, "\n== %s\n", say(l, CN_WORD_BANDS));
    print_table(l, &t);
}

/* ---- the whole ------------------------------------------------------------------------------------------------ */

/* The first network that failed although it should not have, or did not although it should have. */
static cn_status check(const lab *l)
{
    for (size_t i = 0; i < cn__seed_count; i++) {
        const cn__run_result *r = &l->results[i];
        if (r->done && r->experiment->fails != (r->status != CN_OK))
            return cn__fail(r->status != CN_OK ? r->status : CN_ERROR_STATE, "%s (%s): %s",
                            r->experiment->title, r->experiment->id,
                            r->error ? r->error : say(l, CN_WORD_NO_ERROR));
    }
    return CN_OK;
}

static cn_status finish(lab *l, double start)
{
    CN_TRY(classify(l));
    for (size_t i = 0; i < cn__seed_comparison_count && l->log; i++)
        if (complete(l, &cn__seed_comparisons[i])) print_comparison(l, &cn__seed_comparisons[i]);
    if (l->log) print_bands(l);
    const char *dir = l->options->out ? l->options->out : "lab-out";
    CN_TRY(cn__make_dirs(dir));
    char *path = cn__path_join(dir, "results.json");
    if (!path) return CN_ERROR_MEMORY;
    double seconds = cn__clock() - start;
    cn_status status =
        cn__results_write(l->options, &l->data, l->results, cn__seed_count, &l->classes, seconds, path);
    if (status == CN_OK && l->log)
        fprintf(l->log, "\n%s: %.1f s\n%s: %s\n", say(l, CN_WORD_TIME), seconds, say(l, CN_WORD_RESULTS),
                path);
    cn__free(path);
    return status == CN_OK ? check(l) : status;
}

static cn_status run(lab *l, bool *missing)
{
    static const char *const languages[] = {"es", "en"};
    const cn__lab_options *o = l->options;
    double start = cn__clock();
    const char *language = o->language ? o->language : "es";
    while (l->language < 2 && strcmp(language, languages[l->language]) != 0) l->language++;
    if (l->language == 2) return cn__fail_word(CN_ERROR_ARGUMENT, "language", language, languages, 2);
    CN_TRY(choose(l));
    CN_TRY(load(l, missing));
    size_t jobs = o->jobs ? o->jobs : (size_t)cn__cpu_count();
    if (l->log)
        fprintf(l->log, say(l, CN_WORD_LAB), l->set.name, l->set.source, l->data.x.shape[0],
                l->data.test_x.shape[0], (unsigned long long)o->seed, jobs);
    if (l->log) fputc('\n', l->log);
    CN_TRY(cn__run_list(o, &l->data, l->results, cn__seed_count, print_run, l));
    return finish(l, start);
}

cn_status cn__lab_run(const cn__lab_options *options, bool *missing)
{
    lab l = {.options = options, .log = options->quiet ? NULL : options->log ? options->log : stdout};
    *missing = false;
    cn_status status = run(&l, missing);
    for (size_t i = 0; l.results && i < cn__seed_count; i++) cn__run_result_free(&l.results[i]);
    cn__free(l.results);
    cn__classes_free(&l.classes);
    cn_array_free(&l.data.x), cn_array_free(&l.data.y), cn_array_free(&l.data.test_x),
        cn_array_free(&l.data.test_y);
    cn_dataset_free(&l.set);
    return status;
}
