/* Members over several trainings: of repeat, crossvalidate and ensemble. */
#include <math.h>
#include <string.h>

#include "lab/show/expression_members.h"
#include "lab/show/show.h"

enum { SPREAD_ENDS = 5 };
static const char *const spread_ends[SPREAD_ENDS] = {"mean", "deviation", "median", "min", "max"};

cn_status cn__member_repeat(const cn__scope *scope, const cn__lab_model *m, const cn__segment *s,
                            size_t count, cn__lab_value *out)
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
    if (!cn__member_exists(m->repeats[0], name)) return cn__member_fail(m->repeats[0], name);
    if (scope->checking) return cn__lab_number(out, 1);
    double v[CN__REPEATS];
    const size_t n = cn__repeat_values(m, name, test, SIZE_MAX, v);
    if (n < m->repeat_count) return cn__lab_missing(out);
    if (which >= 3) return cn__lab_number(out, cn__values_extreme(v, n, which == 4, NULL));
    const cn__spread spread = cn__spread_of(v, n);
    return cn__lab_number(out, which == 0 ? spread.mean : which == 1 ? spread.deviation : spread.median);
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
                             const cn__segment *s, size_t depth, cn__lab_value *out)
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
    if (scope->checking) return cn__lab_number(out, 1);
    double accuracy;
    CN_TRY(cn__ensemble_accuracy(scope->arena, step, vote, &accuracy));
    return cn__lab_number(out, accuracy);
}

cn_status cn__member_crossvalidate(const cn__scope *scope, const cn__lab_model *m, const cn__segment *s,
                                   size_t count, cn__lab_value *out)
{
    if (!m->folds)
        return cn__fail(CN_ERROR_ARGUMENT, "crossvalidate: there is no crossvalidate of %s", m->name);
    const char *ending = s[count - 1].name;
    if (count != 3 || (strcmp(ending, "mean") != 0 && strcmp(ending, "deviation") != 0))
        return cn__fail(CN_ERROR_ARGUMENT,
                        "expected crossvalidate.NAME.mean or .deviation, as in crossvalidate.accuracy.mean");
    if (!cn__member_exists(m->folds[0], s[1].name)) return cn__member_fail(m->folds[0], s[1].name);
    if (scope->checking) return cn__lab_number(out, 1);
    double sum = 0, squares = 0, n = (double)m->fold_count;
    for (int pass = 0; pass < 2; pass++)
        for (size_t i = 0; i < m->fold_count; i++) {
            const cn__job *j = m->folds[i];
            const double *v = cn__job_has_run(j) ? cn__curves_find(&j->outcome.test, s[1].name) : NULL;
            if (!v) return cn__lab_missing(out);
            if (pass) squares += (v[0] - sum / n) * (v[0] - sum / n);
            else sum += v[0];
        }
    return cn__member_result(out, s[1].name, *ending == 'm' ? sum / n : n > 1 ? sqrt(squares / (n - 1)) : 0);
}
