#include "sweep/configuration.h"

#include <string.h>

#include "model/model.h"

static cn__shape shape_of(const cn_array *x)
{
    cn__shape shape = {0};
    for (int i = 1; x && i < x->ndim && shape.rank < CN_MAX_RANK; i++) shape.dim[shape.rank++] = x->shape[i];
    return shape;
}

/* Of a network that names no input. */
static const cn_array *first_input(const cn__configuration *c)
{
    return c->fit.x ? c->fit.x : c->fit.inputs ? c->fit.inputs[0] : NULL;
}

static bool begins_with_input(const char *layers)
{
    static const char word[] = "input";
    layers += strspn(layers, " \t\r\n");
    return strncmp(layers, word, strlen(word)) == 0;
}

static cn_model *make_line(const cn__configuration *c)
{
    const cn__shape shape = shape_of(first_input(c));
    cn_model *m = cn_model_new(c->name);
    cn_status status = m ? CN_OK : cn_error_status();
    if (status == CN_OK && shape.rank && !begins_with_input(c->layers))
        status = cn_model_add(m, cn_input_new(shape.rank, shape.dim));
    if (status == CN_OK) status = cn_model_add_notation(m, c->layers);
    if (status == CN_OK) return m;
    cn_model_free(m);
    return NULL;
}

static cn_model *make_graph(const cn__configuration *c)
{
    int line;
    const cn__shape shape = shape_of(first_input(c));
    cn_model *m = cn__graph_from_notation(c->name, c->layers, shape.rank ? &shape : NULL, &line);
    if (!m && line) (void)cn__fail_in("line %d", line);
    return m;
}

cn_model *cn__configuration_model(const cn__configuration *c, uint64_t seed, bool trial)
{
    cn_model *m = cn__notation_is_graph(c->layers) ? make_graph(c) : make_line(c);
    if (!m) return NULL;
    cn_model_set_seed(m, seed);
    m->skip_initialization = trial;
    if (cn_model_compile(m, .optimizer = c->optimizer, .loss = c->loss, .metrics = c->metrics,
                         .weighted_metrics = c->weighted_metrics, .loss_weights = c->loss_weights,
                         .convolution = c->convolution) == CN_OK &&
        (!c->preparation || cn_preparation_attach(c->preparation, m) == CN_OK))
        return m;
    cn_model_free(m);
    return NULL;
}

void cn__configuration_layers(const cn__configuration *c, cn__text *out)
{
    for (const char *p = c->layers; *(p += strspn(p, " \t\r\n")); p += strcspn(p, "\n")) {
        if (out->size) cn__text_add(out, "; ");
        cn__text_add_bytes(out, p, strcspn(p, "\n"));
    }
}
