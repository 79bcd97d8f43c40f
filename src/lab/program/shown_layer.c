/* Which layer "plot kernels", "plot activations" and "plot gradcam" show. */
#include <string.h>

#include "lab/program/program.h"
#include "model/model.h"

enum { MOST_NAMES = 500 };

static bool has_kernels(const cn_tensor *t)
{
    const cn__layer *layer = t->layer->layer;
    return layer->variables && layer->variable[0].ndim == 4;
}

static bool gives_images(const cn_tensor *t) { return t->inputs && t->shape.rank == 3; }

static bool can_be_shown(const cn_tensor *t, cn__verb verb)
{
    if (!t->layer) return false;
    return verb == CN_VERB_PLOT_KERNELS ? has_kernels(t) : gives_images(t);
}

static cn_status fail_kind(const cn_tensor *t, cn__verb verb)
{
    char shape[120];
    if (verb == CN_VERB_PLOT_KERNELS)
        return cn__fail(CN_ERROR_ARGUMENT, "layer %s (%s) has no kernels of two dimensions",
                        t->layer->layer->name, t->layer->layer->kind->class_name);
    return cn__fail(CN_ERROR_ARGUMENT, "layer %s gives %s, expected images (height, width, channels)",
                    t->layer->layer->name, cn__shape_text(&t->shape, shape, sizeof shape));
}

static cn_status find_named(const cn_model *m, const char *wanted, cn__verb verb, const char **name)
{
    const char *names[MOST_NAMES];
    size_t count = 0;
    for (size_t i = 0; i < m->tensor_count; i++) {
        const cn_tensor *t = m->tensors[i];
        if (!t->layer) continue;
        *name = t->layer->layer->name;
        if (strcmp(*name, wanted) == 0) return can_be_shown(t, verb) ? CN_OK : fail_kind(t, verb);
        if (count < MOST_NAMES) names[count++] = *name;
    }
    return cn__fail_word(CN_ERROR_ARGUMENT, "layer", wanted, names, count);
}

/* Grad-CAM is of the last convolution, or of the last layer that still knows of places; kernels and maps are those of the first. */
cn_status cn__find_shown_layer(const cn_model *m, const cn__statement *s, const char **name)
{
    const cn__verb verb = s->kind->verb;
    bool convolves = false;
    *name = NULL;
    if (s->arguments.layer) return find_named(m, s->arguments.layer, verb, name);
    for (size_t i = 0; i < m->tensor_count; i++) {
        const cn_tensor *t = m->tensors[i];
        if (!can_be_shown(t, verb) || (convolves && !has_kernels(t))) continue;
        *name = t->layer->layer->name;
        convolves = has_kernels(t);
        if (verb != CN_VERB_PLOT_GRADCAM) return CN_OK;
    }
    if (*name) return CN_OK;
    return cn__fail(CN_ERROR_ARGUMENT, "no layer %s",
                    verb == CN_VERB_PLOT_KERNELS ? "has kernels of two dimensions"
                                                 : "gives images (height, width, channels)");
}

cn_status cn__shown_kernel(const cn_model *m, const char *layer, cn_array *out)
{
    size_t i = 0;
    while (i < m->variable_count &&
           (strcmp(m->variables[i]->layer->name, layer) != 0 || m->variables[i]->ndim != 4))
        i++;
    return cn_model_get_weight(m, i, out);
}
