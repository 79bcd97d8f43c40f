/* From the document to the program: statements are taken in order, each against what stands above it. */
#include "lab/data/dataset_make.h"
#include "lab/program/analyzer.h"

#include <ctype.h>
#include <math.h>
#include <string.h>

#include "base/files/file.h"
#include "base/text/text.h"
#include "lab/show/citations.h"
#include "lab/show/figures/images.h"
#include "lab/show/prose.h"
#include "lab/language/words.h"
#include "train/predict/views.h"

/* ---- what statements need --------------------------------------------------------------------------------------------- */

static cn_status find_models(cn__analyzer *k, cn__lab_step *step)
{
    cn__statement *s = &step->statement;
    step->models = cn__arena_array(&k->program->arena, s->name_count + 1, sizeof *step->models);
    step->jobs = cn__arena_array(&k->program->arena, s->name_count + 1, sizeof *step->jobs);
    if (!step->models || !step->jobs) return CN_ERROR_MEMORY;
    for (size_t i = 0; i < s->name_count && s->kind->verb != CN_VERB_MODEL; i++) {
        step->models[i] = cn__program_model(k->program, s->names[i]);
        if (!step->models[i]) return cn__fail_model(k->program, s->names[i]);
    }
    /* all are found, before the first that is wrong is reported */
    for (size_t i = 0; i < s->name_count && s->kind->verb != CN_VERB_MODEL; i++) {
        if (step->models[i]->broken) return cn__fail_broken(step->models[i]);
        CN_TRY(cn__fit_to_data(k, step->models[i]));
    }
    return CN_OK;
}

static cn_status check_needs(cn__analyzer *k, cn__lab_step *step)
{
    const cn__statement *s = &step->statement;
    const char *what = s->kind->name;
    if (s->kind->needs == CN_NEEDS_DATA || cn__verb_trains(s->kind->verb))
        if (!k->stage)
            return cn__fail(CN_ERROR_STATE,
                            "%s: no data set stands above this line; expected dataset mnist, for example",
                            what);
    for (size_t i = 0; i < s->name_count && s->kind->needs >= CN_NEEDS_COMPILED; i++) {
        const cn__lab_model *m = step->models[i];
        if (!m->optimizer)
            return cn__fail(CN_ERROR_STATE,
                            "%s: model '%s' is not compiled; expected above: compile %s loss=…", what,
                            m->name, m->name);
        if (s->kind->needs == CN_NEEDS_FIT && !m->last)
            return cn__fail(CN_ERROR_STATE, "%s: model '%s' is not trained; expected above: fit %s", what,
                            m->name, m->name);
        if (s->kind->needs < CN_NEEDS_FIT) continue; /* a plan speaks of no fit */
        step->jobs[i] = m->last;
        step->job_count = i + 1;
    }
    return CN_OK;
}

/* Is a model of the statement among those of --only, or needs it none that is trained? */
static bool is_wanted(const cn__lab_step *step)
{
    const size_t count = step->statement.name_count;
    bool kept = !count || step->statement.kind->needs < CN_NEEDS_FIT;
    for (size_t i = 0; i < count; i++) kept = kept || (step->models[i] && step->models[i]->wanted);
    return kept;
}

static cn_status want(cn__lab_step *step, bool test, bool prediction)
{
    for (size_t i = 0; i < step->job_count; i++) {
        step->jobs[i]->wants_test = step->jobs[i]->wants_test || test;
        step->jobs[i]->wants_prediction = step->jobs[i]->wants_prediction || prediction;
    }
    return CN_OK;
}

/* What a model answers is answered once: one number of views for all that is shown of a fit. */
static cn_status set_tta(cn__lab_step *step)
{
    const size_t tta = (size_t)step->statement.arguments.tta;
    for (size_t i = 0; i < step->job_count; i++) {
        cn__job *j = step->jobs[i];
        if (j->tta && j->tta != tta)
            return cn__fail(CN_ERROR_ARGUMENT, "%s: tta = %zu, but another statement has tta = %zu for %s",
                            step->statement.kind->name, tta, j->tta, step->models[i]->name);
        j->tta = tta;
        if (tta == 1) continue;
        cn_model *m = cn__trial_model(j, false);
        cn_status status = m ? cn__build_for(m, j->data) : cn_error_status();
        if (status == CN_OK) status = cn__check_views(m, step->statement.kind->name, tta);
        cn_model_free(m);
        CN_TRY(status);
    }
    return CN_OK;
}

/* A probability above which the second of two classes is answered. */
static cn_status check_threshold(const cn__lab_step *step, const char *model, const cn__stage *data)
{
    if (isnan(step->statement.arguments.threshold) || data->classes <= 2) return CN_OK;
    return cn__fail(CN_ERROR_DATA, "%s: threshold is for two classes, and %s has %zu",
                    step->statement.kind->name, model, data->classes);
}

/* Sets it for the outputs that the statement speaks of. */
static cn_status set_threshold(cn__lab_step *step, size_t i)
{
    cn__job *job = step->jobs[i];
    const double threshold = step->statement.arguments.threshold;
    if (!job->binding) {
        CN_TRY(check_threshold(step, step->models[i]->name, job->data));
        job->threshold = threshold;
    }
    for (size_t o = 0; job->binding && o < job->binding->outputs; o++) {
        if (!cn__output_is_shown(job, o, &step->statement)) continue;
        CN_TRY(check_threshold(step, job->binding->names[o], job->binding->targets[o]->stage));
        job->binding->thresholds[o] = threshold;
    }
    return CN_OK;
}

static cn_status want_classes(cn__lab_step *step, bool report)
{
    for (size_t i = 0; i < step->job_count; i++) {
        const cn__job *job = step->jobs[i];
        CN_TRY(cn__check_output(job, &step->statement));
        if (!job->binding && job->data->task != CN_TASK_CLASSES)
            return cn__fail(CN_ERROR_DATA, "%s: the targets of %s are numbers, not classes",
                            step->statement.kind->name, step->models[i]->name);
        step->models[i]->classified = step->models[i]->classified || report;
        if (report) CN_TRY(set_threshold(step, i));
    }
    return want(step, false, true);
}

static cn_status want_numbers(cn__lab_step *step)
{
    for (size_t i = 0; i < step->job_count; i++) {
        const cn__job *job = step->jobs[i];
        CN_TRY(cn__check_output(job, &step->statement));
        if (!job->binding && job->data->task != CN_TASK_NUMBER)
            return cn__fail(CN_ERROR_DATA, "%s: the targets of %s are classes; expected confusion %s",
                            step->statement.kind->name, step->models[i]->name, step->models[i]->name);
    }
    return want(step, false, true);
}

static cn_status want_predictions(cn__lab_step *step)
{
    for (size_t i = 0; i < step->job_count; i++) CN_TRY(cn__check_output(step->jobs[i], &step->statement));
    return want(step, false, true);
}

/* The file of new rows, which must have the columns that the models' data have. */
static cn_status check_new_rows(cn__analyzer *k, cn__lab_step *step)
{
    const char **file = &step->statement.arguments.file;
    CN_TRY(cn__find_file(&k->program->arena, &k->program->stages, *file, file));
    for (size_t i = 0; i < step->job_count; i++) {
        const cn_preparation *p = step->jobs[i]->data->preparation;
        if (!p)
            return cn__fail(CN_ERROR_DATA, "predict: data=%s: %s was not trained on a table", *file,
                            step->models[i]->name);
        cn_table *table = cn_preparation_read(p, *file, NULL);
        if (!table) return cn__fail_in("predict");
        cn_table_free(table);
    }
    return CN_OK;
}

/* Inputs that can be mixed one by one. */
static cn_status check_importance(const cn__lab_step *step)
{
    enum { MOST_INPUTS = 1000 };
    for (size_t i = 0; i < step->job_count; i++) {
        const cn_array *x = &step->jobs[i]->data->test_x;
        const cn__binding *b = step->jobs[i]->binding;
        size_t inputs = 0;
        for (size_t k = 0; b && k < b->inputs; k++) inputs += cn__importance_inputs(b->test_x[k]);
        if (inputs > MOST_INPUTS)
            return cn__fail(CN_ERROR_DATA, "importance: %s has %zu inputs, expected at most %d",
                            step->models[i]->name, inputs, MOST_INPUTS);
        if (b) continue;
        if (x->ndim != 2 || cn_array_sample_size(x) > MOST_INPUTS || x->dtype != CN_FLOAT32)
            return cn__fail(
                CN_ERROR_DATA,
                "importance: the inputs of %s are no columns of numbers (of a table, or an array of two "
                "dimensions and %d columns at most)",
                step->models[i]->name, MOST_INPUTS);
    }
    return CN_OK;
}

static cn_status check_images(const cn__lab_step *step)
{
    const cn__stage *stage = step->stage;
    const cn__value *of = stage && stage->named_count ? step->statement.arguments.of : NULL;
    if (of) stage = cn__find_named(stage, cn__value_name(of->kind == CN_VALUE_LIST ? of->items : of))->stage;
    if (stage && cn__stage_has_images(stage)) return CN_OK;
    if (of) return cn__fail(CN_ERROR_DATA, "%s: %s has no pictures", step->statement.kind->name, stage->name);
    return cn__fail(CN_ERROR_DATA, "%s: the data set has no pictures", step->statement.kind->name);
}

static cn_status check_samples(const cn__lab_step *step, size_t last)
{
    size_t n = step->stage->x.shape[0];
    if (last < n) return CN_OK;
    return cn__fail(CN_ERROR_ARGUMENT, "%s: sample %zu, expected 0 to %zu", step->statement.kind->name, last,
                    n - 1);
}

static cn_status check_test_sample(const cn__lab_step *step)
{
    const int64_t sample = step->statement.arguments.sample;
    for (size_t i = 0; i < step->job_count; i++) {
        const size_t n = step->jobs[i]->data->test_x.shape[0];
        if ((size_t)sample >= n)
            return cn__fail(CN_ERROR_ARGUMENT, "%s: sample = %lld, expected 0 to %zu, of the test part",
                            step->statement.kind->name, (long long)sample, n - 1);
    }
    return CN_OK;
}

/* Is there a layer of that name, and can it be shown so? */
static cn_status check_layer(const cn__lab_step *step)
{
    for (size_t i = 0; i < step->job_count; i++) {
        cn_model *m = cn__trial_model(step->jobs[i], false);
        const char *name;
        cn_status status = m ? cn__build_for(m, step->jobs[i]->data) : cn_error_status();
        if (status == CN_OK) status = cn__find_shown_layer(m, &step->statement, &name);
        cn_model_free(m);
        if (status != CN_OK) return cn__fail_in("%s %s", step->statement.kind->name, step->models[i]->name);
    }
    return CN_OK;
}

static cn_status check_save(const cn__lab_step *step)
{
    static const char *const endings[] = {".keras", ".h5", ".hdf5", ".weights.h5", ".npz", ".json"};
    const char *file = step->statement.arguments.file;
    bool known = false;
    for (size_t i = 0; i < sizeof endings / sizeof endings[0]; i++)
        known = known || cn__has_suffix(file, endings[i]);
    if (!known)
        return cn__fail(CN_ERROR_ARGUMENT, "save: '%s' ends in none of .keras, .h5, .weights.h5, .npz, .json",
                        file);
    return cn__access_output("save", file);
}

static cn_status check_plan(const cn__lab_step *step)
{
    int64_t batch = step->statement.arguments.batch_size;
    size_t n = step->stage ? step->stage->x.shape[0] : 65536;
    if ((uint64_t)batch <= n) return CN_OK;
    return cn__fail(CN_ERROR_ARGUMENT, "plan: batch_size = %lld, expected at most %zu, the training samples",
                    (long long)batch, n);
}

static cn_status resolve_dataset(cn__analyzer *k, cn__lab_step *step)
{
    cn__program *p = k->program;
    const cn__statement *s = &step->statement;
    const cn__arguments *a = &s->arguments;
    cn__stage *next = NULL;
    cn_status status;
    switch (s->kind->verb) {
    case CN_VERB_DATASET_LOAD:
        status = cn__stage_load(&p->arena, &p->stages, s, p->options, p->seed, &next);
        if (status != CN_OK) {
            k->data_failed = true;
            k->missing = k->missing || cn_dataset_missing();
        }
        break;
    case CN_VERB_DATASET_SHOW:
        CN_TRY(cn__check_of(step->stage, s));
        return check_samples(step, (size_t)a->index);
    case CN_VERB_DATASET_GRID:
        CN_TRY(cn__check_of(step->stage, s));
        CN_TRY(check_images(step));
        return check_samples(step, (size_t)(a->first + a->rows * a->columns) - 1);
    case CN_VERB_DATASET_INFO: return CN_OK;
    case CN_VERB_DATASET_HISTOGRAM:
        CN_TRY(cn__check_of(step->stage, s));
        return cn__check_columns(step->stage, s);
    case CN_VERB_DATASET_DESCRIBE:
    case CN_VERB_DATASET_SCATTER:
    case CN_VERB_DATASET_CORRELATION:
    case CN_VERB_DATASET_PAIRS:
    case CN_VERB_DATASET_BOXPLOT:
    case CN_VERB_DATASET_MISSING: return cn__check_columns(step->stage, s);
    default: status = cn__stage_next(&p->arena, &p->stages, k->stage, s, &next); break;
    }
    if (status == CN_OK) k->stage = next, step->stage = next;
    return status;
}

/* Networks answer together where they answer the same questions. */
static cn_status check_ensemble(cn__lab_step *step)
{
    if (step->job_count < 2)
        return cn__fail(CN_ERROR_ARGUMENT, "ensemble: expected two models or more, as in ensemble a, b, c");
    for (size_t i = 1; i < step->job_count; i++)
        if (strcmp(step->jobs[i]->data->key, step->jobs[0]->data->key) != 0)
            return cn__fail(CN_ERROR_DATA,
                            "ensemble: %s and %s were trained on other data; expected the same",
                            step->models[0]->name, step->models[i]->name);
    return want_classes(step, false);
}

/* Two inputs, and classes. */
static cn_status check_plane(cn__lab_step *step)
{
    for (size_t i = 0; i < step->job_count; i++) {
        const cn__stage *d = step->jobs[i]->data;
        if (d->x.ndim != 2 || d->x.shape[1] != 2)
            return cn__fail(CN_ERROR_DATA,
                            "plot boundary: a sample of %s has %zu numbers; expected two inputs",
                            step->models[i]->name, cn_array_sample_size(&d->x));
    }
    return want_classes(step, false);
}

/* The targets are the pictures themselves. */
static cn_status check_reconstruction(const cn__lab_step *step)
{
    for (size_t i = 0; i < step->job_count; i++) {
        const cn__stage *d = step->jobs[i]->data;
        if (cn_array_sample_size(&d->y) != cn_array_sample_size(&d->images))
            return cn__fail(CN_ERROR_DATA,
                            "plot reconstruction: a target of %s has %zu numbers, a picture %zu; expected an "
                            "autoencoder, whose targets are its pictures",
                            step->models[i]->name, cn_array_sample_size(&d->y),
                            cn_array_sample_size(&d->images));
    }
    return CN_OK;
}

static cn_status resolve(cn__analyzer *k, cn__lab_step *step)
{
    const cn__statement *s = &step->statement;
    CN_TRY(find_models(k, step));
    CN_TRY(check_needs(k, step));
    step->stage = k->stage;
    if (s->kind->verb == CN_VERB_MODEL) {
        CN_TRY(cn__make_model(k, step));
        step->wanted = step->models[0]->wanted;
        return CN_OK;
    }
    if (s->kind->takes == CN_TAKES_NONE) return resolve_dataset(k, step);
    step->wanted = is_wanted(step);
    switch (s->kind->verb) {
    case CN_VERB_COMPILE: return cn__make_compile(k, step);
    case CN_VERB_FIT: return cn__make_fit(k, step);
    case CN_VERB_SWEEP: return cn__make_sweep(k, step);
    case CN_VERB_EVALUATE: CN_TRY(set_tta(step)); return want(step, true, false);
    case CN_VERB_COMPARE: return want(step, true, false);
    case CN_VERB_PREDICT:
        CN_TRY(set_tta(step));
        return step->statement.arguments.file ? check_new_rows(k, step) : want_predictions(step);
    case CN_VERB_CONFUSION:
    case CN_VERB_REPORT: return want_classes(step, true);
    case CN_VERB_ENSEMBLE: return check_ensemble(step);
    case CN_VERB_PLOT_ROC:
    case CN_VERB_PLOT_PRECISION_RECALL:
    case CN_VERB_PLOT_CALIBRATION: return want_classes(step, false);
    case CN_VERB_MISCLASSIFIED: CN_TRY(check_images(step)); return want_classes(step, false);
    case CN_VERB_WEIGHTS: return check_images(step);
    case CN_VERB_PLOT_KERNELS: return check_layer(step);
    case CN_VERB_PLOT_BOUNDARY: return check_plane(step);
    case CN_VERB_PLOT_RECONSTRUCTION: CN_TRY(check_images(step)); return check_reconstruction(step);
    case CN_VERB_PLOT_ACTIVATIONS:
    case CN_VERB_PLOT_GRADCAM:
        CN_TRY(check_images(step));
        CN_TRY(check_test_sample(step));
        return check_layer(step);
    case CN_VERB_PLOT_RESIDUALS:
    case CN_VERB_PLOT_PREDICTION: return want_numbers(step);
    case CN_VERB_REPEAT: return cn__make_repeat(k, step);
    case CN_VERB_CROSSVALIDATE: return cn__make_crossvalidate(k, step);
    case CN_VERB_IMPORTANCE: return check_importance(step);
    case CN_VERB_SAVE: return check_save(step);
    case CN_VERB_PLAN: return check_plan(step);
    default: return CN_OK;
    }
}

/* ---- the whole -------------------------------------------------------------------------------------------------------- */

static bool is_wrong(const cn__program *p, const char *name)
{
    const cn__lab_model *m = cn__program_model(p, name);
    return m && ((m->broken && !m->expected) || m->lost);
}

/* Does the mistake come from one above that was reported: data that is not there, a model or a fit that is wrong? */
static bool follows_another(const cn__analyzer *k, const cn__statement *s)
{
    if (!s->kind) return false;
    if (k->data_failed && s->kind->verb != CN_VERB_DATASET_LOAD) return true;
    if (s->kind->verb == CN_VERB_MODEL)
        return s->arguments.like && strcmp(s->arguments.like, s->names[0]) != 0 &&
               is_wrong(k->program, s->arguments.like);
    for (size_t i = 0; i < s->name_count; i++)
        if (is_wrong(k->program, s->names[i]) || cn__program_reported_unknown(k->program, s->names[i]))
            return true;
    return false;
}

/* What comes of a mistake: the models that it was about are not what the statements below expect. */
static cn_status note_mistake(cn__analyzer *k, const cn__statement *s)
{
    cn__verb verb = s->tried ? s->tried->verb : CN_VERBS;
    if (verb == CN_VERB_MODEL && s->kind && k->expect_error) {
        cn__lab_model *m = cn__program_model(k->program, s->names[0]);
        if (m && m->line == s->line) m->expected = true;
    }
    if (k->expect_error) return CN_OK;
    if (verb == CN_VERB_DATASET_LOAD && !k->stage) k->data_failed = true;
    if (verb == CN_VERB_MODEL && !s->kind && s->name_count && !cn__program_model(k->program, s->names[0]))
        return cn__add_broken_model(k, s);
    for (size_t i = 0; i < s->name_count; i++) {
        cn__lab_model *m = cn__program_model(k->program, s->names[i]);
        if (!m && verb != CN_VERB_MODEL && !cn__program_reported_unknown(k->program, s->names[i]))
            CN_TRY(cn__add_pointer(&k->program->arena, &k->program->unknown, &k->program->unknown_count,
                                   s->names[i]));
        if (m && verb == CN_VERB_COMPILE) m->broken = true;
        bool untrained = m && s->kind && s->kind->needs == CN_NEEDS_FIT && !m->last;
        if (m && (cn__verb_trains(verb) || untrained)) m->lost = true;
    }
    return CN_OK;
}

static cn_status add_step(cn__analyzer *k, cn__lab_part *part, const cn__statement *statement)
{
    cn__arena *arena = &k->program->arena;
    cn__lab_step *step;
    if ((part->count & (part->count - 1)) == 0) {
        cn__lab_step *more = cn__arena_array(arena, part->count ? 2 * part->count : 1, sizeof *more);
        if (!more) return CN_ERROR_MEMORY;
        if (part->count) memcpy(more, part->steps, part->count * sizeof *more);
        part->steps = more;
    }
    step = &part->steps[part->count++];
    *step = (cn__lab_step){.statement = *statement, .wanted = true};
    size_t known = k->mistakes->count;
    cn_status status = statement->kind ? resolve(k, step) : cn_error_status();
    if (status == CN_OK) return CN_OK;
    if (status == CN_ERROR_MEMORY) return status;
    step->mistake = cn__arena_strdup(arena, cn_error());
    bool reported = k->mistakes->count > known;
    if (!part->source->expect_error && !part->source->open && !reported && !follows_another(k, statement))
        cn__mistakes_take(k->mistakes, statement->line);
    return note_mistake(k, statement);
}

static cn_status make_part(cn__analyzer *k, cn__lab_part *part)
{
    const char *text = part->source->text;
    size_t line = part->source->line;
    cn__statement statement;
    k->expect_error = part->source->expect_error;
    while (cn__statement_next(&k->program->arena, &text, &line, &statement)) {
        CN_TRY(add_step(k, part, &statement));
        if (part->source->expect_error && part->steps[part->count - 1].mistake)
            break; /* the rest of the cell does not run */
    }
    return CN_OK;
}

static cn_status set_language(cn__analyzer *k)
{
    cn__program *p = k->program;
    const char *asked = p->options->language ? p->options->language : p->document.language;
    p->language = CN_ENGLISH;
    if (!asked) return CN_OK;
    static const char *const known[] = {"es", "en"};
    for (int i = 0; i < 2; i++)
        if (strcmp(asked, known[i]) == 0) {
            p->language = i;
            return CN_OK;
        }
    (void)!cn__fail_word(CN_ERROR_ARGUMENT, "language", asked, known, 2);
    if (p->options->language) return cn_error_status();
    cn__mistakes_take(k->mistakes, p->document.language_line);
    return CN_OK;
}

static cn_status set_seed(cn__program *p)
{
    p->seed = p->document.seed;
    if (!p->options->seed) return CN_OK;
    if (cn__read_seed(p->options->seed, &p->seed)) return CN_OK;
    return cn__fail(CN_ERROR_ARGUMENT, "--seed %s, expected a whole number from 0 to 2^63 - 1",
                    p->options->seed);
}

/* Every name of `list` ("a, b") must be a model; the first that is none is reported. */
static cn_status check_models(const cn__program *p, const char *list)
{
    for (const char *q = list; q && *q;) {
        char name[100];
        q += strspn(q, ", ");
        size_t n = strcspn(q, ", ");
        cn__format(name, sizeof name, "%.*s", (int)(n < 99 ? n : 99), q);
        if (n && !cn__program_model(p, name)) return cn__fail_model(p, name);
        q += n;
    }
    return CN_OK;
}

static cn_status check_prose(cn__analyzer *k)
{
    cn__program *p = k->program;
    cn__text title = {0};
    if (p->document.title && p->document.count)
        cn__expand(p, 0, p->document.title, p->document.title_line, k->mistakes, &title);
    cn__text_free(&title);
    for (size_t i = 0; i < p->document.count; i++) {
        const cn__part_of_lab *part = &p->document.parts[i];
        cn__text text = {0};
        if (!part->code) cn__expand(p, i, part->text, part->line, k->mistakes, &text);
        if (!part->code && text.data && cn__prose_check(p, text.data, part->line, k->mistakes) != CN_OK)
            cn__mistakes_take(k->mistakes, part->line);
        cn__text_free(&text);
    }
    return CN_OK;
}

static cn_status make(cn__analyzer *k)
{
    cn__program *p = k->program;
    CN_TRY(set_language(k));
    CN_TRY(set_seed(p));
    p->parts = cn__arena_array(&p->arena, p->document.count + 1, sizeof *p->parts);
    if (!p->parts) return CN_ERROR_MEMORY;
    p->stages.folder = cn__folder_of(&p->arena, p->document.path);
    CN_TRY(cn__access_make(&p->arena, p->stages.folder, p->options, &p->stages.access));
    if (cn__citations_open(p) != CN_OK) cn__mistakes_take(k->mistakes, p->document.bibliography_line);
    for (size_t i = 0; i < p->document.count; i++) {
        k->part = i;
        p->parts[i].source = &p->document.parts[i];
        if (p->document.parts[i].code) CN_TRY(make_part(k, &p->parts[i]));
        p->parts[i].stage = k->stage;
    }
    if (check_models(p, p->options->only) != CN_OK) return cn__fail_in("--only");
    if (check_models(p, p->document.summary) != CN_OK) {
        (void)!cn__fail_in("summary");
        cn__mistakes_take(k->mistakes, p->document.summary_line);
    }
    CN_TRY(cn__name_files(p));
    return k->data_failed ? CN_OK : check_prose(k);
}

cn_status cn__program_open(cn__program *p, const char *path, const char *text, const cn__lab_options *options,
                           bool *missing)
{
    cn__mistakes mistakes = {.file = path};
    *p = (cn__program){.options = options};
    const unsigned long failures = cn__memory_failures();
    cn__analyzer k = {.program = p, .mistakes = &mistakes};
    cn_status status = text ? cn__lab_document_parse(path, text, strlen(text), &p->document, &mistakes)
                            : cn__lab_document_read(path, &p->document, &mistakes);
    if (status == CN_OK) status = cn__check_memory(make(&k), failures, "the lab");
    *missing = k.missing && mistakes.count == 1;
    if (status == CN_OK) return cn__mistakes_end(&mistakes);
    /* a failure that ends the reading is reported alone */
    char *message = cn__strdup(cn_error());
    (void)!cn__mistakes_end(&mistakes);
    status = cn__fail(status, "%s", message ? message : "out of memory");
    cn__free(message);
    return status;
}

void cn__program_free(cn__program *p)
{
    for (size_t i = 0; i < p->job_count; i++) {
        cn__outcome_free_predictions(&p->jobs[i]->outcome);
        cn__found_free(p->jobs[i]);
        cn__arena_free(&p->jobs[i]->arena);
    }
    cn__stages_free(&p->stages);
    cn__lab_document_free(&p->document);
    cn__arena_free(&p->arena);
    *p = (cn__program){0};
}
