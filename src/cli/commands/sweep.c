/* cornu sweep: the searches of a document, into a store of runs. */
#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/text/escape.h"
#include "base/system/terminal.h"
#include "base/text/text.h"
#include "cli/cli.h"
#include "cli/input/document.h"
#include "cli/ranks.h"
#include "cli/output/report.h"
#include "cli/session.h"
#include "cli/signals.h"
#include "lab/lab.h"

typedef struct sweep_options {
    cn__lab_options lab;
    const char *store, *shard, *json;
    uint64_t workers;
    bool quiet, mpi;
} sweep_options;

static const cn__option table[] = {
    OPTION_HEADING("What runs"),
    TEXT_OPTION(sweep_options, "data", lab.data, "NAME", NULL, "use this data set instead of the document's"),
    TEXT_OPTION(sweep_options, "data-dir", lab.data_dir, "DIR", NULL, "look for data sets here first"),
    TEXT_OPTION(
        sweep_options, "allow", lab.allow, "DIR[:DIR]", NULL,
        "more folders that the document may read, besides its own, the working directory and those of data sets"),
    TEXT_OPTION(sweep_options, "seed", lab.seed, "N", NULL, "use this seed instead of the document's"),
    TEXT_OPTION(sweep_options, "only", lab.only, "A,B", NULL, "run only the sweeps of these models"),
    COUNT_OPTION(sweep_options, "epochs-limit", lab.epochs_limit, "0", 0, 1e6,
                 "limit the epochs of each training; 0: as the document says"),
    COUNT_OPTION(sweep_options, "samples", lab.samples, "0", 0, 1e9,
                 "use only the first N samples, for a quick look; 0: all"),
    TEXT_OPTION(
        sweep_options, "shard", shard, "I/N", NULL,
        "run every N-th trial, starting with the I-th, to use several machines; cornu runs merge joins their stores"),
    OPTION_HEADING("How it runs"),
    COUNT_OPTION(
        sweep_options, "jobs", workers, "0", 0, 1024,
        "networks at the same time, one thread each; 0: one for each processor. The results do not depend on it"),
    TEXT_OPTION(sweep_options, "store", store, "FILE", "cornu-runs.db",
                "store runs in this file and continue a study that is in it; none: store nothing"),
    JSON_OPTION(sweep_options, json,
                "print as JSON how many trials each sweep ran and the best one, or write it to OUT.json"),
    FLAG_OPTION(
        sweep_options, "mpi", mpi, "false",
        "distribute the trials over the processes that mpirun or srun started (default: if the environment shows several)"),
    FLAG_OPTION(sweep_options, "quiet", quiet, "false", "print nothing"),
};

typedef struct teller {
    bool live; /* a terminal, on which one line is drawn again and again */
    bool quiet;
    const char *store;
    json_t *json; /* of each sweep; NULL: it is not wanted */
    bool drawn;   /* there is such a line */
    double reported_at;
} teller;

/* ---- while it runs ------------------------------------------------------------------------------------------------------ */

static void add_best(const cn__study *s, size_t best, cn__text *out)
{
    if (best == SIZE_MAX) return;
    const cn__trial *t = &s->trials[best];
    cn__text_printf(out, ", best %s %.6g (trial %zu)", s->goals[0].name, t->values[0], best);
}

static void report_progress(void *user, const cn__study *s, const cn__sweep_progress *p)
{
    teller *t = user;
    cn__text line = {0};
    const size_t fresh = p->done - p->resumed;
    bool due = t->live || p->done == p->trials || p->seconds - t->reported_at >= 10;
    if (t->quiet || !due) return;
    t->reported_at = p->seconds;
    cn__text_printf(&line, "%s: %zu of %zu trials", s->options.name, p->done, p->trials);
    if (p->pruned) cn__text_printf(&line, ", %zu pruned", p->pruned);
    if (p->failed) cn__text_printf(&line, ", %zu failed", p->failed);
    add_best(s, p->best, &line);
    if (p->seconds > 0.5 && fresh) cn__text_printf(&line, ", %.3g a second", (double)fresh / p->seconds);
    if (!line.failed && t->live) { /* a line that wraps could not be drawn over */
        line.data[cn__terminal_prefix(line.data, cn__terminal_width(stderr) - 1)] = '\0';
        fputs("\r\033[K", stderr);
    }
    if (!line.failed) cn__terminal_puts(line.data, stderr);
    if (!line.failed && !t->live) fputc('\n', stderr);
    t->drawn = t->live;
    cn__text_free(&line);
}

/* ---- what came out ---------------------------------------------------------------------------------------------------------- */

static void print_trial(const cn__study *s, size_t number)
{
    cn__arena arena = {0};
    cn__text line = {0};
    const cn__trial *t = &s->trials[number];
    cn__text_printf(&line, "%6zu", number);
    for (size_t i = 0; i < s->goal_count; i++)
        cn__text_printf(&line, "  %s %.6g", s->goals[i].name, t->values[i]);
    for (size_t i = 0; i < s->space.count; i++) {
        if (isnan(t->point[i])) continue;
        const cn__value v = cn__dimension_value(&s->space.dimensions[i], t->point[i]);
        const char *text = cn__value_text(&arena, &v);
        cn__text_printf(&line, "  %s=%s", s->space.dimensions[i].name, text ? text : "");
    }
    cn__text_add(&line, "\n");
    if (!line.failed) cn__terminal_puts(line.data, stdout);
    cn__text_free(&line);
    cn__arena_free(&arena);
}

static json_t *value_json(const cn__value *v)
{
    cn__arena arena = {0};
    json_t *json = v->kind == CN_VALUE_INT     ? json_integer((json_int_t)v->integer)
                   : v->kind == CN_VALUE_FLOAT ? json_real(v->number)
                   : v->kind == CN_VALUE_WORD  ? json_string(v->word)
                                               : NULL;
    const char *text = json ? NULL : cn__value_text(&arena, v);
    if (text) json = json_string(text);
    cn__arena_free(&arena);
    return json;
}

static json_t *trial_json(const cn__study *s, size_t number)
{
    const cn__trial *t = &s->trials[number];
    json_t *json = json_object(), *values = json_object(), *params = json_object();
    cn__json_set(json, "trial", json_integer((json_int_t)number));
    cn__json_set(json, "values", values);
    cn__json_set(json, "params", params);
    for (size_t i = 0; i < s->goal_count; i++)
        cn__json_set(values, s->goals[i].name, cn__report_number(t->values[i]));
    for (size_t i = 0; i < s->space.count; i++) {
        if (isnan(t->point[i])) continue;
        const cn__value v = cn__dimension_value(&s->space.dimensions[i], t->point[i]);
        cn__json_set(params, s->space.dimensions[i].name, value_json(&v));
    }
    return json;
}

static json_t *study_json(const cn__study *s, const cn__sweep_progress *p, int64_t id)
{
    const struct {
        const char *name;
        size_t count;
    } counts[] = {
        {"trials", p->trials}, {"complete", p->complete}, {"pruned", p->pruned}, {"failed", p->failed}};
    const size_t best = cn__study_best(s);
    json_t *json = json_object();
    cn__json_set(json, "name", json_string(s->options.name));
    cn__json_set(json, "study", json_integer((json_int_t)id));
    for (int i = 0; i < 4; i++) cn__json_set(json, counts[i].name, json_integer((json_int_t)counts[i].count));
    cn__json_set(json, "seconds", cn__report_number(p->seconds));
    if (best != SIZE_MAX) cn__json_set(json, "best", trial_json(s, best));
    return json;
}

static cn_status report(void *user, const cn__study *s, const cn__sweep_progress *p, int64_t id)
{
    enum { SHOWN = 5 };
    teller *t = user;
    size_t best[SHOWN];
    if (t->live && !t->quiet) fputc('\n', stderr);
    t->drawn = false, t->reported_at = 0;
    if (t->json) cn__json_append(t->json, study_json(s, p, id));
    if (t->quiet) return CN_OK;
    printf("%s: %zu trials in %.1f s: %zu complete, %zu pruned, %zu failed; study %lld of %s\n",
           s->options.name, p->done, p->seconds, p->complete, p->pruned, p->failed, (long long)id, t->store);
    const size_t count = cn__study_best_trials(s, SHOWN, best);
    for (size_t i = 0; i < count; i++) print_trial(s, best[i]);
    return CN_OK;
}

/* ---- the command -------------------------------------------------------------------------------------------------------------- */

static cn_status read_shard(const char *text, cn__lab_sweeps *out)
{
    char *end;
    if (!text) return CN_OK;
    out->shard = strtoul(text, &end, 10);
    const bool slash = end != text && *end == '/';
    const char *second = end + 1;
    out->shards = slash ? strtoul(second, &end, 10) : 0;
    if (slash && end != second && !*end && out->shard >= 1 && out->shard <= out->shards) return CN_OK;
    return cn__fail(CN_ERROR_ARGUMENT, "--shard %s, expected I/N with I from 1 to N, as in 3/16", text);
}

static cn_status write_json(const sweep_options *o, teller *t)
{
    json_t *all = json_object();
    cn__json_set(all, "sweeps", t->json);
    t->json = NULL;
    return cn__report_write(o->json, all);
}

static cn_status sweep(const sweep_options *o, const char *file, teller *t, const cn_communicator *ranks,
                       bool *missing)
{
    const bool writes_file = o->json && strcmp(o->json, "/dev/stdout") != 0;
    const bool keeps = strcmp(o->store, "none") != 0;
    cn__lab_sweeps sweeps = {.run = {.store = keeps ? o->store : NULL,
                                     .workers = (int)o->workers,
                                     .interrupted = cn__signals_came,
                                     .progress = report_progress,
                                     .ranks = ranks,
                                     .user = t},
                             .writes = writes_file ? o->json : NULL,
                             .report = report};
    CN_TRY(read_shard(o->shard, &sweeps));
    CN_TRY(cn__check_writable("json", o->json));
    cn__json_begin();
    t->json = o->json && cn__ranks_write(ranks) ? json_array() : NULL;
    cn_status status = cn__lab_sweep(file, &o->lab, &sweeps, missing);
    if (status == CN_OK && t->json) status = write_json(o, t);
    json_decref(t->json);
    return status;
}

static int run(const void *options, int count, char *const *words)
{
    sweep_options own = *(const sweep_options *)options;
    const sweep_options *o = &own;
    const char *file = words[0];
    char *text = NULL;
    (void)count;
    own.lab.quiet = o->quiet;
    /* what a program is to read is alone on the standard output */
    const bool alone = o->json && strcmp(o->json, "/dev/stdout") == 0;
    teller t = {.live = cn__terminal_redraws(stderr), .quiet = o->quiet || alone, .store = o->store};
    bool missing = false;
    cn_communicator *ranks;
    cn_status status = cn__ranks_open(o->mpi, &ranks);
    own.lab.confine = !ranks; /* MPI makes files of its own at any time, outside of the sweep's folders */
    cn__signals_catch();
    if (status == CN_OK) status = cn__document_input(&file, &own.lab, &text);
    if (status == CN_OK) status = sweep(o, file, &t, ranks, &missing);
    cn__free(text);
    cn__ranks_close(ranks, status);
    if (status != CN_OK && t.drawn) fputc('\n', stderr);
    if (status != CN_OK && cn__signals_came()) {
        fprintf(stderr, "cornu sweep: %s\n", cn_error());
        return cn__signals_code();
    }
    return missing ? CN_EXIT_DATASET : cn__exit_code(status);
}

const cn__command cn__sweep_command = {
    .name = "sweep",
    .summary = "Search for better networks: run the sweeps of a document",
    .usage = "FILE.md|- [options]",
    .about =
        "Runs the sweep statements of a lab document: many networks at the same time, one thread each. Every run, with\n"
        "every epoch, is stored in one SQLite file, which cornu runs shows. An interrupted study continues where it\n"
        "was, and its results do not depend on --jobs.",
    .example = "  cornu sweep labs/sweep.en.md\n  cornu sweep my-lab.md --shard 3/16 --store part-3.db\n"
               "  mpirun -n 8 cornu sweep my-lab.md",
    .options = table,
    .option_count = sizeof table / sizeof table[0],
    .options_size = sizeof(sweep_options),
    .words_low = 1,
    .words_high = 1,
    .run = run,
};
