/* What layers have in common: calling one, its variables, its data format. */
#include "nn/layer.h"

#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "base/text/text.h"
#include "nn/variable.h"

static cn_status check_count(const cn__layer_kind *kind, size_t inputs)
{
    const int least = kind->most_inputs ? kind->least_inputs : 1,
              most = kind->most_inputs ? kind->most_inputs : 1;
    if (inputs >= (size_t)least && inputs <= (size_t)most) return CN_OK;
    if (least == most)
        return cn__fail(CN_ERROR_SHAPE, "it takes %d input%s, got %zu", least, least == 1 ? "" : "s", inputs);
    return cn__fail(CN_ERROR_SHAPE, "it takes %d inputs or more, got %zu", least, inputs);
}

static cn_status check_variables(const cn__layer *layer)
{
    for (int i = 0; i < layer->variables; i++) {
        const cn__variable *v = &layer->variable[i];
        if (v->rows > SIZE_MAX / 64 / (v->cols + CN_PANEL))
            return cn__fail_memory(SIZE_MAX, "a layer's weights");
        CN_TRY(cn__initializer_check(&v->initializer, v->ndim));
        CN_TRY(cn__regularizer_check(&v->regularizer, v->ndim));
        CN_TRY(cn__constraint_check(&v->constraint, v->ndim, v->name));
    }
    return CN_OK;
}

cn_status cn__read_data_format(cn__layer *layer, const cn__value *format)
{
    static const char *const formats[] = {"channels_first", "channels_last"};
    const char *name = format ? cn__value_name(format) : "channels_last";
    if (!name)
        return cn__fail(CN_ERROR_ARGUMENT,
                        "data_format is no name; expected channels_last or channels_first");
    for (size_t i = 0; i < 2; i++)
        if (strcmp(name, formats[i]) == 0) {
            layer->channels_first = i == 0;
            return CN_OK;
        }
    return cn__fail_word(CN_ERROR_ARGUMENT, "data_format", name, formats, 2);
}

cn__shape cn__channels_to_last(const cn__shape *s)
{
    cn__shape out = *s;
    for (int i = 1; i < s->rank; i++) out.dim[i - 1] = s->dim[i];
    if (s->rank) out.dim[s->rank - 1] = s->dim[0];
    return out;
}

cn__shape cn__channels_to_first(const cn__shape *s)
{
    cn__shape out = *s;
    for (int i = 1; i < s->rank; i++) out.dim[i] = s->dim[i - 1];
    if (s->rank) out.dim[0] = s->dim[s->rank - 1];
    return out;
}

/* Declares the variables at the first call, and finds the shape of the output. */
static cn_status call_kind(cn__arena *arena, cn__layer *layer, const cn__shape *in, size_t inputs,
                           cn__shape *out)
{
    const cn__layer_kind *kind = layer->kind;
    assert(inputs > 0 && in[0].rank <= CN_MAX_RANK);
    if (!layer->built) {
        layer->in = in[0];
        layer->variables = 0;
        if (kind->build) CN_TRY(kind->build(arena, layer, in, inputs));
        CN_TRY(check_variables(layer));
    }
    *out = in[0];
    return kind->infer ? kind->infer(layer, in, inputs, out) : CN_OK;
}

/* Kinds with a data format take one input. */
static cn_status call_channels_first(cn__arena *arena, cn__layer *layer, const cn__shape *in, cn__shape *out)
{
    const cn__shape last = cn__channels_to_last(in);
    if (call_kind(arena, layer, &last, 1, out) != CN_OK)
        return cn__fail_in("with the channels moved to the end");
    *out = cn__channels_to_first(out);
    return CN_OK;
}

cn_status cn__layer_call(cn__arena *arena, cn__layer *layer, const cn__shape *in, size_t inputs,
                         cn__shape *out)
{
    char text[120];
    CN_TRY(check_count(layer->kind, inputs));
    if (layer->channels_first) CN_TRY(call_channels_first(arena, layer, in, out));
    else CN_TRY(call_kind(arena, layer, in, inputs, out));
    if (!cn__shape_can_be_counted(out))
        return cn__fail(CN_ERROR_SHAPE, "an output of shape %s is too large",
                        cn__shape_text(out, text, sizeof text));
    if (!layer->built) layer->out = *out;
    layer->built = true;
    return CN_OK;
}

cn_status cn__check_last_axis(const cn__layer *layer, const cn__shape *in, size_t expected)
{
    char text[120];
    if (in->rank && cn__shape_last(in) == expected) return CN_OK;
    return cn__fail(CN_ERROR_SHAPE, "layer %s was called before on inputs whose last axis is %zu, got %s",
                    layer->name ? layer->name : layer->kind->class_name, expected,
                    cn__shape_text(in, text, sizeof text));
}

bool cn__variable_trainable(const cn__variable *v) { return v->weight && v->layer->trainable; }

cn__variable *cn__layer_variable(cn__layer *layer, const char *name, int ndim, const size_t *shape,
                                 bool weight)
{
    assert(layer->variables < CN_MAX_VARIABLES && ndim > 0 && ndim <= CN_MAX_RANK);
    cn__variable *v = &layer->variable[layer->variables++];
    *v = (cn__variable){.name = name, .layer = layer, .ndim = ndim, .rows = 1, .weight = weight};
    for (int i = 0; i < ndim; i++) v->shape[i] = shape[i];
    for (int i = 0; i < ndim - 1; i++) v->rows *= shape[i];
    v->cols = shape[ndim - 1];
    cn__variable_set_cols(v, v->cols);
    return v;
}

void cn__variable_set_cols(cn__variable *v, size_t cols)
{
    assert(cols > 0 && v->rows * v->cols % cols == 0);
    v->rows = v->rows * v->cols / cols;
    v->cols = cols;
    const cn__variable_panel last = cn__variable_panel_at(v, cn__variable_panel_count(v) - 1);
    v->padded = last.offset + v->rows * last.width;
}
