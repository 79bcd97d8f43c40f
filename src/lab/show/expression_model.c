/* Members of models, of the data and of the lab, by name. */
#include "lab/show/expression_model.h"

#include <math.h>
#include <string.h>

#include "base/text/text.h"
#include "train/class_report.h"
#include "lab/language/words.h"
#include "lab/show/show.h"

static cn_status number(cn__quantity *out, double value)
{
    *out = (cn__quantity){.kind = isnan(value) ? CN_QUANTITY_MISSING : CN_QUANTITY_NUMBER, .number = value};
    return CN_OK;
}

static cn_status word(cn__quantity *out, const char *text)
{
    *out = (cn__quantity){.kind = CN_QUANTITY_TEXT, .text = text ? text : ""};
    return CN_OK;
}

/* What a training came to, NaN too; an epoch without validation has no value. */
static cn_status measured(cn__quantity *out, const char *name, double value)
{
    CN_TRY(number(out, value));
    if (isnan(value) && strncmp(name, "val_", 4) != 0) out->kind = CN_QUANTITY_NUMBER;
    return CN_OK;
}

static cn_status missing(cn__quantity *out) { return number(out, (double)NAN); }

const cn__job *cn__job_at(const cn__lab_model *m, size_t part)
{
    for (const cn__job *j = m->all; j; j = j->earlier)
        if (j->part <= part) return j;
    return m->all;
}

cn_status cn__scope_fail_model(const cn__scope *scope, const char *name)
{
    if (scope->reported && cn__program_reported_unknown(scope->program, name)) *scope->reported = true;
    const char *names[256];
    size_t n = scope->program->model_count < 250 ? scope->program->model_count : 250;
    for (size_t i = 0; i < n; i++) names[i] = scope->program->models[i]->name;
    char unseen[80];
    if (*cn__program_unseen(scope->program, name, unseen, sizeof unseen))
        return cn__fail(CN_ERROR_ARGUMENT, "unknown name '%s'%s", name, unseen);
    names[n] = "best", names[n + 1] = "worst", names[n + 2] = "data", names[n + 3] = "lab";
    return cn__fail_word(CN_ERROR_ARGUMENT, "name", name, names, n + 4);
}

/* ---- curves ------------------------------------------------------------------------------------------------------- */

static const char *const endings[] = {"first", "last", "min", "max", "mean", "best", "best_epoch", "epoch"};
enum { ENDINGS = sizeof endings / sizeof endings[0] };

/* values(n) reduced as the segment says. */
static cn_status reduce(const cn__segment *s, const char *name, const double *v, size_t n, size_t first_epoch,
                        cn__quantity *out)
{
    size_t at = 0, which = 0;
    while (which < ENDINGS && strcmp(endings[which], s->name) != 0) which++;
    if (which == ENDINGS) return cn__fail_word(CN_ERROR_ARGUMENT, "ending", s->name, endings, ENDINGS);
    if (s->has_argument != (which == 7))
        return cn__fail(CN_ERROR_ARGUMENT,
                        which == 7 ? "epoch takes the number of an epoch: epoch(3)" : "%s takes no number",
                        s->name);
    if (!v || !n) return missing(out);
    bool more = cn__more_is_better(name);
    double k = s->argument - (double)first_epoch;
    switch (which) {
    case 0: return measured(out, name, v[0]);
    case 1: return measured(out, name, v[n - 1]);
    case 2: return measured(out, name, cn__values_extreme(v, n, false, NULL));
    case 3: return measured(out, name, cn__values_extreme(v, n, true, NULL));
    case 4: return measured(out, name, cn__values_mean(v, n));
    case 5: return measured(out, name, cn__values_extreme(v, n, more, NULL));
    case 6:
        if (isnan(cn__values_extreme(v, n, more, &at))) return missing(out);
        return number(out, (double)(at + first_epoch));
    default:
        if (!(k >= 0 && k < (double)n)) return missing(out);
        return measured(out, name, v[(size_t)k]);
    }
}

static cn_status fail_curve(const cn__job *j, const char *name)
{
    const char *known[80] = {"title",   "name",       "parameters",  "mflops", "seconds",      "epochs",
                             "stopped", "difference", "convergence", "test",   "precision",    "recall",
                             "f1",      "confusion",  "repeat",      "error",  "crossvalidate"};
    size_t n = 17;
    if (strncmp(name, "val_", 4) == 0 && cn__curves_find(&j->expected, name + 4))
        return cn__fail(CN_ERROR_ARGUMENT,
                        "%s: %s is trained without validation; expected for example: fit %s "
                        "validation_split=0.2",
                        name, j->model->name, j->model->name);
    for (size_t i = 0; i < j->expected.count && n < 80; i++) known[n++] = j->expected.names[i];
    return cn__fail_word(CN_ERROR_ARGUMENT, "member of a model", name, known, n);
}

/* Callbacks add names of their own. */
static bool may_have(const cn__job *j, const char *name)
{
    return cn__curves_find(&j->expected, name) || (j->callbacks && strcmp(name, "learning_rate") == 0);
}

static cn_status curve(const cn__scope *scope, const cn__job *j, const cn__segment *s, size_t count,
                       cn__quantity *out)
{
    if (!may_have(j, s[0].name)) return fail_curve(j, s[0].name);
    if (count != 2)
        return cn__fail(CN_ERROR_ARGUMENT,
                        "%s is a list of epochs; expected an ending: .last, .first, .mean, .min, .max, .best",
                        s[0].name);
    double one = 1;
    size_t first = (size_t)j->fit.initial_epoch + 1;
    if (scope->checking) return reduce(&s[1], s[0].name, &one, 1, first, out);
    return reduce(&s[1], s[0].name,
                  cn__job_has_run(j) ? cn__curves_find(&j->outcome.history, s[0].name) : NULL,
                  j->outcome.history.epochs, first, out);
}

static cn_status difference(const cn__scope *scope, const cn__job *j, const cn__segment *s, size_t count,
                            cn__quantity *out)
{
    char other[80];
    if (count != 3) return cn__fail(CN_ERROR_ARGUMENT, "expected difference.NAME.last, or another ending");
    cn__format(other, sizeof other, "val_%s", s[1].name);
    if (!may_have(j, s[1].name)) return fail_curve(j, s[1].name);
    if (!may_have(j, other)) return cn__fail(CN_ERROR_ARGUMENT, "difference: the fit has no validation");
    double one = 1;
    if (scope->checking) return reduce(&s[2], "loss", &one, 1, 1, out);
    const double *a = cn__job_has_run(j) ? cn__curves_find(&j->outcome.history, s[1].name) : NULL,
                 *b = cn__job_has_run(j) ? cn__curves_find(&j->outcome.history, other) : NULL;
    size_t n = j->outcome.history.epochs;
    if (!a || !b) return missing(out);
    double *d = cn__arena_array(scope->arena, n + 1, sizeof *d);
    if (!d) return CN_ERROR_MEMORY;
    for (size_t i = 0; i < n; i++) d[i] = fabs(a[i] - b[i]);
    return reduce(&s[2], "loss", d, n, (size_t)j->fit.initial_epoch + 1, out);
}

/* ---- members that need more ------------------------------------------------------------------------------------------ */

static cn_status tested(const cn__scope *scope, const cn__job *j, const cn__segment *s, size_t count,
                        cn__quantity *out)
{
    if (!j->wants_test) return cn__fail(CN_ERROR_ARGUMENT, "test: no statement evaluates %s", j->model->name);
    if (count != 2) return cn__fail(CN_ERROR_ARGUMENT, "expected test.NAME, as in test.accuracy");
    if (!may_have(j, s[1].name)) return fail_curve(j, s[1].name);
    if (scope->checking) return number(out, 1);
    const double *v = cn__job_has_run(j) ? cn__curves_find(&j->outcome.test, s[1].name) : NULL;
    return v ? measured(out, s[1].name, v[0]) : missing(out);
}

static cn_status fail_classes(const cn__job *j, const char *name)
{
    if (!j->model->classified)
        return cn__fail(CN_ERROR_ARGUMENT,
                        "%s: there is no confusion or report of %s; expected above: report %s", name,
                        j->model->name, j->model->name);
    if (strcmp(name, "confusion") == 0)
        return cn__fail(CN_ERROR_ARGUMENT, "expected confusion.errors or confusion.most");
    return cn__fail(
        CN_ERROR_ARGUMENT,
        "expected %s.macro, .weighted, .class(\"NAME\"), .min, .max, or .worst and .best, the classes of these two",
        name);
}

/* The most frequent mistake. */
static const char *worst_pair(const cn__scope *scope, const cn__job *j, const cn_class_report *k)
{
    size_t best = 0, at = 0;
    for (size_t i = 0; i < k->classes * k->classes; i++)
        if (i / k->classes != i % k->classes && k->confusion[i] > best) best = k->confusion[i], at = i;
    if (!best) return "-";
    return cn__arena_format(scope->arena, "%s → %s", j->data->class_names[at / k->classes],
                            j->data->class_names[at % k->classes]);
}

enum { ENDS = 4 };
static const char *const class_ends[ENDS] = {"min", "max", "worst", "best"};

/* min, max: of all classes that occur; worst, best: which class that is, the first of several. */
static cn_status end_of_classes(const cn__scope *scope, const cn__job *j, const cn_class_report *k,
                                const double *each, size_t which, cn__quantity *out)
{
    size_t at = k->classes;
    for (size_t i = 0; i < k->classes; i++)
        if (k->support[i] && (at == k->classes || (which % 2 ? each[i] > each[at] : each[i] < each[at])))
            at = i;
    if (at == k->classes) return missing(out);
    return which < 2 ? number(out, each[at])
                     : word(out, cn__arena_strdup(scope->arena, j->data->class_names[at]));
}

static cn_status classified(const cn__scope *scope, const cn__job *j, const cn__segment *s, size_t count,
                            cn__quantity *out)
{
    bool confusion = strcmp(s[0].name, "confusion") == 0;
    bool errors = count == 2 && strcmp(s[1].name, "errors") == 0,
         most = count == 2 && strcmp(s[1].name, "most") == 0;
    bool macro = count == 2 && strcmp(s[1].name, "macro") == 0,
         weighted = count == 2 && strcmp(s[1].name, "weighted") == 0;
    bool one = count == 2 && strcmp(s[1].name, "class") == 0 && s[1].has_argument;
    size_t end = count == 2 && !confusion ? 0 : ENDS;
    while (end < ENDS && strcmp(s[1].name, class_ends[end]) != 0) end++;
    if (!j->model->classified || (confusion ? !(errors || most) : !(macro || weighted || one || end < ENDS)))
        return fail_classes(j, s[0].name);
    size_t class = 0;
    char digits[32]; /* class(8) is the class "8" */
    cn__format(digits, sizeof digits, "%.15g", s[count - 1].argument);
    if (one) CN_TRY(cn__stage_class(j->data, s[1].text ? s[1].text : digits, &class));
    if (scope->checking) return most || end == 2 || end == 3 ? word(out, "") : number(out, 1);
    if (!cn__job_has_run(j) || !j->outcome.prediction.data) return missing(out);
    cn_class_report *k =
        cn__class_report_new(&j->data->test_labels, &j->outcome.prediction, j->data->classes, j->threshold);
    if (!k) return cn_error_status();
    int which = s[0].name[0] == 'p' ? 0 : s[0].name[0] == 'r' ? 1 : 2;
    const double *each[] = {k->precision, k->recall, k->f1};
    if (most) *out = (cn__quantity){.kind = CN_QUANTITY_TEXT, .text = worst_pair(scope, j, k)};
    else if (end < ENDS) (void)!end_of_classes(scope, j, k, each[which], end, out);
    else
        (void)number(out, errors     ? round((1 - k->accuracy) * (double)k->samples)
                          : macro    ? k->macro[which]
                          : weighted ? k->weighted[which]
                                     : each[which][class]);
    cn_class_report_free(k);
    return CN_OK;
}

enum { SPREAD_ENDS = 5 };
static const char *const spread_ends[SPREAD_ENDS] = {"mean", "deviation", "median", "min", "max"};

static cn_status repeated(const cn__scope *scope, const cn__lab_model *m, const cn__segment *s, size_t count,
                          cn__quantity *out)
{
    if (!m->repeats) return cn__fail(CN_ERROR_ARGUMENT, "repeat: there is no repeat of %s", m->name);
    bool test = count == 4 && strcmp(s[1].name, "test") == 0;
    const char *name = s[test ? 2 : count > 1 ? 1 : 0].name, *ending = s[count - 1].name;
    size_t which = 0;
    while (which < SPREAD_ENDS && strcmp(spread_ends[which], ending) != 0) which++;
    if ((count != 3 && !test) || which == SPREAD_ENDS)
        return cn__fail(
            CN_ERROR_ARGUMENT,
            "expected repeat.NAME.mean, .deviation, .median, .min or .max, as in repeat.val_accuracy.mean");
    if (!may_have(m->repeats[0], name)) return fail_curve(m->repeats[0], name);
    if (scope->checking) return number(out, 1);
    double v[CN__REPEATS];
    const size_t n = cn__repeat_values(m, name, test, SIZE_MAX, v);
    if (n < m->repeat_count) return missing(out);
    if (which >= 3) return number(out, cn__values_extreme(v, n, which == 4, NULL));
    const cn__spread spread = cn__spread_of(v, n);
    return number(out, which == 0 ? spread.mean : which == 1 ? spread.deviation : spread.median);
}

static bool is_ensemble_of(const cn__lab_step *step, const cn__lab_model *const *models, size_t count)
{
    if (step->mistake || !step->statement.kind || step->statement.kind->verb != CN_VERB_ENSEMBLE)
        return false;
    if (step->statement.name_count != count || step->job_count != count) return false;
    for (size_t i = 0; i < count; i++)
        if (step->models[i] != models[i]) return false;
    return true;
}

static const cn__lab_step *ensemble_of(const cn__program *p, const cn__lab_model *const *models, size_t count)
{
    for (size_t k = 0; k < p->document.count; k++)
        for (size_t i = 0; i < p->parts[k].count; i++)
            if (is_ensemble_of(&p->parts[k].steps[i], models, count)) return &p->parts[k].steps[i];
    return NULL;
}

cn_status cn__scope_ensemble(const cn__scope *scope, const cn__lab_model *const *models, size_t count,
                             const cn__segment *s, size_t depth, cn__quantity *out)
{
    const bool vote = depth == 1 && strcmp(s->name, "vote") == 0;
    if (!vote && (depth != 1 || strcmp(s->name, "mean") != 0))
        return cn__fail(CN_ERROR_ARGUMENT, "expected ensemble(a, b, c).vote or .mean");
    const cn__lab_step *step = ensemble_of(scope->program, models, count);
    if (!step)
        return cn__fail(CN_ERROR_ARGUMENT,
                        "ensemble: no statement puts these together in this order; expected for example: "
                        "ensemble %s, %s",
                        models[0]->name, count > 1 ? models[1]->name : "b");
    if (scope->checking) return number(out, 1);
    double accuracy;
    CN_TRY(cn__ensemble_accuracy(scope->arena, step, vote, &accuracy));
    return number(out, accuracy);
}

static cn_status crossvalidated(const cn__scope *scope, const cn__lab_model *m, const cn__segment *s,
                                size_t count, cn__quantity *out)
{
    if (!m->folds)
        return cn__fail(CN_ERROR_ARGUMENT, "crossvalidate: there is no crossvalidate of %s", m->name);
    const char *ending = s[count - 1].name;
    if (count != 3 || (strcmp(ending, "mean") != 0 && strcmp(ending, "deviation") != 0))
        return cn__fail(CN_ERROR_ARGUMENT,
                        "expected crossvalidate.NAME.mean or .deviation, as in crossvalidate.accuracy.mean");
    if (!may_have(m->folds[0], s[1].name)) return fail_curve(m->folds[0], s[1].name);
    if (scope->checking) return number(out, 1);
    double sum = 0, squares = 0, n = (double)m->fold_count;
    for (int pass = 0; pass < 2; pass++)
        for (size_t i = 0; i < m->fold_count; i++) {
            const cn__job *j = m->folds[i];
            const double *v = cn__job_has_run(j) ? cn__curves_find(&j->outcome.test, s[1].name) : NULL;
            if (!v) return missing(out);
            if (pass) squares += (v[0] - sum / n) * (v[0] - sum / n);
            else sum += v[0];
        }
    return measured(out, s[1].name, *ending == 'm' ? sum / n : n > 1 ? sqrt(squares / (n - 1)) : 0);
}

static double total_seconds(const cn__job *j)
{
    double sum = 0;
    for (size_t i = 0; cn__job_has_run(j) && i < j->outcome.history.epochs; i++) sum += j->outcome.seconds[i];
    return sum;
}

/* (1 - last / first) / (epochs - 1): the mean fall of loss / first loss. */
static double convergence(const cn__job *j)
{
    const double *loss = cn__job_has_run(j) ? cn__curves_find(&j->outcome.history, "loss") : NULL;
    size_t n = j->outcome.history.epochs;
    return loss && n > 1 ? (1 - loss[n - 1] / loss[0]) / (double)(n - 1) : (double)NAN;
}

static const char *error_of(const cn__scope *scope, const cn__lab_model *m)
{
    for (size_t i = 0; i < scope->program->document.count; i++) {
        const cn__lab_part *part = &scope->program->parts[i];
        for (size_t s = 0; s < part->count; s++)
            for (size_t k = 0; k < part->steps[s].statement.name_count; k++)
                if (part->steps[s].mistake && strcmp(part->steps[s].statement.names[k], m->name) == 0)
                    return part->steps[s].mistake;
    }
    for (const cn__job *j = m->all; j; j = j->earlier)
        if (j->may_fail) return j->outcome.error ? j->outcome.error : "";
    return NULL;
}

/* Members that need no training; false when it is none of them. */
static bool plain_member(const cn__lab_model *m, const cn__segment *s, size_t count, cn__quantity *out)
{
    if (count != 1) return false;
    if (strcmp(s->name, "title") == 0) return word(out, m->title) == CN_OK;
    if (strcmp(s->name, "name") == 0) return word(out, m->name) == CN_OK;
    if (strcmp(s->name, "parameters") == 0)
        return number(out, m->broken ? (double)NAN : (double)cn__lab_parameters(m)) == CN_OK;
    if (strcmp(s->name, "mflops") == 0)
        return number(out, m->broken ? (double)NAN : cn__lab_flops(m) / (1024.0 * 1024.0)) == CN_OK;
    return false;
}

static cn_status trained_member(const cn__scope *scope, const cn__job *j, const cn__segment *s,
                                cn__quantity *out, bool *known)
{
    bool run = cn__job_has_run(j);
    *known = true;
    if (strcmp(s->name, "epochs") == 0)
        return scope->checking ? number(out, 1)
               : run           ? number(out, (double)j->outcome.history.epochs)
                               : missing(out);
    if (strcmp(s->name, "seconds") == 0)
        return scope->checking ? number(out, 1) : run ? number(out, total_seconds(j)) : missing(out);
    if (strcmp(s->name, "stopped") == 0)
        return word(out, run ? cn__words_stop(scope->arena, (cn__language)scope->program->language,
                                              &j->outcome.stop, j->outcome.stopped)
                             : "");
    if (strcmp(s->name, "convergence") == 0) return number(out, scope->checking ? 1 : convergence(j));
    *known = false;
    return CN_OK;
}

/* Why it is not trained. */
static bool was_reported(const cn__scope *scope, const cn__lab_model *m)
{
    return scope->checking && (m->lost || m->broken);
}

static bool is_of_classes(const cn__segment *s)
{
    static const char *const names[] = {"confusion", "precision", "recall", "f1"};
    for (int i = 0; i < 4; i++)
        if (strcmp(s->name, names[i]) == 0) return true;
    return false;
}

static bool has_classes(const cn__binding *b, size_t output)
{
    return b->targets[output] && b->targets[output]->stage->task == CN_TASK_CLASSES;
}

/* The job as of its only output with classes; NULL: there are several, or none. */
static const cn__job *only_classes(cn__arena *arena, const cn__job *j)
{
    size_t found = 0, at = 0;
    for (size_t o = 0; o < j->binding->outputs; o++)
        if (has_classes(j->binding, o)) found++, at = o;
    return found == 1 ? cn__output_job(arena, j, at) : NULL;
}

static const cn__job *job_of_output(cn__arena *arena, const cn__job *j, const char *name)
{
    for (size_t o = 0; o < j->binding->outputs; o++)
        if (strcmp(j->binding->names[o], name) == 0 && has_classes(j->binding, o))
            return cn__output_job(arena, j, o);
    return NULL;
}

cn_status cn__scope_model(const cn__scope *scope, const cn__lab_model *m, const cn__segment *s, size_t count,
                          cn__quantity *out)
{
    if (!count)
        return cn__fail(CN_ERROR_ARGUMENT, "%s is a model; expected a member, as in %s.title", m->name,
                        m->name);
    if (plain_member(m, s, count, out)) return CN_OK;
    if (count == 1 && strcmp(s->name, "error") == 0) {
        const char *text = error_of(scope, m);
        return text ? word(out, text)
                    : cn__fail(CN_ERROR_ARGUMENT, "error: no block that expects one fits %s", m->name);
    }
    const cn__job *j = cn__job_at(m, scope->part);
    if (!j && was_reported(scope, m)) return missing(out);
    if (!j) return cn__fail(CN_ERROR_ARGUMENT, "%s: model '%s' is never trained", s->name, m->name);
    bool known = false;
    if (count == 1) {
        cn_status status = trained_member(scope, j, s, out, &known);
        if (known) return status;
    }
    if (strcmp(s->name, "difference") == 0) return difference(scope, j, s, count, out);
    if (strcmp(s->name, "test") == 0) return tested(scope, j, s, count, out);
    if (strcmp(s->name, "repeat") == 0) return repeated(scope, m, s, count, out);
    if (strcmp(s->name, "crossvalidate") == 0) return crossvalidated(scope, m, s, count, out);
    if (is_of_classes(s) && !may_have(j, s->name)) {
        if (j->binding && !(j = only_classes(scope->arena, j)))
            return cn__fail(CN_ERROR_ARGUMENT, "%s: of which output? Expected %s.OUTPUT.%s", s->name, m->name,
                            s->name);
        return classified(scope, j, s, count, out);
    }
    if (j->binding && count > 1 && is_of_classes(s + 1)) {
        const cn__job *one = job_of_output(scope->arena, j, s->name);
        return one ? classified(scope, one, s + 1, count - 1, out)
                   : cn__fail_word(CN_ERROR_ARGUMENT, "output", s->name, j->binding->names,
                                   j->binding->outputs);
    }
    return curve(scope, j, s, count, out);
}

/* ---- best and worst --------------------------------------------------------------------------------------------------------- */

cn_status cn__scope_choose(const cn__scope *scope, const cn__lab_model *const *models, size_t count,
                           const char *by, bool best, const cn__lab_model **out)
{
    bool more = cn__more_is_better(by) == best;
    double found = 0;
    *out = models[0];
    for (size_t i = 0, seen = 0; i < count; i++) {
        const cn__job *j = cn__job_at(models[i], scope->part);
        if (!j && was_reported(scope, models[i])) continue;
        if (!j) return cn__fail(CN_ERROR_ARGUMENT, "model '%s' is never trained", models[i]->name);
        bool test = strncmp(by, "test_", 5) == 0 && j->wants_test && may_have(j, by + 5);
        if (!test && !may_have(j, by)) return fail_curve(j, by);
        const double *v = scope->checking || !cn__job_has_run(j) ? NULL
                          : test                                 ? cn__curves_find(&j->outcome.test, by + 5)
                                                                 : cn__curves_find(&j->outcome.history, by);
        if (!scope->checking && !models[i]->wanted) *out = NULL; /* it might have been the one */
        if (!v || !*out) continue;
        double value = v[test ? 0 : j->outcome.history.epochs - 1];
        if (!seen++ || (more ? value > found : value < found)) found = value, *out = models[i];
    }
    return CN_OK;
}

/* ---- data and lab -------------------------------------------------------------------------------------------------------------- */

/* What stands above the place, or else the first below. */
static const cn__stage *stage_at(const cn__program *p, size_t part)
{
    while (!p->parts[part].stage && part + 1 < p->document.count) part++;
    return p->parts[part].stage;
}

cn_status cn__scope_data(const cn__scope *scope, const cn__segment *s, size_t count, cn__quantity *out)
{
    static const char *const known[] = {"name", "train", "test", "classes", "features", "target"};
    const cn__stage *stage = stage_at(scope->program, scope->part);
    if (count != 1)
        return cn__fail(CN_ERROR_ARGUMENT,
                        "expected data.name, data.train, data.test, data.classes or data.features");
    if (!stage) return cn__fail(CN_ERROR_ARGUMENT, "data: there is no data set");
    size_t which = 0;
    while (which < 6 && strcmp(s->name, known[which]) != 0) which++;
    switch (which) {
    case 0: return word(out, stage->name);
    case 1: return number(out, (double)stage->x.shape[0]);
    case 2: return number(out, (double)stage->test_x.shape[0]);
    case 3: return number(out, (double)stage->classes);
    case 4: return number(out, (double)cn_array_sample_size(&stage->x));
    case 5: return word(out, stage->targets ? cn__target_text(scope->arena, stage) : NULL);
    default: return cn__fail_word(CN_ERROR_ARGUMENT, "member of data", s->name, known, 6);
    }
}

cn_status cn__scope_lab(const cn__scope *scope, const cn__segment *s, size_t count, cn__quantity *out)
{
    static const char *const known[] = {"seconds", "seed", "networks"};
    const cn__program *p = scope->program;
    if (count != 1) return cn__fail(CN_ERROR_ARGUMENT, "expected lab.seconds, lab.seed or lab.networks");
    double seconds = 0;
    size_t networks = 0;
    for (size_t i = 0; i < p->job_count; i++) seconds += total_seconds(p->jobs[i]);
    for (size_t i = 0; i < p->model_count; i++) networks += p->models[i]->all != NULL;
    if (strcmp(s->name, known[0]) == 0) return number(out, seconds);
    if (strcmp(s->name, known[1]) == 0) return number(out, (double)p->seed);
    if (strcmp(s->name, known[2]) == 0) return number(out, (double)networks);
    return cn__fail_word(CN_ERROR_ARGUMENT, "member of lab", s->name, known, 3);
}
