/* Members of models by name, and the choice of the best model. Each family of members has its own file. */
#include "lab/show/expression_members.h"

#include <math.h>
#include <string.h>

#include "base/text/text.h"
#include "lab/language/catalogue.h"
#include "lab/show/show.h"

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

double cn__job_seconds(const cn__job *j)
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
static bool plain_member(const cn__lab_model *m, const cn__segment *s, size_t count, cn__lab_value *out)
{
    if (count != 1) return false;
    if (strcmp(s->name, "title") == 0) return cn__lab_text(out, m->title) == CN_OK;
    if (strcmp(s->name, "name") == 0) return cn__lab_text(out, m->name) == CN_OK;
    if (strcmp(s->name, "parameters") == 0)
        return cn__lab_number(out, m->broken ? (double)NAN : (double)cn__lab_parameters(m)) == CN_OK;
    if (strcmp(s->name, "mflops") == 0)
        return cn__lab_number(out, m->broken ? (double)NAN : cn__lab_flops(m) / (1024.0 * 1024.0)) == CN_OK;
    return false;
}

static cn_status trained_member(const cn__scope *scope, const cn__job *j, const cn__segment *s,
                                cn__lab_value *out, bool *known)
{
    bool run = cn__job_has_run(j);
    *known = true;
    if (strcmp(s->name, "epochs") == 0)
        return scope->checking ? cn__lab_number(out, 1)
               : run           ? cn__lab_number(out, (double)j->outcome.history.epochs)
                               : cn__lab_missing(out);
    if (strcmp(s->name, "seconds") == 0)
        return scope->checking ? cn__lab_number(out, 1)
               : run           ? cn__lab_number(out, cn__job_seconds(j))
                               : cn__lab_missing(out);
    if (strcmp(s->name, "stopped") == 0)
        return cn__lab_text(out,
                            run ? cn__catalogue_stop(scope->arena, (cn__language)scope->program->language,
                                                     &j->outcome.stop, j->outcome.stopped)
                                : "");
    if (strcmp(s->name, "convergence") == 0) return cn__lab_number(out, scope->checking ? 1 : convergence(j));
    *known = false;
    return CN_OK;
}

/* Why it is not trained. */
static bool was_reported(const cn__scope *scope, const cn__lab_model *m)
{
    return scope->checking && (m->lost || m->broken);
}

cn_status cn__scope_model(const cn__scope *scope, const cn__lab_model *m, const cn__segment *s, size_t count,
                          cn__lab_value *out)
{
    if (!count)
        return cn__fail(CN_ERROR_ARGUMENT, "%s is a model; expected a member, as in %s.title", m->name,
                        m->name);
    if (plain_member(m, s, count, out)) return CN_OK;
    if (count == 1 && strcmp(s->name, "error") == 0) {
        const char *text = error_of(scope, m);
        return text ? cn__lab_text(out, text)
                    : cn__fail(CN_ERROR_ARGUMENT, "error: no block that expects one fits %s", m->name);
    }
    const cn__job *j = cn__job_at(m, scope->part);
    if (!j && was_reported(scope, m)) return cn__lab_missing(out);
    if (!j) return cn__fail(CN_ERROR_ARGUMENT, "%s: model '%s' is never trained", s->name, m->name);
    bool known = false;
    if (count == 1) {
        cn_status status = trained_member(scope, j, s, out, &known);
        if (known) return status;
    }
    if (strcmp(s->name, "difference") == 0) return cn__member_difference(scope, j, s, count, out);
    if (strcmp(s->name, "test") == 0) return cn__member_test(scope, j, s, count, out);
    if (strcmp(s->name, "repeat") == 0) return cn__member_repeat(scope, m, s, count, out);
    if (strcmp(s->name, "crossvalidate") == 0) return cn__member_crossvalidate(scope, m, s, count, out);
    if (cn__is_class_member(s) && !cn__member_exists(j, s->name))
        return cn__member_classes(scope, j, s, count, out);
    if (j->binding && count > 1 && cn__is_class_member(s + 1))
        return cn__member_output_classes(scope, j, s, count, out);
    return cn__member_curve(scope, j, s, count, out);
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
        bool test = strncmp(by, "test_", 5) == 0 && j->wants_test && cn__member_exists(j, by + 5);
        if (!test && !cn__member_exists(j, by)) return cn__member_fail(j, by);
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
