/* How convolution, pooling, borders and resizing are written in C. */
#include "formats/c/program.h"
#include "kernels/conv_shape.h"
#include "kernels/kernels.h"
#include "nn/ops.h"

void cn__c_window(cn__text *text, const cn__conv *c)
{
    const size_t numbers[] = {c->h,  c->w,  c->c,   c->kh,   c->kw,     c->oc, c->sy, c->sx,
                              c->dy, c->dx, c->top, c->left, c->groups, c->oh, c->ow};
    cn__text_add(text, "&(const window){");
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        cn__text_printf(text, "%s%zu", i ? ", " : "", numbers[i]);
    cn__text_add(text, "});\n");
}

/* ---- convolution ---------------------------------------------------------------------------------------- */

enum { POINTS = 16 }; /* of a tile of 2×2 outputs */

/* The kernel transformed by Winograd's formula, as the library packs it: to (filter, channel, point). */
static cn_status write_points(cn__c_program *p, size_t i, const cn__conv_args *a, const cn__conv *forward,
                              const cn__variable *v, const char **out)
{
    const size_t count = cn__variable_size(v), in = forward->c, filters = forward->oc;
    const cn__conv_pass pass = a->transposed ? CN_CONV_TO_INPUT : CN_CONV_FORWARD;
    real *values = cn__arena_array(&p->arena, count, sizeof *values),
         *packed =
             cn__arena_array(&p->arena, cn__conv_packed_size(&a->geometry, pass) + CN_LANES, sizeof *packed),
         *points = cn__arena_array(&p->arena, POINTS * in * filters, sizeof *points);
    if (!values || !packed || !points) return CN_ERROR_MEMORY;
    cn__variable_gather(v, v->value, values);
    cn__kernels_get()->conv_pack(&a->geometry, pass, values, a->geometry.oc, 0, a->geometry.oc, packed);
    for (size_t k = 0; k < POINTS; k++)
        for (size_t c = 0; c < in; c++)
            for (size_t o = 0; o < filters; o++)
                points[(o * in + c) * POINTS + k] = packed[(k * in + c) * CN_PAD(filters) + o];
    return cn__c_floats(p, i, v->name, points, POINTS * in * filters, out);
}

/* Its tile of all channels is behind the buffers. */
static cn_status write_winograd(cn__c_program *p, size_t i, const cn__op *op, const char *from,
                                const char *to)
{
    const cn__conv_args *a = op->args;
    const cn__conv forward = a->transposed ? cn__conv_reversed(&a->geometry) : a->geometry;
    const char *kernel, *bias;
    CN_TRY(write_points(p, i, a, &forward, op->variable[0], &kernel));
    CN_TRY(cn__c_variable(p, i, op->variable[1], &bias));
    if (p->behind < POINTS * forward.c) p->behind = POINTS * forward.c;
    cn__c_need(p, "winograd");
    cn__text_printf(&p->body, "    winograd(%s, %s, %s, %s, numbers + %zu, ", from, to, kernel, bias,
                    p->scratch);
    cn__c_window(&p->body, &forward);
    return CN_OK;
}

static size_t tile_of(const cn__conv_args *a)
{
    return cn__conv_winograd(&a->geometry, a->transposed ? CN_CONV_TO_INPUT : CN_CONV_FORWARD);
}

bool cn__c_knows_convolution(const cn__op *op)
{
    const cn__conv_args *a = op->args;
    const size_t tile = tile_of(a);
    return tile == 2 || (!tile && !(a->transposed && a->geometry.groups > 1));
}

cn_status cn__c_write_convolution(cn__c_program *p, size_t i, const cn__op *op, const char *const *from,
                                  const char *to)
{
    const cn__conv_args *a = op->args;
    const char *kernel, *bias, *section = a->transposed ? "transposed_convolution" : "convolution";
    if (tile_of(a)) return write_winograd(p, i, op, from[0], to);
    CN_TRY(cn__c_variable(p, i, op->variable[0], &kernel));
    CN_TRY(cn__c_variable(p, i, op->variable[1], &bias));
    cn__c_need(p, section);
    cn__text_printf(&p->body, "    %s(%s, %s, %s, %s, ", section, from[0], to, kernel, bias);
    cn__c_window(&p->body, &a->geometry);
    return CN_OK;
}

/* ---- pooling, borders, resizing --------------------------------------------------------------------------- */

cn_status cn__c_write_pool(cn__c_program *p, size_t i, const cn__op *op, const char *const *from,
                           const char *to)
{
    (void)i;
    const cn__pool_args *a = op->args;
    const char *section = a->average ? "average_pool" : "max_pool";
    cn__c_need(p, section);
    cn__text_printf(&p->body, "    %s(%s, %s, ", section, from[0], to);
    cn__c_window(&p->body, &a->geometry);
    return CN_OK;
}

cn_status cn__c_write_border(cn__c_program *p, size_t i, const cn__op *op, const char *const *from,
                             const char *to)
{
    (void)i;
    const cn__border_args *a = op->args;
    const cn__border *b = &a->border;
    if (b->value < 0 || b->value > 0)
        return cn__fail(CN_ERROR_ARGUMENT, "fill_value = %g is not exported to C; expected 0",
                        (double)b->value);
    const size_t row = b->w * b->c, left = b->left * b->c, wide = left + row + b->right * b->c;
    if (a->crops) { /* rows out of wider ones */
        cn__c_need(p, "take_rows");
        cn__text_printf(&p->body, "    take_rows(%s + %zu, %s, %zu, %zu, %zu);\n", from[0],
                        b->top * wide + left, to, b->h, row, wide);
        return CN_OK;
    }
    cn__c_need(p, "clear");
    cn__c_need(p, "place_rows");
    cn__text_printf(&p->body, "    clear(%s, %zu);\n", to, op->size);
    cn__text_printf(&p->body, "    place_rows(%s, %s + %zu, %zu, %zu, %zu);\n", from[0], to,
                    b->top * wide + left, b->h, row, wide);
    return CN_OK;
}

cn_status cn__c_write_resize(cn__c_program *p, size_t i, const cn__op *op, const char *const *from,
                             const char *to)
{
    (void)i;
    const cn__resize *r = op->args;
    const char *section = r->bilinear ? "resize_bilinear" : "resize_nearest";
    cn__c_need(p, section);
    cn__text_printf(&p->body, "    %s(%s, %s, %zu, %zu, %zu, %zu, %zu);\n", section, from[0], to, r->h, r->w,
                    r->c, r->oh, r->ow);
    return CN_OK;
}

/* A table of the first input of each output. */
static void write_places(cn__text *weights, size_t i, const cn__resample *r)
{
    cn__text_printf(weights, "static const uint32_t w%zu_first[%zu] = {", i, r->on);
    for (size_t o = 0; o < r->on; o++)
        cn__text_printf(weights, "%s%zu", o == 0 ? "" : o % 16 == 0 ? ",\n    " : ", ", r->first[o]);
    cn__text_add(weights, "};\n");
}

cn_status cn__c_write_resample(cn__c_program *p, size_t i, const cn__op *op, const char *const *from,
                               const char *to)
{
    const cn__resample *r = &((const cn__resample_args *)op->args)->along;
    const size_t count = r->on * r->taps;
    const char *name;
    float *weight = cn__arena_array(&p->arena, count, sizeof *weight);
    if (!weight) return CN_ERROR_MEMORY;
    for (size_t k = 0; k < count; k++) weight[k] = (float)r->weight[k];
    CN_TRY(cn__c_floats(p, i, "window", weight, count, &name));
    write_places(&p->weights, i, r);
    p->weight_bytes += r->on * sizeof(uint32_t);
    cn__c_need(p, "resample");
    cn__text_printf(&p->body, "    resample(%s, %s, %s, w%zu_first, %zu, %zu, %zu, %zu, %zu);\n", from[0], to,
                    name, i, r->outer, r->n, r->on, r->inner, r->taps);
    return CN_OK;
}
