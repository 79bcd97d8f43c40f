/* What is read in graphs of images beside windows: flattening, dense layers, normalisation, merging, and what moves axes. */
#include <string.h>

#include "formats/onnx/read/images.h"
#include "model/graph.h"

static bool is_same_shape(const cn__onnx_image *a, const cn__onnx_image *b)
{
    return a->axes == b->axes && a->c == b->c && a->h == b->h && a->w == b->w && a->last == b->last &&
           a->chw == b->chw;
}

/* The same, or an axis of size 1 is repeated. */
static bool can_be_merged(const cn__onnx_image *a, const cn__onnx_image *b)
{
    const size_t sizes[][2] = {{a->c, b->c}, {a->h, b->h}, {a->w, b->w}};
    if (is_same_shape(a, b)) return true;
    if (!a->axes || a->axes != b->axes || a->axes > 2 || a->last != b->last || a->chw || b->chw) return false;
    for (int i = 0; i < 3; i++)
        if (sizes[i][0] != sizes[i][1] && sizes[i][0] != 1 && sizes[i][1] != 1) return false;
    return true;
}

/* ---- vectors ---------------------------------------------------------------------------------------------- */

static cn_status flatten(cn__onnx_images *r, const Cn__Onnx__Node *node, const cn__onnx_image *in,
                         cn__onnx_image *out)
{
    cn__text text = {0};
    *out = *in;
    if (in->axes == 0) return CN_OK;
    cn__text_add(&text, "flatten(");
    cn__onnx_image vector = *in;
    vector.axes = 0;
    const cn__onnx_image *from = &vector;
    CN_TRY(cn__onnx_call(r, node, &text, &from, 1, out));
    out->chw = !in->last && in->c > 1 && in->h * in->w > 1;
    out->last = false;
    return CN_OK;
}

cn_status cn__onnx_image_flatten(cn__onnx_images *r, const Cn__Onnx__Node *node, const cn__onnx_image *in,
                                 cn__onnx_image *out)
{
    if (cn__onnx_number(node, "axis", 1) != 1) return cn__fail(CN_ERROR_FORMAT, "axis must be 1");
    return flatten(r, node, in, out);
}

/* Axes that are as here, to any others. */
static cn_status shape_again(cn__onnx_images *r, const Cn__Onnx__Node *node, const cn__onnx_image *in,
                             cn__onnx_image *out)
{
    cn__onnx_sizes s;
    cn__text text = {0};
    const bool read = cn__onnx_read_sizes(&r->walk, node, 1, &s) && s.count > 1 && s.count <= CN_MAX_RANK + 1;
    const bool keeps = read && (s.at[0] == CN_ONNX_BATCH || s.at[0] == 0 || s.at[0] == -1 ||
                                (r->walk.batch && s.at[0] == r->walk.batch));
    if (!keeps) return cn__fail(CN_ERROR_FORMAT, "its shape must be constant sizes behind the samples");
    cn__text_add(&text, "reshape(target_shape=[");
    for (size_t i = 1; i < s.count; i++) {
        const bool copied = s.at[i] == 0 && (int)i <= in->tensor->shape.rank;
        const long long size = copied ? (long long)in->tensor->shape.dim[i - 1] : (long long)s.at[i];
        cn__text_printf(&text, i > 1 ? ", %lld" : "%lld", size);
    }
    cn__text_add(&text, "]");
    const int axes = (int)s.count - 2;
    cn__onnx_image as = *in;
    as.axes = axes, as.last = axes > 0;
    const cn__onnx_image *from = &as;
    CN_TRY(cn__onnx_call(r, node, &text, &from, 1, out));
    if (!out->axes) out->c = cn__shape_last(&out->tensor->shape), out->h = out->w = 1;
    return CN_OK;
}

/* A vector as an image of one pixel, channels first, as gates over channels are made. */
static bool becomes_pixel(const cn__onnx_images *r, const cn__onnx_sizes *s, const cn__onnx_image *in)
{
    const size_t size = cn__shape_size(&in->tensor->shape);
    if (!r->windows || in->axes || in->chw || s->count < 3 || s->count > 4) return false;
    for (size_t i = 2; i < s->count; i++)
        if (s->at[i] != 1) return false;
    return s->at[1] == (int64_t)size || (s->at[1] == -1 && s->at[0] != -1);
}

static cn_status to_pixel(cn__onnx_images *r, const Cn__Onnx__Node *node, int axes, const cn__onnx_image *in,
                          cn__onnx_image *out)
{
    cn__text text = {0};
    cn__text_printf(&text, axes > 1 ? "reshape(target_shape=[1, 1, %zu]" : "reshape(target_shape=[1, %zu]",
                    cn__shape_size(&in->tensor->shape));
    cn__onnx_image pixel = *in;
    pixel.axes = axes, pixel.last = false;
    const cn__onnx_image *from = &pixel;
    return cn__onnx_call(r, node, &text, &from, 1, out);
}

/* To one axis, whose size may be left open; or to any where that says the same in both orders. */
cn_status cn__onnx_image_reshape(cn__onnx_images *r, const Cn__Onnx__Node *node, const cn__onnx_image *in,
                                 cn__onnx_image *out)
{
    cn__onnx_sizes s;
    const int64_t total = (int64_t)cn__shape_size(&in->tensor->shape);
    const bool known = cn__onnx_read_sizes(&r->walk, node, 1, &s), good = known && s.count == 2;
    const bool keeps =
        good && (s.at[0] == CN_ONNX_BATCH || s.at[0] == 0 || (r->walk.batch && s.at[0] == r->walk.batch));
    if (good && ((keeps && s.at[1] == -1) || ((keeps || s.at[0] == -1) && s.at[1] == total)))
        return flatten(r, node, in, out);
    if (known && becomes_pixel(r, &s, in)) return to_pixel(r, node, (int)s.count - 2, in, out);
    if ((in->axes == 0 || in->last) && !in->chw) return shape_again(r, node, in, out);
    return cn__fail(CN_ERROR_FORMAT,
                    "only a Reshape of samples to one axis of %lld is read in graphs of images",
                    (long long)total);
}

/* Are the named axes those of height and width (a series': steps)? */
static bool names_pixels(const cn__onnx_images *r, const Cn__Onnx__Node *node, const cn__onnx_image *in)
{
    const Cn__Onnx__Attribute *a = cn__onnx_attribute(node, "axes");
    cn__onnx_sizes sizes = {.count = 0};
    if (a && a->n_ints > CN_ONNX_SIZES) return false;
    if (a)
        for (; sizes.count < a->n_ints; sizes.count++) sizes.at[sizes.count] = a->ints[sizes.count];
    else if (!cn__onnx_read_sizes(&r->walk, node, 1, &sizes)) return false;
    if (!in->axes || sizes.count != (size_t)in->axes) return false;
    unsigned seen = 0;
    for (size_t i = 0; i < sizes.count; i++) {
        const int64_t axis = sizes.at[i] < 0 ? sizes.at[i] + in->axes + 2 : sizes.at[i],
                      first = in->last ? 1 : 2;
        if (axis < first || axis >= first + in->axes) return false;
        seen |= 1u << axis;
    }
    return (seen & (seen - 1)) != 0 || in->axes == 1;
}

cn_status cn__onnx_image_squeeze(cn__onnx_images *r, const Cn__Onnx__Node *node, const cn__onnx_image *in,
                                 cn__onnx_image *out)
{
    if (in->axes && in->h == 1 && in->w == 1 && names_pixels(r, node, in)) return flatten(r, node, in, out);
    return cn__fail(CN_ERROR_FORMAT, "only a Squeeze of height and width is read in graphs of images");
}

cn_status cn__onnx_image_mean(cn__onnx_images *r, const Cn__Onnx__Node *node, const cn__onnx_image *in,
                              cn__onnx_image *out)
{
    if (!names_pixels(r, node, in))
        return cn__fail(CN_ERROR_FORMAT, "only a mean over height and width is read");
    CN_TRY(cn__onnx_read_global_pool(r, node, in, out));
    if (cn__onnx_number(node, "keepdims", 1) != 0) return CN_OK;
    const cn__onnx_image pooled = *out;
    return flatten(r, NULL, &pooled, out);
}

/* ---- dense ------------------------------------------------------------------------------------------------- */

/* Row `i` of ONNX's kernel, (channel, row, column), is this one here: (row, column, channel). */
static size_t turned_row(const cn__onnx_image *in, size_t i)
{
    const size_t pixels = in->h * in->w;
    return in->chw ? i % pixels * in->c + i / pixels : i;
}

/* The Add behind a MatMul that is its bias. */
static const Cn__Onnx__Node *find_bias(const cn__onnx_images *r, const Cn__Onnx__Node *node, size_t units,
                                       const cn__onnx_value **bias)
{
    const cn__onnx_value *value = cn__onnx_find(r->walk.source, node->outputs[0]);
    const Cn__Onnx__Node *add = value && value->consumer_count == 1 ? value->consumers[0] : NULL;
    if (!add || strcmp(add->op, "Add") != 0 || *add->domain || add->n_inputs != 2 || add->n_outputs != 1 ||
        cn__onnx_is_output(r->walk.source, value->name))
        return NULL;
    *bias = cn__onnx_input(r->walk.source, add, strcmp(add->inputs[0], value->name) == 0);
    const Cn__Onnx__Tensor *t = *bias ? (*bias)->tensor : NULL;
    return t && cn__onnx_is_float(t) && cn__onnx_size(t) == units && t->n_dims &&
                   (size_t)t->dims[t->n_dims - 1] == units
               ? add
               : NULL;
}

static cn_status take_dense(cn__onnx_images *r, const Cn__Onnx__Node *node, const cn__onnx_image *in,
                            size_t *units)
{
    const cn__onnx_value *value = cn__onnx_input(r->walk.source, node, 1);
    const Cn__Onnx__Tensor *t = value ? value->tensor : NULL;
    const double alpha = cn__onnx_number(node, "alpha", 1);
    const size_t rows = cn__shape_last(&in->tensor->shape);
    if ((in->axes && !in->last) || !t || !cn__onnx_is_float(t) || t->n_dims != 2 || !cn__onnx_size(t))
        return cn__fail(CN_ERROR_FORMAT, "it must multiply the last axis by a constant matrix");
    const bool transposed = value->transposed != (cn__onnx_number(node, "transB", 0) != 0);
    if (cn__onnx_number(node, "transA", 0) != 0)
        return cn__fail(CN_ERROR_FORMAT, "transA = 1, expected 0: its samples must be as they are");
    if ((size_t)t->dims[transposed] != rows)
        return cn__fail(CN_ERROR_SHAPE, "its kernel is for %lld inputs, and there are %zu",
                        (long long)t->dims[transposed], rows);
    *units = (size_t)t->dims[!transposed];
    float *values = cn__onnx_next_weight(r, 2, (size_t[]){rows, *units});
    if (!values) return CN_ERROR_MEMORY;
    for (size_t i = 0; i < rows; i++)
        for (size_t o = 0; o < *units; o++)
            values[turned_row(in, i) * *units + o] =
                (float)(alpha * cn__onnx_element(t, transposed ? o * rows + i : i * *units + o));
    return CN_OK;
}

/* Two matrices that were computed. */
static cn_status product(cn__onnx_images *r, const Cn__Onnx__Node *node, const cn__onnx_image *in,
                         cn__onnx_image *out)
{
    const cn__onnx_image *both[] = {in, cn__onnx_image_of(r, node, 1)};
    cn__text text = {0};
    for (int i = 0; i < 2; i++)
        if (both[i]->axes != 1 || !both[i]->last || node->op[0] == 'G')
            return cn__fail(CN_ERROR_FORMAT, "both of its inputs are computed, and they are not matrices");
    cn__text_add(&text, "dot(axes=(2, 1)");
    CN_TRY(cn__onnx_call(r, node, &text, both, 2, out));
    out->positive = false;
    return CN_OK;
}

cn_status cn__onnx_image_dense(cn__onnx_images *r, const Cn__Onnx__Node *node, const cn__onnx_image *in,
                               cn__onnx_image *out)
{
    const bool gemm = node->op[0] == 'G';
    const cn__onnx_value *bias = gemm ? cn__onnx_input(r->walk.source, node, 2) : NULL;
    const double beta = cn__onnx_number(node, "beta", 1);
    size_t units;
    if (cn__onnx_image_of(r, node, 1)) return product(r, node, in, out);
    CN_TRY(take_dense(r, node, in, &units));
    const Cn__Onnx__Node *add = gemm ? NULL : find_bias(r, node, units, &bias);
    const bool biased = gemm ? node->n_inputs > 2 && *node->inputs[2] : add != NULL;
    if (biased && (!bias || !bias->tensor || !cn__onnx_is_float(bias->tensor) ||
                   (cn__onnx_size(bias->tensor) != units && cn__onnx_size(bias->tensor) != 1)))
        return cn__fail(CN_ERROR_FORMAT, "its bias must be a constant of %zu numbers", units);
    float *values = biased ? cn__onnx_next_weight(r, 1, &units) : NULL;
    if (biased && !values) return CN_ERROR_MEMORY;
    for (size_t o = 0; biased && o < units; o++) values[o] = (float)(beta * cn__onnx_vector_at(bias, o));
    cn__text text = {0};
    const char *behind = add ? add->outputs[0] : node->outputs[0], *end = behind;
    cn__text_printf(&text, "dense(units=%zu, use_bias=%s", units, biased ? "true" : "false");
    CN_TRY(cn__onnx_add_activation(r, node, behind, in, &text, &end));
    CN_TRY(cn__onnx_call(r, node, &text, &in, 1, out));
    out->chw = out->positive = false;
    if (!out->axes) out->c = units, out->h = out->w = 1;
    return end != node->outputs[0] ? cn__onnx_set_image(r, end, out) : CN_OK;
}

/* ---- the others ---------------------------------------------------------------------------------------------- */

cn_status cn__onnx_image_batchnorm(cn__onnx_images *r, const Cn__Onnx__Node *node, const cn__onnx_image *in,
                                   cn__onnx_image *out)
{
    const size_t n = cn__shape_last(&in->tensor->shape);
    if (in->chw) return cn__fail(CN_ERROR_FORMAT, "it stands between a Flatten and its Gemm");
    if (cn__onnx_number(node, "training_mode", 0) != 0 || node->n_inputs != 5)
        return cn__fail(CN_ERROR_FORMAT, "it must be one for inference, with five inputs");
    for (size_t i = 1; i <= 4; i++) {
        const cn__onnx_value *value = cn__onnx_input(r->walk.source, node, i);
        const Cn__Onnx__Tensor *t = value ? value->tensor : NULL;
        if (!t || !cn__onnx_is_float(t) || cn__onnx_size(t) != n)
            return cn__fail(CN_ERROR_FORMAT, "input %zu must be a constant of %zu numbers", i + 1, n);
        float *values = cn__onnx_next_weight(r, 1, &n);
        if (!values) return CN_ERROR_MEMORY;
        for (size_t k = 0; k < n; k++) values[k] = (float)cn__onnx_element(t, k);
    }
    cn__text text = {0};
    cn__text_printf(&text, "batch_normalization(momentum=%.9g, epsilon=%.9g",
                    cn__onnx_number(node, "momentum", 0.9), cn__onnx_number(node, "epsilon", 1e-5));
    CN_TRY(cn__onnx_call(r, node, &text, &in, 1, out));
    out->positive = false;
    return CN_OK;
}

cn_status cn__onnx_image_pass(cn__onnx_images *r, const Cn__Onnx__Node *node, const cn__onnx_image *in,
                              cn__onnx_image *out)
{
    (void)r;
    *out = *in;
    if (strcmp(node->op, "Cast") == 0 && cn__onnx_number(node, "to", 0) != CN_ONNX_FLOAT32)
        return cn__fail(CN_ERROR_FORMAT, "only a Cast to 32-bit floats is read");
    return CN_OK;
}

static cn_status permute(cn__onnx_images *r, const Cn__Onnx__Node *node, const cn__onnx_image *in,
                         const Cn__Onnx__Attribute *perm, cn__onnx_image *out)
{
    cn__text text = {0};
    cn__text_add(&text, "permute(dims=[");
    for (size_t i = 1; i < perm->n_ints; i++)
        cn__text_printf(&text, i > 1 ? ", %lld" : "%lld", (long long)perm->ints[i]);
    cn__text_add(&text, "]");
    return cn__onnx_call(r, node, &text, &in, 1, out);
}

cn_status cn__onnx_image_transpose(cn__onnx_images *r, const Cn__Onnx__Node *node, const cn__onnx_image *in,
                                   cn__onnx_image *out)
{
    const Cn__Onnx__Attribute *perm = cn__onnx_attribute(node, "perm");
    *out = *in;
    out->last = !in->last;
    if (r->windows && in->axes && cn__onnx_is_order(perm, in->axes, !in->last)) return CN_OK;
    if (in->axes && in->last && perm && perm->n_ints == (size_t)in->axes + 2 && perm->ints[0] == 0)
        return permute(r, node, in, perm, out);
    return cn__fail(CN_ERROR_FORMAT, "only a Transpose between channels first and channels last is read");
}

/* All inputs of a node, which must be images. */
static const cn__onnx_image **all_inputs(const cn__onnx_images *r, const Cn__Onnx__Node *node)
{
    const cn__onnx_image **in = cn__arena_array((cn__arena *)&r->walk.arena, node->n_inputs + 1, sizeof *in);
    for (size_t i = 0; in && i < node->n_inputs; i++)
        if (!(in[i] = cn__onnx_image_of(r, node, i))) {
            (void)cn__fail(CN_ERROR_FORMAT, "input %zu is a constant, which is not read in graphs of images",
                           i + 1);
            return NULL;
        }
    return in;
}

cn_status cn__onnx_image_merge(cn__onnx_images *r, const Cn__Onnx__Node *node, const cn__onnx_image *first,
                               cn__onnx_image *out)
{
    static const char *const layers[][2] = {{"Add", "add("},     {"Max", "maximum("},  {"Mean", "average("},
                                            {"Min", "minimum("}, {"Mul", "multiply("}, {"Sub", "subtract("},
                                            {"Sum", "add("},     {"Div", ""}};
    for (size_t i = 0; i < node->n_inputs; i++)
        if (!cn__onnx_image_of(r, node, i)) return cn__onnx_read_constant(r, node, first, out);
    const cn__onnx_image **in = all_inputs(r, node);
    if (!in) return cn_error_status();
    if (strcmp(node->op, "Div") == 0)
        return cn__fail(CN_ERROR_FORMAT, "only a division by a constant is read");
    if (node->n_inputs < 2) return cn__fail(CN_ERROR_FORMAT, "it must have two inputs");
    for (size_t i = 1; i < node->n_inputs; i++)
        if (!can_be_merged(first, in[i]) || first != in[0])
            return cn__fail(CN_ERROR_FORMAT, "inputs 1 and %zu have different shapes, which is not read",
                            i + 1);
    cn__text text = {0};
    for (size_t i = 0; i < sizeof layers / sizeof *layers; i++)
        if (strcmp(layers[i][0], node->op) == 0) cn__text_add(&text, layers[i][1]);
    bool positive = strcmp(node->op, "Sub") != 0;
    for (size_t i = 0; i < node->n_inputs; i++) positive &= in[i]->positive;
    CN_TRY(cn__onnx_call(r, node, &text, in, node->n_inputs, out));
    out->positive = positive;
    return CN_OK;
}

cn_status cn__onnx_image_concat(cn__onnx_images *r, const Cn__Onnx__Node *node, const cn__onnx_image *first,
                                cn__onnx_image *out)
{
    const cn__onnx_image **in = all_inputs(r, node);
    const int rank = first->axes ? first->axes + 2 : 2;
    double axis = cn__onnx_number(node, "axis", 0);
    bool positive = true;
    if (!in) return cn_error_status();
    if (axis < 0) axis += rank;
    for (size_t i = 0; i < node->n_inputs; i++) {
        if (in[i]->axes != first->axes || in[i]->last != first->last || in[i]->chw)
            return cn__fail(CN_ERROR_FORMAT, "its inputs have their axes in different orders");
        positive &= in[i]->positive;
    }
    if (axis < 1 || axis >= rank || axis != (int)axis)
        return cn__fail(CN_ERROR_FORMAT, "axis = %g, expected 1 to %d", axis, rank - 1);
    const int here = first->last || !first->axes ? (int)axis : axis == 1 ? rank - 1 : (int)axis - 1;
    cn__text text = {0};
    cn__text_printf(&text, "concatenate(axis=%d", here);
    CN_TRY(cn__onnx_call(r, node, &text, in, node->n_inputs, out));
    if (!out->axes) out->c = cn__shape_last(&out->tensor->shape), out->h = out->w = 1;
    out->positive = positive;
    return CN_OK;
}
