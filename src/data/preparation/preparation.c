/* A preparation as a whole: its features, its making and what it says of itself. */
#include "data/preparation/preparation.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "data/data.h"

enum { MOST_FEATURES = 100000 };

/* ---- the whole -------------------------------------------------------------------------------------------------------------- */

static const char *feature_name(cn_preparation *p, const cn__input *in, size_t k)
{
    bool number = cn__input_is_number(in);
    const char *label = cn__input_label(&p->arena, in);
    if (!label || (number && k == 0)) return label;
    if (k == (number ? 1 : in->count)) return cn__arena_format(&p->arena, "%s missing", in->name);
    if (in->form == CN_FORM_BINS) return cn__arena_format(&p->arena, "%s bin %zu", in->name, k + 1);
    return cn__arena_format(&p->arena, in->form == CN_FORM_TEXT ? "%s:%s" : "%s=%s", in->name, in->words[k]);
}

cn_status cn__preparation_finish(cn_preparation *p)
{
    p->features = 0;
    for (size_t i = 0; i < p->input_count; i++) {
        p->inputs[i].at = p->features;
        p->features += cn__input_width(&p->inputs[i]);
        if (p->features > MOST_FEATURES)
            return cn__fail(CN_ERROR_DATA, "the columns make more than %d features", MOST_FEATURES);
    }
    p->feature_names = cn__arena_array(&p->arena, p->features + 1, sizeof *p->feature_names);
    if (!p->feature_names) return CN_ERROR_MEMORY;
    for (size_t i = 0, at = 0; i < p->input_count; i++) {
        const cn__input *in = &p->inputs[i];
        for (size_t k = 0; k < cn__input_width(in); k++, at++)
            if (!(p->feature_names[at] = feature_name(p, in, k))) return CN_ERROR_MEMORY;
    }
    return CN_OK;
}

cn_preparation *cn_preparation_new(const cn_table *t, const cn_preparation_options *options)
{
    static const cn_preparation_options none = {0};
    const cn_preparation_options *o = options ? options : &none;
    cn_preparation *p = cn__calloc(1, sizeof *p);
    if (!p) return NULL;
    cn_status status = cn__fill_read(o->missing, &p->fill, &p->fill_number);
    if (status == CN_OK && o->missing_indicator && p->fill <= CN_FILL_DROP)
        status = cn__fail(CN_ERROR_ARGUMENT,
                          "missing_indicator marks values that are filled; expected missing=mean, median, "
                          "most_frequent or a number beside it");
    if (status == CN_OK) status = cn__scaling_check(o->target_scale);
    if (status == CN_OK && o->target_scale &&
        !(p->target_scale = cn__arena_strdup(&p->arena, o->target_scale)))
        status = CN_ERROR_MEMORY;
    if (status == CN_OK) status = cn__preparation_targets(p, t, o);
    if (status == CN_OK) status = cn__preparation_columns(p, t, o);
    if (status == CN_OK) status = cn__preparation_finish(p);
    if (status == CN_OK) status = cn_preparation_learn(p, t, NULL, 0);
    if (status == CN_OK) return p;
    cn_preparation_free(p);
    return NULL;
}

cn_preparation *cn__preparation_of_images(const cn_dataset *d)
{
    cn_preparation *p = cn__calloc(1, sizeof *p);
    if (!p) return NULL;
    p->height = d->train_x.shape[1], p->width = d->train_x.shape[2], p->grey = d->train_x.ndim == 3;
    p->targets = cn__arena_array(&p->arena, 1, sizeof *p->targets);
    const char **names = cn__arena_array(&p->arena, d->classes + 1, sizeof *names);
    bool good = p->targets && names;
    for (size_t i = 0; good && i < d->classes; i++)
        good = (names[i] = cn__arena_strdup(&p->arena, d->class_names[i])) != NULL;
    if (good) {
        p->targets[p->target_count++] = (cn__target){.name = "class", .classes = names, .count = d->classes};
        return p;
    }
    cn_preparation_free(p);
    return NULL;
}

void cn_preparation_free(cn_preparation *p)
{
    if (!p) return;
    cn__text_free(&p->notes);
    cn__arena_free(&p->arena);
    cn__free(p);
}

size_t cn_preparation_features(const cn_preparation *p) { return p->features; }
const char *cn_preparation_feature(const cn_preparation *p, size_t i) { return p->feature_names[i]; }
size_t cn_preparation_targets(const cn_preparation *p) { return p->target_count; }
const char *cn_preparation_target(const cn_preparation *p, size_t i) { return p->targets[i].name; }
size_t cn_preparation_classes(const cn_preparation *p)
{
    return p->target_count == 1 ? p->targets[0].count : 0;
}
const char *cn_preparation_class(const cn_preparation *p, size_t i) { return p->targets[0].classes[i]; }
const char *cn_preparation_notes(const cn_preparation *p) { return p->notes.data ? p->notes.data : ""; }
