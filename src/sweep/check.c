/* Trying what a study may ask for before anything is trained. */

#include <math.h>
#include <string.h>

#include "sweep/study.h"
#include "train/train.h"

/* Few samples are as good as all of them, if each part has some and a batch is full. */
static size_t some(const cn_fit_options *o)
{
    const size_t n = (o->x ? o->x : o->inputs[0])->shape[0];
    const double few = (4 * (double)o->batch_size + 16) / (1 - o->validation_split) +
                       (o->validation_split > 0 ? 2 / o->validation_split : 0);
    return few < (double)n ? (size_t)few : n;
}

static const cn_array *cut_array(cn__arena *arena, const cn_array *whole, size_t n)
{
    cn_array *view = whole ? cn__arena_alloc(arena, sizeof *view) : NULL;
    if (view) *view = cn_array_slice(whole, 0, n);
    return view;
}

static cn_status cut_list(cn__arena *arena, const cn_array *const **list, size_t count, size_t n)
{
    const cn_array **views = *list ? cn__arena_array(arena, count, sizeof *views) : NULL;
    if (!*list) return CN_OK;
    if (!views) return CN_ERROR_MEMORY;
    for (size_t i = 0; i < count; i++) views[i] = cut_array(arena, (*list)[i], n);
    *list = views;
    return CN_OK;
}

/* The options with some of the samples alone; the views live in `arena`. */
static cn_status cut_fit(cn__arena *arena, cn_model *m, cn_fit_options *o)
{
    const size_t n = some(o);
    o->model = m;
    o->threads = 1;
    o->x = cut_array(arena, o->x, n), o->y = cut_array(arena, o->y, n);
    CN_TRY(cut_list(arena, &o->inputs, cn_model_input_count(m), n));
    return cut_list(arena, &o->targets, cn_model_output_count(m), n);
}

static cn_status try_point(const cn__study *s, const double *point)
{
    cn__arena arena = {0};
    cn__configuration c;
    cn_status status = cn__template_fill(&s->template_, point, &arena, &c);
    cn_model *m = status == CN_OK ? cn__configuration_model(&c, 0, true) : NULL;
    status = m ? CN_OK : cn_error_status();
    if (m) {
        status = cut_fit(&arena, m, &c.fit);
        if (status == CN_OK) status = cn__fit_check(&c.fit);
    }
    cn_model_free(m);
    cn__arena_free(&arena);
    return status;
}

/* The point in the middle with one dimension at `u`; false where that dimension's condition does not hold there. */
static bool point_with(const cn__study *s, size_t dimension, double u, double *point)
{
    for (size_t i = 0; i < s->space.count; i++) {
        const cn__dimension *d = &s->space.dimensions[i];
        bool active = cn__space_active(&s->space, point, i);
        point[i] = active ? cn__dimension_at(d, i == dimension ? u : 0.5) : (double)NAN;
    }
    return !isnan(point[dimension]);
}

/* Under a condition that does not hold in the middle: the conditions' own first values, one level deep. */
static bool point_under(const cn__study *s, size_t dimension, double u, double *point)
{
    const cn__dimension *d = &s->space.dimensions[dimension];
    if (point_with(s, dimension, u, point)) return true;
    for (size_t k = 0; k < d->condition_count; k++) {
        const cn__dimension *on = &s->space.dimensions[d->conditions[k].dimension];
        for (size_t level = 0; level < (on->levels ? on->levels : 2); level++) {
            double at = ((double)level + 0.5) / (double)(on->levels ? on->levels : 2);
            for (size_t i = 0; i < s->space.count; i++) {
                bool active = cn__space_active(&s->space, point, i);
                double where = i == dimension ? u : i == d->conditions[k].dimension ? at : 0.5;
                point[i] = active ? cn__dimension_at(&s->space.dimensions[i], where) : (double)NAN;
            }
            if (!isnan(point[dimension])) return true;
        }
    }
    return false;
}

/* What is tried of a dimension: each of its choices, or both ends. */
static size_t tries_of(const cn__dimension *d) { return d->kind == CN_DIMENSION_CHOICE ? d->levels : 2; }

static double try_at(const cn__dimension *d, size_t i)
{
    if (d->kind == CN_DIMENSION_CHOICE) return ((double)i + 0.5) / (double)d->levels;
    return i ? 0x1.fffffffffffffp-1 : 0;
}

/* Does the point pass with another value of one dimension? */
static bool passes_with(const cn__study *s, const double *point, size_t dimension)
{
    double other[CN_MAX_DIMENSIONS];
    for (size_t t = 0; t < tries_of(&s->space.dimensions[dimension]); t++) {
        for (size_t i = 0; i < s->space.count; i++) {
            const cn__dimension *d = &s->space.dimensions[i];
            const double value = i == dimension    ? cn__dimension_at(d, try_at(d, t))
                                 : isnan(point[i]) ? cn__dimension_at(d, 0.5)
                                                   : point[i];
            other[i] = cn__space_active(&s->space, other, i) ? value : (double)NAN;
        }
        if (try_point(s, other) == CN_OK) return true;
    }
    return false;
}

/* The dimension that makes a point fail: the one that is being tried, or, if no value of that one helps, one of the others, which stand
 * in their middle. The count of dimensions: it is not known. */
static size_t find_culprit(const cn__study *s, size_t tried, const double *point)
{
    if (s->space.count == 1 || passes_with(s, point, tried)) return tried;
    size_t i = 0;
    while (i < s->space.count && (isnan(point[i]) || !passes_with(s, point, i))) i++;
    return i;
}

/* Fails with the mistake of a point, behind the name and the value of the dimension that makes it. */
static cn_status fail_point(const cn__study *s, size_t tried, const double *point)
{
    const size_t culprit = find_culprit(s, tried, point);
    const cn_status status = try_point(s, point);
    if (status == CN_OK || culprit == s->space.count) return status;
    const cn__dimension *d = &s->space.dimensions[culprit];
    const size_t size = strlen(d->name);
    if (strncmp(cn_error(), d->name, size) == 0 && cn_error()[size] == ':') return status;
    const cn__value value = cn__dimension_value(d, point[culprit]);
    cn__arena arena = {0};
    const char *text = cn__value_text(&arena, &value);
    (void)cn__fail_in("%s = %s", d->name, text ? text : "?");
    cn__arena_free(&arena);
    return status;
}

static cn_status try_dimension(const cn__study *s, size_t dimension)
{
    const cn__dimension *d = &s->space.dimensions[dimension];
    double point[CN_MAX_DIMENSIONS];
    for (size_t i = 0; i < tries_of(d); i++) {
        if (!point_under(s, dimension, try_at(d, i), point)) return CN_OK;
        if (try_point(s, point) != CN_OK) return fail_point(s, dimension, point);
    }
    return CN_OK;
}

/* ---- names ----------------------------------------------------------------------------------------------------------- */

static cn_status check_goal(const cn_history *h, const cn__goal *goal)
{
    const char *names[CN_MAX_DIMENSIONS];
    size_t n = 0;
    if (goal->source != CN_GOAL_HISTORY || cn_history_get(h, goal->name)) return CN_OK;
    for (; n < cn_history_count(h) && n < CN_MAX_DIMENSIONS; n++) names[n] = cn_history_name(h, n);
    (void)cn__fail_word(CN_ERROR_ARGUMENT, "objective", goal->name, names, n);
    if (strncmp(goal->name, "val_", 4) == 0 && !cn_history_get(h, "val_loss"))
        return cn__fail(CN_ERROR_ARGUMENT,
                        "objective %s: there is no validation; expected validation_split=0.2, for example",
                        goal->name);
    return cn_error_status();
}

/* One epoch of one batch. */
static cn_status check_goals(const cn__study *s)
{
    cn_model *m = cn__configuration_model(&s->base, 0, true);
    if (!m) return cn_error_status();
    cn__arena arena = {0};
    cn_fit_options o = s->base.fit;
    o.batch_size = 0;
    cn_status status = cut_fit(&arena, m, &o);
    o.epochs = o.validation_freq = 1, o.initial_epoch = 0;
    o.validation_batch_size = 0, o.verbose = 0;
    o.callbacks = NULL;
    cn_history *h = status == CN_OK ? cn_model_fit_with(&o) : NULL;
    status = h ? CN_OK : cn_error_status();
    for (size_t i = 0; status == CN_OK && i < s->goal_count; i++) status = check_goal(h, &s->goals[i]);
    cn_history_free(h);
    cn__arena_free(&arena);
    cn_model_free(m);
    return status;
}

cn_status cn__study_check(const cn__study *s)
{
    CN_TRY(check_goals(s));
    for (size_t i = 0; i < s->space.count; i++) CN_TRY(try_dimension(s, i));
    return CN_OK;
}
