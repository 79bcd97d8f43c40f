/* How the operations that move elements, and those that scale or normalise them one by one, are written in C. */
#include <math.h>
#include <string.h>

#include "formats/c/program.h"
#include "nn/ops.h"

/* "(const size_t[]){2, 3}" */
void cn__c_sizes(cn__text *text, const size_t *sizes, int count)
{
    cn__text_add(text, "(const size_t[]){");
    for (int i = 0; i < count; i++) cn__text_printf(text, i ? ", %zu" : "%zu", sizes[i]);
    cn__text_add(text, count ? "}" : "0}");
}

cn_status cn__c_write_rescaling(cn__c_program *p, size_t i, const cn__op *op, const char *const *from,
                                const char *to)
{
    const cn__rescaling_args *a = op->args;
    const char *scale, *offset;
    if (a->count > 1) {
        CN_TRY(cn__c_floats(p, i, "scale", a->scale, a->count, &scale));
        CN_TRY(cn__c_floats(p, i, "offset", a->offset, a->count, &offset));
        cn__c_need(p, "rescale_channels");
        cn__text_printf(&p->body, "    rescale_channels(%s, %s, %s, %s, %zu, %zu);\n", from[0], to, scale,
                        offset, a->count, op->size);
        return CN_OK;
    }
    cn__c_need(p, "rescale");
    cn__text_printf(&p->body, "    rescale(%s, %s, ", from[0], to);
    cn__c_number(&p->body, a->scale[0]);
    cn__text_add(&p->body, ", ");
    cn__c_number(&p->body, a->offset[0]);
    cn__text_printf(&p->body, ", %zu);\n", op->size);
    return CN_OK;
}

cn_status cn__c_write_permute(cn__c_program *p, size_t i, const cn__op *op, const char *const *from,
                              const char *to)
{
    (void)i;
    const cn__permute_args *a = op->args;
    cn__c_need(p, "permute");
    cn__text_printf(&p->body, "    permute(%s, %s, %d, ", from[0], to, a->rank);
    cn__c_sizes(&p->body, a->dim, a->rank);
    cn__text_add(&p->body, ", ");
    cn__c_sizes(&p->body, a->stride, a->rank);
    cn__text_add(&p->body, ");\n");
    return CN_OK;
}

cn_status cn__c_write_repeat(cn__c_program *p, size_t i, const cn__op *op, const char *const *from,
                             const char *to)
{
    (void)i;
    const cn__repeat_args *a = op->args;
    cn__c_need(p, "place_rows");
    cn__text_printf(&p->body,
                    "    for (size_t t = 0; t < %zu; t++) place_rows(%s, %s + t * %zu, %zu, %zu, %zu);\n",
                    a->times, from[0], to, a->inner, a->outer, a->inner, a->times * a->inner);
    return CN_OK;
}

cn_status cn__c_write_unit_normalization(cn__c_program *p, size_t i, const cn__op *op,
                                         const char *const *from, const char *to)
{
    (void)i;
    const cn__unit_args *a = op->args;
    cn__c_need(p, "unit_normalization");
    cn__text_printf(&p->body, "    unit_normalization(%s, %s, %d, ", from[0], to, a->axes);
    cn__c_sizes(&p->body, a->dim, a->axes);
    cn__text_add(&p->body, ", ");
    cn__c_sizes(&p->body, a->stride, a->axes);
    cn__text_printf(&p->body, ", %d, ", a->others);
    cn__c_sizes(&p->body, a->other_dim, a->others);
    cn__text_add(&p->body, ", ");
    cn__c_sizes(&p->body, a->other_stride, a->others);
    cn__text_printf(&p->body, ", %.15g);\n", a->least);
    return CN_OK;
}

/* Values that depend on some axes of a sample only, `kept`: a list that is as long as what repeats over the sample. */
typedef struct spread {
    size_t count;
    float *values;
} spread;

static size_t index_of(const cn__shape *shape, const bool *kept, size_t e)
{
    size_t index = 0, step = 1;
    for (int axis = shape->rank - 1; axis >= 0; axis--) {
        if (kept[axis]) index += e % shape->dim[axis] * step, step *= shape->dim[axis];
        e /= shape->dim[axis];
    }
    return index;
}

static cn_status make_spread(cn__c_program *p, const cn__op *op, const bool *kept, spread *out)
{
    out->count = op->size; /* axes before the first that is kept repeat the rest */
    for (int axis = 0; axis < op->shape.rank && !kept[axis]; axis++) out->count /= op->shape.dim[axis];
    out->values = cn__arena_array(&p->arena, out->count, sizeof(float));
    return out->values ? CN_OK : CN_ERROR_MEMORY;
}

cn_status cn__c_write_prelu(cn__c_program *p, size_t i, const cn__op *op, const char *const *from,
                            const char *to)
{
    const cn__prelu_args *a = op->args;
    const char *name;
    bool kept[CN_MAX_RANK];
    spread s;
    for (int axis = 0; axis < op->shape.rank; axis++) kept[axis] = !a->shared[axis];
    CN_TRY(make_spread(p, op, kept, &s));
    for (size_t e = 0; e < s.count; e++) s.values[e] = op->variable[0]->value[index_of(&op->shape, kept, e)];
    CN_TRY(cn__c_floats(p, i, "alpha", s.values, s.count, &name));
    cn__c_need(p, "prelu");
    cn__text_printf(&p->body, "    prelu(%s, %s, %s, %zu, %zu);\n", from[0], to, name, s.count, op->size);
    return CN_OK;
}

/* Mean, or deviation, which is 1e-7 at least. */
static float statistic(const cn__op *op, bool deviation, size_t index)
{
    const cn__statistics_args *a = op->args;
    if (!deviation) return a->mean ? (float)a->mean[index] : op->variable[0]->value[index];
    const float root = sqrtf(a->mean ? (float)a->variance[index] : op->variable[1]->value[index]);
    return root < 1e-7f ? 1e-7f : root;
}

cn_status cn__c_write_normalization(cn__c_program *p, size_t i, const cn__op *op, const char *const *from,
                                    const char *to)
{
    const cn__statistics_args *a = op->args;
    const char *section = a->invert ? "denormalize" : "normalize", *names[2];
    spread s = {0};
    for (int k = 0; k < 2; k++) {
        CN_TRY(make_spread(p, op, a->kept, &s));
        for (size_t e = 0; e < s.count; e++)
            s.values[e] = statistic(op, k == 1, index_of(&op->shape, a->kept, e));
        CN_TRY(cn__c_floats(p, i, k ? "deviation" : "mean", s.values, s.count, &names[k]));
    }
    cn__c_need(p, section);
    cn__text_printf(&p->body, "    %s(%s, %s, %s, %s, %zu, %zu);\n", section, from[0], to, names[0], names[1],
                    s.count, op->size);
    return CN_OK;
}

cn_status cn__c_write_group_normalization(cn__c_program *p, size_t i, const cn__op *op,
                                          const char *const *from, const char *to)
{
    const cn__group_args *a = op->args;
    const char *gamma, *beta;
    CN_TRY(cn__c_variable(p, i, op->variable[0], &gamma));
    CN_TRY(cn__c_variable(p, i, op->variable[1], &beta));
    cn__c_need(p, "group_normalization");
    if (op->size > p->behind) p->behind = op->size;
    cn__text_printf(&p->body, "    group_normalization(%s, %s, %s, %s, %zu, %zu, %zu, ", from[0], to, gamma,
                    beta, op->rows, op->cols, a->groups);
    cn__c_number(&p->body, a->epsilon);
    cn__text_printf(&p->body, ", numbers + %zu);\n", p->scratch);
    return CN_OK;
}

/* Rows of elements that are summed over, and how far these lie apart: see nn/layers/dot.c. */
static void add_side(cn__text *text, const cn__op *op, int which)
{
    const cn__shape *shape = &op->in_shape[which];
    const int axis = ((const cn__dot_args *)op->args)->axes[which];
    size_t step = 1;
    for (int a = axis + 1; a < shape->rank; a++) step *= shape->dim[a];
    cn__text_printf(text, ", %zu, %zu", cn__shape_size(shape) / shape->dim[axis], step);
}

cn_status cn__c_write_dot(cn__c_program *p, size_t i, const cn__op *op, const char *const *from,
                          const char *to)
{
    (void)i;
    const size_t depth = op->in_shape[0].dim[((const cn__dot_args *)op->args)->axes[0]];
    cn__c_need(p, "dot_rows");
    cn__text_printf(&p->body, "    dot_rows(%s, %s, %s, %zu", from[0], from[1], to, depth);
    add_side(&p->body, op, 0);
    add_side(&p->body, op, 1);
    cn__text_add(&p->body, ");\n");
    return CN_OK;
}
