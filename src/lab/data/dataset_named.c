/* Arrays with names: which of them a statement speaks of, and a stage of one input and one target of them. */
#include <string.h>

#include "lab/data/dataset_make.h"

enum { MOST_NAMES = 64 };

const cn__named *cn__find_named(const cn__stage *s, const char *name)
{
    for (size_t i = 0; i < s->named_count; i++)
        if (strcmp(s->named[i].name, name) == 0) return &s->named[i];
    return NULL;
}

cn_status cn__fail_named(const cn__stage *s, const char *what, const char *name)
{
    const char *names[MOST_NAMES];
    size_t count = s->named_count < MOST_NAMES ? s->named_count : MOST_NAMES;
    for (size_t i = 0; i < count; i++) names[i] = s->named[i].name;
    return cn__fail_word(CN_ERROR_ARGUMENT, what, name, names, count);
}

static size_t of_count(const cn__value *of) { return !of ? 0 : of->kind == CN_VALUE_LIST ? of->count : 1; }

static const char *of_name(const cn__value *of, size_t i)
{
    return cn__value_name(of->kind == CN_VALUE_LIST ? &of->items[i] : of);
}

static bool is_for_inputs(cn__verb verb)
{
    return verb == CN_VERB_DATASET_NORMALISE || verb == CN_VERB_DATASET_FLATTEN ||
           verb == CN_VERB_DATASET_RESHAPE;
}

bool cn__named_is_chosen(const cn__named *n, const cn__statement *statement)
{
    const cn__value *of = statement->arguments.of;
    for (size_t i = 0; i < of_count(of); i++)
        if (strcmp(of_name(of, i), n->name) == 0) return true;
    if (of) return false;
    return is_for_inputs(statement->kind->verb) ? n->input && !n->target
                                                : n->target && n->stage->task == CN_TASK_CLASSES;
}

static cn_status check_names(const cn__stage *s, const cn__statement *statement)
{
    const cn__value *of = statement->arguments.of;
    for (size_t i = 0; i < of_count(of); i++) {
        const char *name = of_name(of, i);
        if (cn__find_named(s, name)) continue;
        (void)!cn__fail_named(s, "array", name);
        return cn__fail_in("%s", statement->kind->name);
    }
    return CN_OK;
}

cn_status cn__check_of(const cn__stage *s, const cn__statement *statement)
{
    const char *what = statement->kind->name;
    if (!s->named_count && !statement->arguments.of) return CN_OK;
    if (!s->named_count)
        return cn__fail(CN_ERROR_ARGUMENT,
                        "%s: of= is for data whose arrays have names, and %s has one input", what, s->name);
    CN_TRY(check_names(s, statement));
    if (statement->kind->verb < CN_VERB_DATASET_NORMALISE) {
        if (of_count(statement->arguments.of) < 2) return CN_OK;
        return cn__fail(CN_ERROR_ARGUMENT, "%s: it shows one array; expected of=%s, for example", what,
                        of_name(statement->arguments.of, 0));
    }
    for (size_t i = 0; i < s->named_count; i++)
        if (cn__named_is_chosen(&s->named[i], statement)) return CN_OK;
    if (!is_for_inputs(statement->kind->verb))
        return cn__fail(CN_ERROR_DATA, "%s: the targets are numbers, not classes", what);
    return cn__fail(CN_ERROR_ARGUMENT,
                    "%s: which arrays? The file does not say what is an input; expected of=%s", what,
                    s->named[0].name);
}

void cn__stage_view(cn__stage *s, const cn__named *input, const cn__named *target)
{
    const cn__stage *in = input ? input->stage : NULL, *to = target ? target->stage : NULL;
    if (in) {
        s->x = cn__borrow(&in->x), s->test_x = cn__borrow(&in->test_x);
        s->images = cn__borrow(&in->images), s->test_images = cn__borrow(&in->test_images);
        s->how = in->how;
    }
    if (!to) return;
    s->y = cn__borrow(&to->y), s->test_y = cn__borrow(&to->test_y);
    s->labels = cn__borrow(&to->labels), s->test_labels = cn__borrow(&to->test_labels);
    s->targets = &target->name, s->target_count = 1;
    s->task = to->task, s->classes = to->classes, s->class_names = to->class_names;
}

void cn__stage_view_first(cn__stage *s)
{
    const cn__named *input = NULL, *target = NULL;
    for (size_t i = 0; i < s->named_count; i++) {
        const cn__named *n = &s->named[i];
        const bool better = !input || (cn__stage_has_images(n->stage) && !cn__stage_has_images(input->stage));
        if (n->input && better) input = n;
        if (n->target && (!target || target == input)) target = n;
    }
    cn__stage_view(s, input, target);
}
