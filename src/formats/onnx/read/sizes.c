/* Sizes that a graph computes from the shapes of its values, as PyTorch's exporter writes x.view(x.size(0), -1): Shape, and
 * what takes numbers out of it, joins and reckons with them. The number of samples is not known, and stays a word. */
#include <string.h>

#include "formats/onnx/read/read.h"

enum { DEPTH = 16, WORK = 256 }; /* a file may ask for no more */

typedef struct reckoner {
    const cn__onnx_reader *reader;
    int depth, work;
} reckoner;

static bool reckon(reckoner *k, const char *name, cn__onnx_sizes *out);

static bool add_size(cn__onnx_sizes *sizes, int64_t size)
{
    if (sizes->count == CN_ONNX_SIZES) return false;
    sizes->at[sizes->count++] = size;
    return true;
}

static bool read_constant(const cn__onnx_value *value, cn__onnx_sizes *out)
{
    const Cn__Onnx__Tensor *t = value->tensor;
    if (!cn__onnx_is_int(t) || t->n_dims > 1 || cn__onnx_size(t) > CN_ONNX_SIZES) return false;
    for (size_t i = 0; i < cn__onnx_size(t); i++) {
        double size = cn__onnx_element(t, i); /* the largest number says "to the end" */
        (void)add_size(out, size < 0x1p62 ? size > -0x1p62 ? (int64_t)size : -INT32_MAX : INT32_MAX);
    }
    return true;
}

/* A list that is an input, or in older operator sets an attribute. */
static bool list(reckoner *k, const Cn__Onnx__Node *node, size_t input, const char *name, cn__onnx_sizes *out)
{
    const Cn__Onnx__Attribute *a = cn__onnx_attribute(node, name);
    out->count = 0;
    if (!a) return input < node->n_inputs && reckon(k, node->inputs[input], out);
    for (size_t i = 0; i < a->n_ints; i++)
        if (!add_size(out, a->ints[i])) return false;
    return true;
}

/* `at` within 0 … count, counted from the end where it is negative. */
static size_t place(int64_t at, size_t count)
{
    if (at < 0) at += (int64_t)count;
    return at < 0 ? 0 : at > (int64_t)count ? count : (size_t)at;
}

static bool take_range(const cn__onnx_sizes *all, int64_t from, int64_t to, cn__onnx_sizes *out)
{
    for (size_t i = place(from, all->count); i < place(to, all->count); i++)
        if (!add_size(out, all->at[i])) return false;
    return true;
}

static bool shape(reckoner *k, const Cn__Onnx__Node *node, cn__onnx_sizes *out)
{
    const cn__onnx_value *value = cn__onnx_input(k->reader->source, node, 0);
    cn__onnx_sizes all = {.at = {CN_ONNX_BATCH}, .count = 1};
    if (!value || !value->shape) return false;
    for (int i = 0; i < value->shape->rank; i++) (void)add_size(&all, (int64_t)value->shape->dim[i]);
    return take_range(&all, (int64_t)cn__onnx_number(node, "start", 0),
                      (int64_t)cn__onnx_number(node, "end", CN_ONNX_SIZES), out);
}

static bool gather(reckoner *k, const Cn__Onnx__Node *node, cn__onnx_sizes *out)
{
    cn__onnx_sizes all, indices;
    if (!list(k, node, 0, "", &all) || !list(k, node, 1, "", &indices)) return false;
    for (size_t i = 0; i < indices.count; i++) {
        const int64_t index = indices.at[i], at = index < 0 ? index + (int64_t)all.count : index;
        if (at < 0 || at >= (int64_t)all.count || !add_size(out, all.at[at])) return false;
    }
    return true;
}

static bool slice(reckoner *k, const Cn__Onnx__Node *node, cn__onnx_sizes *out)
{
    cn__onnx_sizes all, from, to, step;
    if (!list(k, node, 0, "", &all) || !list(k, node, 1, "starts", &from) || !list(k, node, 2, "ends", &to))
        return false;
    if (node->n_inputs > 4 && (!list(k, node, 4, "", &step) || step.count != 1 || step.at[0] != 1))
        return false;
    return from.count == 1 && to.count == 1 && take_range(&all, from.at[0], to.at[0], out);
}

static bool join(reckoner *k, const Cn__Onnx__Node *node, cn__onnx_sizes *out)
{
    cn__onnx_sizes part;
    for (size_t i = 0; i < node->n_inputs; i++) {
        if (!list(k, node, i, "", &part)) return false;
        for (size_t j = 0; j < part.count; j++)
            if (!add_size(out, part.at[j])) return false;
    }
    return true;
}

/* A vector or number as it is: how many axes it has is not kept. */
static bool pass(reckoner *k, const Cn__Onnx__Node *node, cn__onnx_sizes *out)
{
    return list(k, node, 0, "", out);
}

static bool is_small(int64_t size) { return size >= INT32_MIN && size <= INT32_MAX; }

/* The number of samples can be multiplied, and no more. */
static bool multiply(int64_t a, int64_t b, int64_t *out)
{
    if (a < CN_ONNX_BATCH_LIMIT && b > 0 && is_small(b)) {
        int64_t times = a - INT64_MIN;
        *out = INT64_MIN + times * b;
        return times * b < INT32_MAX;
    }
    *out = is_small(a) && is_small(b) ? a * b : 0;
    return is_small(a) && is_small(b);
}

static bool calculate(const char *op, int64_t a, int64_t b, int64_t *out)
{
    if (strcmp(op, "Mul") == 0) return multiply(a, b, out) || multiply(b, a, out);
    if (!is_small(a) || !is_small(b)) return false;
    if (strcmp(op, "Add") == 0) *out = a + b;
    else if (strcmp(op, "Sub") == 0) *out = a - b;
    else if (a < 0 || b < 1) return false; /* rounding is for others */
    else *out = *op == 'D' ? a / b : a % b;
    return true;
}

static bool arithmetic(reckoner *k, const Cn__Onnx__Node *node, cn__onnx_sizes *out)
{
    cn__onnx_sizes a, b;
    int64_t size;
    if (node->n_inputs != 2 || !list(k, node, 0, "", &a) || !list(k, node, 1, "", &b)) return false;
    if (a.count != 1 || b.count != 1 || !calculate(node->op, a.at[0], b.at[0], &size)) return false;
    return add_size(out, size);
}

static const struct {
    const char *op;
    bool (*reckon)(reckoner *k, const Cn__Onnx__Node *node, cn__onnx_sizes *out);
} operators[] = {{"Add", arithmetic}, {"Cast", pass},     {"Concat", join},    {"Div", arithmetic},
                 {"Gather", gather},  {"Identity", pass}, {"Mod", arithmetic}, {"Mul", arithmetic},
                 {"Reshape", pass},   {"Shape", shape},   {"Slice", slice},    {"Squeeze", pass},
                 {"Sub", arithmetic}, {"Unsqueeze", pass}};
enum { OPERATORS = sizeof operators / sizeof *operators };

static bool reckon(reckoner *k, const char *name, cn__onnx_sizes *out)
{
    const cn__onnx_value *value = cn__onnx_find(k->reader->source, name);
    out->count = 0;
    if (!value || k->depth >= DEPTH || --k->work < 0) return false;
    if (value->tensor) return read_constant(value, out);
    const Cn__Onnx__Node *node = value->producer;
    int i = 0;
    while (node && i < OPERATORS && strcmp(operators[i].op, node->op) != 0) i++;
    if (!node || i == OPERATORS || *node->domain) return false;
    k->depth++;
    bool done = operators[i].reckon(k, node, out);
    k->depth--;
    return done;
}

bool cn__onnx_read_sizes(const cn__onnx_reader *r, const Cn__Onnx__Node *node, size_t input,
                         cn__onnx_sizes *out)
{
    reckoner k = {.reader = r, .work = WORK};
    return input < node->n_inputs && reckon(&k, node->inputs[input], out);
}
