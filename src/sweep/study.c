/* Opening a study. */
#include "sweep/study.h"

#include <string.h>

#include "cornu/version.h"
#include "data/data.h"
#include "train/shared_data.h"

const char *const cn__trial_states[] = {"running", "complete", "pruned", "failed"};

/* ---- opening ------------------------------------------------------------------------------------------------------- */

/* A plain name without the quotes that the notation would give to "none". */
static const char *kind_text(cn__arena *arena, const cn__value *value)
{
    return value->kind == CN_VALUE_WORD ? value->word : cn__value_text(arena, value);
}

static const cn__value *or_word(const cn__value *given, const cn__value *fallback)
{
    return given ? given : fallback;
}

static cn_status read_kinds(cn__study *s)
{
    static const cn__value random = {.kind = CN_VALUE_WORD, .word = "random"},
                           none = {.kind = CN_VALUE_WORD, .word = "none"},
                           val_loss = {.kind = CN_VALUE_WORD, .word = "val_loss"};
    cn__study_options *o = &s->options;
    const cn__value *sampler = or_word(o->sampler, &random), *pruner = or_word(o->pruner, &none);
    const cn__kind *kind;
    CN_TRY(cn__goals_read(&s->arena, o->objective, o->best, s->goals, &s->goal_count));
    CN_TRY(cn__registry_read(&s->arena, &cn__samplers, sampler, &kind, &s->sampler_config));
    s->sampler = (const cn__sampler_kind *)kind;
    CN_TRY(cn__registry_read(&s->arena, &cn__pruners, pruner, &kind, &s->pruner_config));
    s->pruner = (const cn__pruner_kind *)kind;
    s->sampler_text = kind_text(&s->arena, sampler);
    s->pruner_text = kind_text(&s->arena, pruner);
    s->objective_text = cn__value_text(&s->arena, or_word(o->objective, &val_loss));
    return s->sampler_text && s->pruner_text && s->objective_text ? CN_OK : CN_ERROR_MEMORY;
}

static bool is_searched(const cn__study *s, const char *name)
{
    for (size_t i = 0; i < s->space.count; i++)
        for (size_t k = 0; s->template_.places && k < s->template_.place_counts[i]; k++) {
            const cn__place *p = &s->template_.places[i][k];
            if (p->kind == CN_PLACE_FIT && strcmp(cn__fit_arguments[p->index].name, name) == 0) return true;
        }
    return false;
}

static cn_status check_together(const cn__study *s)
{
    const cn__study_options *o = &s->options;
    const bool prunes = s->pruner->course != NULL, looks = s->sampler->looks || prunes;
    for (size_t i = 0; i < s->goal_count; i++)
        if (s->goals[i].source == CN_GOAL_SECONDS && s->sampler->looks)
            return cn__fail(
                CN_ERROR_ARGUMENT,
                "objective seconds: they differ from run to run, so that sampler=%s would not find the same twice; expected flops, or another sampler",
                s->sampler_text);
    if (prunes && s->goals[0].source != CN_GOAL_HISTORY)
        return cn__fail(CN_ERROR_ARGUMENT,
                        "pruner=%s: the first objective is %s, expected a value that each epoch has",
                        s->pruner_text, s->goals[0].name);
    if (prunes && is_searched(s, "epochs"))
        return cn__fail(CN_ERROR_ARGUMENT, "pruner=%s: it chooses the epochs; expected no epochs=[…]",
                        s->pruner_text);
    if (o->shards > 1 && looks)
        return cn__fail(
            CN_ERROR_ARGUMENT,
            "shard: sampler=%s and pruner=%s look at other trials, which another shard has; expected random, grid or sobol, and no pruner",
            s->sampler_text, s->pruner_text);
    return CN_OK;
}

static cn_status count_trials(cn__study *s)
{
    enum { FALLBACK = 100, MOST_TRIALS = 100000000 };
    cn__study_options *o = &s->options;
    if (s->sampler->prepare) CN_TRY(s->sampler->prepare(s));
    const size_t points = s->sampler->count ? s->sampler->count(s) : 0;
    s->trial_count = o->trials ? o->trials : points ? points : FALLBACK;
    if (points && s->trial_count > points) s->trial_count = points;
    if (s->trial_count > MOST_TRIALS)
        return cn__fail(CN_ERROR_ARGUMENT, "trials = %zu, expected at most %d", s->trial_count, MOST_TRIALS);
    if (o->seeds > CN_MAX_SEEDS)
        return cn__fail(CN_ERROR_ARGUMENT, "seeds = %zu, expected at most %d", o->seeds, CN_MAX_SEEDS);
    if (!o->seeds) o->seeds = 1;
    if (!o->ahead) o->ahead = 16;
    if (o->shards && (!o->shard || o->shard > o->shards))
        return cn__fail(CN_ERROR_ARGUMENT, "shard %zu/%zu, expected the first to be 1 to %zu", o->shard,
                        o->shards, o->shards);
    return s->pruner->check ? s->pruner->check(s) : CN_OK;
}

static cn_status alloc_trials(cn__study *s)
{
    const size_t d = s->space.count, rungs = s->pruner->course ? CN_MAX_RUNGS : 0,
                 each = 2 * d + s->goal_count + rungs;
    s->trials = cn__calloc(s->trial_count, sizeof *s->trials);
    s->memory = cn__calloc(s->trial_count, each * sizeof *s->memory);
    if (!s->trials || !s->memory) return CN_ERROR_MEMORY;
    for (size_t i = 0; i < s->trial_count; i++) {
        double *p = s->memory + i * each;
        s->trials[i] =
            (cn__trial){.point = p, .where = p + d, .values = p + 2 * d, .rungs = p + 2 * d + s->goal_count};
    }
    return CN_OK;
}

static cn_status make_key(cn__study *s)
{
    const cn__study_options *o = &s->options;
    const cn_fit_options *f = &s->base.fit;
    cn__text t = {0};
    cn__text_printf(&t, "cornu %s sweep 1\ndata %s\nlayers %s\n", CN_VERSION, o->data_key ? o->data_key : "",
                    s->base.layers);
    cn__text_printf(&t, "optimizer %s\nloss %s\nmetrics %s\nweighted %s\n",
                    s->base.optimizer ? s->base.optimizer : "", s->base.loss,
                    s->base.metrics ? s->base.metrics : "",
                    s->base.weighted_metrics ? s->base.weighted_metrics : "");
    cn__text_printf(
        &t,
        "epochs %zu %zu batch %zu %zu split %.17g %d shuffle %d %d freq %zu\ncallbacks %s\nclass_weight %s\n",
        f->epochs, f->initial_epoch, f->batch_size, f->validation_batch_size, f->validation_split,
        f->validation_x || f->validation_inputs, f->shuffle, f->reshuffle, f->validation_freq,
        f->callbacks ? f->callbacks : "", f->class_weight ? f->class_weight : "");
    cn__text_printf(&t, "space %s\nsampler %s\npruner %s\nobjective %s %d\nseed %llu seeds %zu ahead %zu\n",
                    o->space, s->sampler_text, s->pruner_text, s->objective_text, o->best,
                    (unsigned long long)o->seed, o->seeds, o->ahead);
    if (s->base.loss_weights) cn__text_printf(&t, "loss weights %s\n", s->base.loss_weights);
    if (s->base.convolution && strcmp(s->base.convolution, "default") != 0)
        cn__text_printf(&t, "convolution %s\n", s->base.convolution);
    if (s->pruner->together)
        cn__text_printf(&t, "trials %zu\n", s->trial_count); /* the last group depends on it */
    cn_status status = t.failed ? cn__fail_memory(t.size, "a key") : CN_OK;
    if (status == CN_OK) cn__sha256_hex(t.data, t.size, s->key);
    cn__text_free(&t);
    return status;
}

static cn_status open_study(cn__study *s)
{
    const cn_fit_options *f = &s->base.fit;
    if (!(f->x || f->inputs) || !(f->y || f->targets))
        return cn__fail(CN_ERROR_ARGUMENT, "sweep: expected data: inputs and targets");
    CN_TRY(cn__space_parse(&s->arena, s->options.space, &s->space));
    CN_TRY(cn__template_open(&s->arena, &s->base, &s->space, &s->template_));
    CN_TRY(read_kinds(s));
    CN_TRY(check_together(s));
    CN_TRY(count_trials(s));
    CN_TRY(cn__study_check(s));
    CN_TRY(make_key(s));
    CN_TRY(cn__shared_data_new(&s->shared));
    return alloc_trials(s);
}

/* Every objective is a value that the function reports, whatever its name. */
static cn_status open_function(cn__study *s)
{
    CN_TRY(cn__space_parse(&s->arena, s->options.space, &s->space));
    CN_TRY(read_kinds(s));
    for (size_t i = 0; i < s->goal_count; i++) s->goals[i].source = CN_GOAL_HISTORY;
    if (s->pruner->together)
        return cn__fail(
            CN_ERROR_ARGUMENT,
            "pruner=%s: trials wait for one another in it, and a function does not wait; expected asha or median",
            s->pruner_text);
    CN_TRY(check_together(s));
    CN_TRY(count_trials(s));
    CN_TRY(make_key(s));
    return alloc_trials(s);
}

cn_status cn__study_open_function(const cn__study_options *options, size_t epochs, cn__study *out)
{
    *out = (cn__study){.options = *options, .base = {.name = options->name, .layers = "", .loss = ""}};
    out->base.fit = cn_fit_defaults();
    out->base.fit.epochs = epochs;
    cn_status status = open_function(out);
    if (status != CN_OK) cn__study_close(out);
    return status;
}

cn_status cn__study_open(const cn__configuration *base, const cn__study_options *options, cn__study *out)
{
    *out = (cn__study){.options = *options, .base = *base};
    cn_status status = open_study(out);
    if (status != CN_OK) cn__study_close(out);
    return status;
}

void cn__study_close(cn__study *s)
{
    if (s->sampler && s->sampler->release) s->sampler->release(s);
    cn__free(s->trials);
    cn__free(s->memory);
    cn__shared_data_free(s->shared);
    cn__arena_free(&s->arena);
    s->trials = NULL, s->memory = NULL, s->shared = NULL, s->trial_count = 0;
}
