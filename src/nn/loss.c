/* Losses by name; how their rows are computed and summed up to the loss of a batch. */
#include "nn/loss.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "nn/loss_class.h"

extern const cn__registry cn__k_losses_scalar;
#ifdef CN_HAVE_ISA_AVX2
extern const cn__registry cn__k_losses_avx2;
#endif
#ifdef CN_HAVE_ISA_AVX512
extern const cn__registry cn__k_losses_avx512;
#endif
#ifdef CN_HAVE_ISA_NEON
extern const cn__registry cn__k_losses_neon;
#endif

const cn__registry *cn__losses_named(const char *isa)
{
#ifdef CN_HAVE_ISA_AVX512
    if (strcmp(isa, "avx512") == 0) return &cn__k_losses_avx512;
#endif
#ifdef CN_HAVE_ISA_AVX2
    if (strcmp(isa, "avx2") == 0) return &cn__k_losses_avx2;
#endif
#ifdef CN_HAVE_ISA_NEON
    if (strcmp(isa, "neon") == 0) return &cn__k_losses_neon;
#endif
    return strcmp(isa, "scalar") == 0 ? &cn__k_losses_scalar : NULL;
}

const cn__registry *cn__losses(void) { return cn__losses_named(cn__kernels_get()->isa); }

static const cn__loss_options *options_of(const cn__loss *loss) { return loss->config; }

/* Without it a mean over the batch. */
static bool reduced_by(const cn__loss *loss, const char *reduction)
{
    const char *given = options_of(loss)->reduction;
    return strcmp(given ? given : "none", reduction) == 0;
}

/* One value for the whole batch: unless an axis says otherwise. */
static bool is_whole(const cn__loss *loss) { return loss->kind->whole && options_of(loss)->axis != -1; }

static bool ignores(const cn__loss *loss)
{
    return loss->kind->sparse && options_of(loss)->ignore_class != INT64_MIN;
}

cn_status cn__loss_parse(cn__arena *arena, const cn__value *value, cn__loss *out)
{
    const cn__kind *kind;
    void *config;
    CN_TRY(cn__registry_read(arena, cn__losses(), value, &kind, &config));
    *out = (cn__loss){.kind = (const cn__loss_class *)kind, .name = kind->name, .config = config};
    return CN_OK;
}

static bool takes_axis(const cn__kind *kind)
{
    for (size_t i = 0; i < kind->param_count; i++)
        if (strcmp(kind->params[i].name, "axis") == 0) return true;
    return false;
}

cn_status cn__loss_check(const cn__loss *loss, int rank)
{
    const int64_t axis = options_of(loss)->axis;
    if (!takes_axis(&loss->kind->kind) || axis == -1 || axis == (rank ? rank : 1) || axis == INT64_MIN)
        return CN_OK;
    return cn__fail(CN_ERROR_ARGUMENT, "loss %s: axis = %lld, expected the last one (-1)", loss->name,
                    (long long)axis);
}

bool cn__loss_is_sparse(const cn__loss *loss) { return loss->kind->sparse; }

bool cn__loss_is_of_batch(const cn__loss *loss)
{
    return loss->kind->of_batch || is_whole(loss) || ignores(loss) || reduced_by(loss, "sum") ||
           reduced_by(loss, "mean_with_sample_weight");
}

bool cn__loss_ignores(const cn__loss *loss, double label)
{
    return ignores(loss) && label == (double)options_of(loss)->ignore_class;
}

const char *cn__loss_for_labels(const cn__loss *loss) { return loss->kind->for_labels; }

/* Keras keeps the logits behind softmax and sigmoid with the predictions, and every cross-entropy then takes
 * them, whichever of the two it was. */
bool cn__loss_reads_logits(const cn__loss *loss, cn__act act)
{
    return loss->kind->logits && (act == CN_ACT_SOFTMAX || act == CN_ACT_SIGMOID);
}

/* ---- a batch ------------------------------------------------------------------------------------------------ */

static double sum_of_weights(const cn__loss_rows *l)
{
    double sum = 0;
    for (size_t r = 0; r < l->rows; r++) sum += l->weight ? (double)l->weight[r] : 1;
    return sum;
}

static size_t rows_that_count(const cn__loss_rows *l)
{
    const cn__loss_options *o = options_of(l->loss);
    size_t n = 0;
    for (size_t r = 0; r < l->rows; r++) n += l->target[r] != (real)o->ignore_class;
    return n;
}

/* What a row's weighted value is multiplied by to be its part of the batch's loss. */
static real scale_of(const cn__loss_rows *l)
{
    const cn__loss *loss = l->loss;
    const real mean = 1 / (real)l->rows;
    if (is_whole(loss) && !l->weight) return mean; /* one value, whatever the reduction */
    if (reduced_by(loss, "sum") || reduced_by(loss, "none")) return 1;
    if (reduced_by(loss, "mean_with_sample_weight")) {
        const double weights = sum_of_weights(l);
        return weights != 0 ? (real)(1 / weights) : 0;
    }
    return ignores(loss) ? 1 / ((real)rows_that_count(l) + (real)1e-7) : mean;
}

void cn__loss_compute(const cn__loss_rows *rows)
{
    cn__loss_rows l = *rows;
    l.scale = scale_of(&l) * (real)l.factor;
    l.loss->kind->compute(&l);
}

/* Without a reduction Keras's gradients are those of the sum, but it shows the mean. */
double cn__loss_sum(const cn__loss_rows *l, size_t samples)
{
    double sum = 0;
    for (size_t r = 0; r < l->rows; r++)
        sum += (double)l->value[r] * (l->weight ? (double)l->weight[r] : 1.0);
    const bool mean =
        !(reduced_by(l->loss, "sum") || reduced_by(l->loss, "mean_with_sample_weight")) && !ignores(l->loss);
    if (mean || (is_whole(l->loss) && !l->weight)) return sum / (double)(l->rows / samples);
    return sum * (double)scale_of(l) * (double)samples;
}
