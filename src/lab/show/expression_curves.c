/* Members of a fit: a curve by epochs, the distance of two, what evaluate came to. */
#include <math.h>
#include <string.h>

#include "lab/show/expression_members.h"
#include "lab/show/show.h"

cn_status cn__member_result(cn__lab_value *out, const char *name, double value)
{
    CN_TRY(cn__lab_number(out, value));
    if (isnan(value) && strncmp(name, "val_", 4) != 0) out->kind = CN_LAB_NUMBER;
    return CN_OK;
}

static const char *const endings[] = {"first", "last", "min", "max", "mean", "best", "best_epoch", "epoch"};
enum { ENDINGS = sizeof endings / sizeof endings[0] };

/* values(n) reduced as the segment says. */
static cn_status reduce(const cn__segment *s, const char *name, const double *v, size_t n, size_t first_epoch,
                        cn__lab_value *out)
{
    size_t at = 0, which = 0;
    while (which < ENDINGS && strcmp(endings[which], s->name) != 0) which++;
    if (which == ENDINGS) return cn__fail_word(CN_ERROR_ARGUMENT, "ending", s->name, endings, ENDINGS);
    if (s->has_argument != (which == 7))
        return cn__fail(CN_ERROR_ARGUMENT,
                        which == 7 ? "epoch takes the number of an epoch: epoch(3)" : "%s takes no number",
                        s->name);
    if (!v || !n) return cn__lab_missing(out);
    bool more = cn__more_is_better(name);
    double k = s->argument - (double)first_epoch;
    switch (which) {
    case 0: return cn__member_result(out, name, v[0]);
    case 1: return cn__member_result(out, name, v[n - 1]);
    case 2: return cn__member_result(out, name, cn__values_extreme(v, n, false, NULL));
    case 3: return cn__member_result(out, name, cn__values_extreme(v, n, true, NULL));
    case 4: return cn__member_result(out, name, cn__values_mean(v, n));
    case 5: return cn__member_result(out, name, cn__values_extreme(v, n, more, NULL));
    case 6:
        if (isnan(cn__values_extreme(v, n, more, &at))) return cn__lab_missing(out);
        return cn__lab_number(out, (double)(at + first_epoch));
    default:
        if (!(k >= 0 && k < (double)n)) return cn__lab_missing(out);
        return cn__member_result(out, name, v[(size_t)k]);
    }
}

cn_status cn__member_fail(const cn__job *j, const char *name)
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

bool cn__member_exists(const cn__job *j, const char *name)
{
    return cn__curves_find(&j->expected, name) || (j->callbacks && strcmp(name, "learning_rate") == 0);
}

cn_status cn__member_curve(const cn__scope *scope, const cn__job *j, const cn__segment *s, size_t count,
                           cn__lab_value *out)
{
    if (!cn__member_exists(j, s[0].name)) return cn__member_fail(j, s[0].name);
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

cn_status cn__member_difference(const cn__scope *scope, const cn__job *j, const cn__segment *s, size_t count,
                                cn__lab_value *out)
{
    char other[80];
    if (count != 3) return cn__fail(CN_ERROR_ARGUMENT, "expected difference.NAME.last, or another ending");
    cn__format(other, sizeof other, "val_%s", s[1].name);
    if (!cn__member_exists(j, s[1].name)) return cn__member_fail(j, s[1].name);
    if (!cn__member_exists(j, other))
        return cn__fail(CN_ERROR_ARGUMENT, "difference: the fit has no validation");
    double one = 1;
    if (scope->checking) return reduce(&s[2], "loss", &one, 1, 1, out);
    const double *a = cn__job_has_run(j) ? cn__curves_find(&j->outcome.history, s[1].name) : NULL,
                 *b = cn__job_has_run(j) ? cn__curves_find(&j->outcome.history, other) : NULL;
    size_t n = j->outcome.history.epochs;
    if (!a || !b) return cn__lab_missing(out);
    double *d = cn__arena_array(scope->arena, n + 1, sizeof *d);
    if (!d) return CN_ERROR_MEMORY;
    for (size_t i = 0; i < n; i++) d[i] = fabs(a[i] - b[i]);
    return reduce(&s[2], "loss", d, n, (size_t)j->fit.initial_epoch + 1, out);
}

cn_status cn__member_test(const cn__scope *scope, const cn__job *j, const cn__segment *s, size_t count,
                          cn__lab_value *out)
{
    if (!j->wants_test) return cn__fail(CN_ERROR_ARGUMENT, "test: no statement evaluates %s", j->model->name);
    if (count != 2) return cn__fail(CN_ERROR_ARGUMENT, "expected test.NAME, as in test.accuracy");
    if (!cn__member_exists(j, s[1].name)) return cn__member_fail(j, s[1].name);
    if (scope->checking) return cn__lab_number(out, 1);
    const double *v = cn__job_has_run(j) ? cn__curves_find(&j->outcome.test, s[1].name) : NULL;
    return v ? cn__member_result(out, s[1].name, v[0]) : cn__lab_missing(out);
}
