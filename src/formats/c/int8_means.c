/* Rounding moves the mean of what a channel gives, and an average over the image, or a sum over many channels, keeps that where
 * it evens out the rest. So the network is run in 8 bits over samples, step by step, and each product's biases are moved until its
 * channels have the means that they have in float32: Nagel et al., arXiv:1906.04721, section 4.2 and its appendix on empirical
 * correction. The steps behind a product see its corrected output. */
#include <math.h>
#include <string.h>

#include "formats/c/int8.h"

enum { ROUNDS = 2 };

typedef struct samples {
    cn__q_machine *machines; /* (count) */
    size_t count;
    const cn_array *x;
    double *sum; /* (most channels) */
} samples;

static bool has_bias(const cn__q_step *s)
{
    return s->kind == CN_Q_DENSE || s->kind == CN_Q_DENSE_LAST || s->kind == CN_Q_CONVOLUTION ||
           s->kind == CN_Q_TRANSPOSED;
}

static cn_status run_all(const samples *all, const cn__q_step *s)
{
    const size_t in = cn_array_sample_size(all->x);
    for (size_t n = 0; n < all->count; n++)
        CN_TRY(cn__q_run_step(&all->machines[n], s, (const float *)all->x->data + n * in));
    return CN_OK;
}

static void sum_up(const samples *all, const cn__q_step *s)
{
    const cn__q_value *v = s->to;
    memset(all->sum, 0, v->channels * sizeof *all->sum);
    for (size_t n = 0; n < all->count; n++) {
        const cn__q_machine *m = &all->machines[n];
        const float *numbers = s->output ? m->y : m->numbers;
        for (size_t i = 0; i < v->size; i++) {
            const size_t c = i % v->channels;
            all->sum[c] += s->kind == CN_Q_DENSE_LAST
                               ? (double)numbers[i]
                               : (m->bytes[v->offset + i] - v->range.zero) * cn__q_unit(&v->range, c);
        }
    }
}

/* The unit of a sum, in which its bias is. */
static double unit_of_sum(const cn__q_step *s, size_t c)
{
    if (s->kind == CN_Q_DENSE_LAST) return (double)s->unit[c];
    return ldexp((double)s->multiplier[c], -s->shift) * cn__q_unit(&s->to->range, c);
}

static void move_biases(const samples *all, const cn__q_step *s)
{
    const cn__q_value *v = s->to;
    const double elements = (double)all->count * (double)(v->size / v->channels);
    for (size_t c = 0; c < v->channels; c++) {
        const double off = v->mean[c] - all->sum[c] / elements, unit = unit_of_sum(s, c);
        if (unit > 0 && fabs(off) < unit * 0x1p29) s->bias[c] += (int32_t)lrint(off / unit);
    }
}

static cn_status correct(const cn__q_program *q, const samples *all)
{
    for (size_t i = 0; i < q->count; i++) {
        const cn__q_step *s = &q->steps[i];
        CN_TRY(run_all(all, s));
        for (int round = 0; round < ROUNDS && has_bias(s); round++) {
            sum_up(all, s);
            move_biases(all, s);
            CN_TRY(run_all(all, s));
        }
    }
    return CN_OK;
}

static cn_status prepare(const cn__q_program *q, cn__arena *arena, samples *all)
{
    size_t channels = 1;
    for (size_t i = 0; i <= q->p->count; i++)
        if (q->values[i].channels > channels) channels = q->values[i].channels;
    all->count = all->x->shape[0] < CN_Q_MEAN_SAMPLES ? all->x->shape[0] : CN_Q_MEAN_SAMPLES;
    all->machines = cn__arena_array(arena, all->count, sizeof *all->machines);
    all->sum = cn__arena_array(arena, channels, sizeof *all->sum);
    if (!all->machines || !all->sum) return CN_ERROR_MEMORY;
    for (size_t n = 0; n < all->count; n++) {
        CN_TRY(cn__q_machine_new(arena, q, &all->machines[n]));
        all->machines[n].y =
            cn__arena_array(arena, cn__shape_size(&q->p->model->out), sizeof *all->machines[n].y);
        if (!all->machines[n].y) return CN_ERROR_MEMORY;
    }
    return CN_OK;
}

cn_status cn__q_correct_means(cn__q_program *q, const cn_array *x)
{
    cn__arena arena = {0};
    samples all = {.x = x};
    cn_status status = prepare(q, &arena, &all);
    if (status == CN_OK) status = correct(q, &all);
    cn__arena_free(&arena);
    return status;
}
