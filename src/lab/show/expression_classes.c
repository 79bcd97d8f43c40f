/* Members of a report by classes: precision, recall, f1, confusion. */
#include <math.h>
#include <string.h>

#include "lab/show/expression_members.h"
#include "train/class_report.h"

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
                                const double *each, size_t which, cn__lab_value *out)
{
    size_t at = k->classes;
    for (size_t i = 0; i < k->classes; i++)
        if (k->support[i] && (at == k->classes || (which % 2 ? each[i] > each[at] : each[i] < each[at])))
            at = i;
    if (at == k->classes) return cn__lab_missing(out);
    return which < 2 ? cn__lab_number(out, each[at])
                     : cn__lab_text(out, cn__arena_strdup(scope->arena, j->data->class_names[at]));
}

static cn_status classified(const cn__scope *scope, const cn__job *j, const cn__segment *s, size_t count,
                            cn__lab_value *out)
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
    if (scope->checking) return most || end == 2 || end == 3 ? cn__lab_text(out, "") : cn__lab_number(out, 1);
    if (!cn__job_has_run(j) || !j->outcome.prediction.data) return cn__lab_missing(out);
    cn_class_report *k =
        cn__class_report_new(&j->data->test_labels, &j->outcome.prediction, j->data->classes, j->threshold);
    if (!k) return cn_error_status();
    int which = s[0].name[0] == 'p' ? 0 : s[0].name[0] == 'r' ? 1 : 2;
    const double *each[] = {k->precision, k->recall, k->f1};
    if (most) *out = (cn__lab_value){.kind = CN_LAB_TEXT, .text = worst_pair(scope, j, k)};
    else if (end < ENDS) (void)!end_of_classes(scope, j, k, each[which], end, out);
    else
        (void)cn__lab_number(out, errors     ? round((1 - k->accuracy) * (double)k->samples)
                                  : macro    ? k->macro[which]
                                  : weighted ? k->weighted[which]
                                             : each[which][class]);
    cn_class_report_free(k);
    return CN_OK;
}

bool cn__is_class_member(const cn__segment *s)
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

cn_status cn__member_classes(const cn__scope *scope, const cn__job *j, const cn__segment *s, size_t count,
                             cn__lab_value *out)
{
    const cn__job *one = j->binding ? only_classes(scope->arena, j) : j;
    return one ? classified(scope, one, s, count, out)
               : cn__fail(CN_ERROR_ARGUMENT, "%s: of which output? Expected %s.OUTPUT.%s", s->name,
                          j->model->name, s->name);
}

cn_status cn__member_output_classes(const cn__scope *scope, const cn__job *j, const cn__segment *s,
                                    size_t count, cn__lab_value *out)
{
    const cn__job *one = job_of_output(scope->arena, j, s->name);
    return one ? classified(scope, one, s + 1, count - 1, out)
               : cn__fail_word(CN_ERROR_ARGUMENT, "output", s->name, j->binding->names, j->binding->outputs);
}
