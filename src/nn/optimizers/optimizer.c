/* Optimisers by name, their slots, and a step's numbers. */
#include "nn/optimizers/optimizer.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#include "nn/layer.h"
#include "nn/optimizers/optimizer_class.h"

#define EACH_OPTIMIZER(X)                                                                                    \
    X(adadelta)                                                                                              \
    X(adafactor)                                                                                             \
    X(adagrad)                                                                                               \
    X(adam)                                                                                                  \
    X(adamax)                                                                                                \
    X(adamw)                                                                                                 \
    X(ftrl)                                                                                                  \
    X(lamb) X(lion) X(muon) X(nadam) X(rmsprop) X(sgd)

#define DECLARE(name) extern const cn__optimizer_class cn__optimizer_##name;
EACH_OPTIMIZER(DECLARE)
#define ENTRY(name) &cn__optimizer_##name.kind,
static const cn__kind *const kinds[] = {EACH_OPTIMIZER(ENTRY) NULL};

const cn__registry cn__optimizers = {.noun = "optimizer",
                                     .example = "adam(learning_rate=0.001)",
                                     .module = "keras.optimizers",
                                     .kinds = kinds};

/* ---- from a value to an optimiser ---------------------------------------------------------------- */

static cn_status read_rate(cn__arena *arena, const cn__value *value, cn__optimizer *o)
{
    bool number = value && (value->kind == CN_VALUE_INT || value->kind == CN_VALUE_FLOAT);
    if (number && value->number >= 0 && value->number <= DBL_MAX) {
        o->learning_rate = value->number;
        return CN_OK;
    }
    if (value && cn__value_name(value)) {
        CN_TRY(cn__schedule_parse(arena, value, &o->schedule));
        o->learning_rate = cn__schedule_at(o->schedule, 0);
        return CN_OK;
    }
    const char *text = value ? cn__value_text(arena, value) : "none";
    if (!text) return CN_ERROR_MEMORY;
    return cn__fail(CN_ERROR_ARGUMENT, "learning_rate = %s, expected a number of at least 0 or a schedule",
                    text);
}

static cn_status check_options(const cn__optimizer_options *a)
{
    if (!isnan(a->clipnorm) + !isnan(a->clipvalue) + !isnan(a->global_clipnorm) > 1)
        return cn__fail(CN_ERROR_ARGUMENT,
                        "only one of clipnorm, clipvalue and global_clipnorm may be given");
    return CN_OK;
}

/* A word, or a list of them, as a LIST. */
static cn_status read_excluded(cn__arena *arena, const cn__value *value, const cn__value **out)
{
    bool words = value->kind == CN_VALUE_LIST && value->count;
    *out = value;
    if (value->kind == CN_VALUE_WORD) {
        cn__value *list = cn__arena_alloc(arena, sizeof *list);
        if (!list) return CN_ERROR_MEMORY;
        *list = (cn__value){.kind = CN_VALUE_LIST, .items = (cn__value *)value, .count = 1};
        *out = list;
        return CN_OK;
    }
    for (size_t i = 0; words && i < value->count; i++) words = value->items[i].kind == CN_VALUE_WORD;
    if (words) return CN_OK;
    return cn__fail(CN_ERROR_ARGUMENT,
                    "exclude_from_weight_decay = %s, expected names of variables, as in [bias, gamma] or "
                    "[dense/kernel]",
                    cn__value_text(arena, value));
}

/* To Keras a norm or value of zero to clip at is none at all. */
static double clip_or_none(double clip) { return clip > 0 ? clip : NAN; }

cn_status cn__optimizer_parse(cn__arena *arena, const cn__value *value, cn__optimizer *out)
{
    const cn__kind *kind;
    void *config;
    CN_TRY(cn__registry_read(arena, &cn__optimizers, value, &kind, &config));
    const cn__optimizer_options *a = config;
    cn__optimizer o = {.kind = (const cn__optimizer_class *)kind,
                       .config = config,
                       .name = a->name ? a->name : kind->name,
                       .weight_decay = a->weight_decay,
                       .clipnorm = clip_or_none(a->clipnorm),
                       .clipvalue = clip_or_none(a->clipvalue),
                       .global_clipnorm = clip_or_none(a->global_clipnorm),
                       .use_ema = a->use_ema,
                       .ema_momentum = a->ema_momentum,
                       .ema_overwrite_frequency = a->ema_overwrite_frequency,
                       .accumulation =
                           a->gradient_accumulation_steps > 0 ? a->gradient_accumulation_steps : 1,
                       .loss_scale = isnan(a->loss_scale_factor) ? 1 : a->loss_scale_factor,
                       .u_product = 1};
    cn_status status = read_rate(arena, a->learning_rate, &o);
    if (status == CN_OK) status = check_options(a);
    if (status == CN_OK && a->exclude_from_weight_decay)
        status = read_excluded(arena, a->exclude_from_weight_decay, &o.exclude);
    if (status != CN_OK) return cn__fail_in("optimizer %s", kind->name);
    *out = o;
    return CN_OK;
}

/* ---- slots ----------------------------------------------------------------------------------------- */

static bool is_wanted(const cn__optimizer *o, const cn__slot *slot)
{
    return slot->name && (!slot->wanted || slot->wanted(o->config));
}

static const cn__slot *slot_at(const cn__optimizer *o, int slot)
{
    for (int i = 0; i < CN_MAX_SLOTS; i++)
        if (is_wanted(o, &o->kind->slot[i]) && slot-- == 0) return &o->kind->slot[i];
    return NULL;
}

int cn__optimizer_slots(const cn__optimizer *o)
{
    int count = 0;
    while (count < CN_MAX_SLOTS && slot_at(o, count)) count++;
    return count;
}

const char *cn__optimizer_slot_name(const cn__optimizer *o, int slot) { return slot_at(o, slot)->name; }
int cn__optimizer_slot_round(const cn__optimizer *o, int slot) { return slot_at(o, slot)->round; }
bool cn__optimizer_slots_by_variable(const cn__optimizer *o) { return o->kind->slots_by_variable; }

bool cn__optimizer_oldest_placeholders(const cn__optimizer *o)
{
    for (const cn__slot *s = o->kind->slot; s < o->kind->slot + CN_MAX_SLOTS && s->name; s++)
        if (s->oldest_placeholder && !s->wanted(o->config)) return true;
    return false;
}

double cn__optimizer_slot_start(const cn__optimizer *o, int slot)
{
    const cn__slot *s = slot_at(o, slot);
    assert(s);
    return s->start ? s->start(o->config) : 0;
}

bool cn__optimizer_slot_of(const cn__optimizer *o, int slot, const cn__variable *v)
{
    const cn__slot *s = slot_at(o, slot);
    assert(s);
    return !s->of || s->of(o->config, v);
}

int cn__optimizer_slot_shape(const cn__optimizer *o, int slot, const cn__variable *v, size_t *shape)
{
    const cn__slot *s = slot_at(o, slot);
    return s->shape ? s->shape(v, shape) : -1;
}

/* ---- weight decay ------------------------------------------------------------------------------------ */

static bool is_path(const char *word, const cn__variable *v)
{
    const char *slash = strrchr(word, '/');
    const size_t length = slash ? (size_t)(slash - word) : 0;
    return slash && strcmp(slash + 1, v->name) == 0 && strlen(v->layer->name) == length &&
           strncmp(word, v->layer->name, length) == 0;
}

bool cn__optimizer_excludes(const cn__optimizer *o, const cn__variable *v)
{
    for (size_t i = 0; o->exclude && i < o->exclude->count; i++) {
        const char *word = o->exclude->items[i].word;
        if (strchr(word, '/') ? is_path(word, v) : strstr(v->name, word) != NULL) return true;
    }
    return false;
}

/* ---- steps ----------------------------------------------------------------------------------------- */

bool cn__optimizer_has_product(const cn__optimizer *o) { return o->kind->factor != NULL; }

cn_status cn__optimizer_set_steps(cn__optimizer *o, int64_t iterations)
{
    if (iterations < 0)
        return cn__fail(CN_ERROR_FORMAT, "optimizer %s: %lld steps taken, expected a number from 0", o->name,
                        (long long)iterations);
    o->iterations = iterations;
    o->u_product = 1;
    double before = 0; /* factors only grow, towards beta_1: a product that one leaves alone stays for good */
    const int64_t updates = iterations / o->accumulation;
    for (int64_t t = 1; o->kind->factor && t <= updates && o->u_product != before; t++) {
        before = o->u_product;
        o->u_product = cn__rounded(before * o->kind->factor(o->config, (double)t));
    }
    return CN_OK;
}

double cn__optimizer_rate(const cn__optimizer *o)
{
    return o->schedule ? cn__schedule_at(o->schedule, o->iterations) : o->learning_rate;
}

cn_status cn__optimizer_set_rate(cn__optimizer *o, double rate)
{
    if (o->schedule)
        return cn__fail(CN_ERROR_STATE,
                        "optimizer %s: its learning rate follows a schedule and cannot be set", o->name);
    if (!(rate >= 0 && rate <= DBL_MAX))
        return cn__fail(CN_ERROR_ARGUMENT, "optimizer %s: learning rate %g, expected a number of at least 0",
                        o->name, rate);
    o->learning_rate = rate;
    return CN_OK;
}

bool cn__optimizer_is_whole(const cn__optimizer *o) { return o->kind->apply != NULL; }

size_t cn__optimizer_workspace(const cn__optimizer *o, const cn__variable *v)
{
    return o->kind->workspace ? o->kind->workspace(v) : 0;
}

/* As the kernels do it before their rules. */
static void prepare_whole(const cn__update *u, real decay, const cn__whole *a)
{
    for (size_t i = 0; i < a->n; i++) {
        real g = a->grad[i] * u->grad_scale;
        if (u->clip_value != 0)
            g = g < -u->clip_value ? -u->clip_value : g > u->clip_value ? u->clip_value : g;
        if (decay != 0) a->w[i] -= a->w[i] * decay;
        a->grad[i] = g;
    }
}

void cn__optimizer_apply(const cn__optimizer *o, const cn__update *u, const cn__whole *a)
{
    real decay = u->decay;
    if (o->kind->decay && !cn__optimizer_excludes(o, a->variable))
        decay = (real)(cn__rounded(o->kind->decay(o->config, a->variable)) * (double)u->rate);
    prepare_whole(u, decay, a);
    o->kind->apply(o->config, u, a);
    for (size_t i = 0; a->average && i < a->n; i++)
        a->average[i] = u->ema * a->average[i] + (1 - u->ema) * a->w[i];
}

bool cn__optimizer_updates(const cn__optimizer *o) { return (o->iterations + 1) % o->accumulation == 0; }

int64_t cn__optimizer_update_count(const cn__optimizer *o) { return o->iterations / o->accumulation; }

/* Averages fade a step at a time: from CN_TINY it is a long way to denormal numbers, and looking for those every so many
 * steps will do. */
enum { FLUSH_EVERY = 16 };

void cn__optimizer_step(cn__optimizer *o, cn__update *out)
{
    const int64_t updates = cn__optimizer_update_count(o);
    const double rate = cn__rounded(cn__optimizer_rate(o)), t = (double)(updates + 1);
    *out = (cn__update){.kind = o->kind->rule, .grad_scale = 1, .rate = (real)rate};
    if (o->kind->factor && cn__optimizer_updates(o))
        o->u_product = cn__rounded(o->u_product * o->kind->factor(o->config, t));
    o->kind->numbers(o->config, rate, t, o->u_product, out);
    out->flush = updates % FLUSH_EVERY == 0;
    if (!isnan(o->clipvalue)) out->clip_value = (real)o->clipvalue;
    if (!isnan(o->weight_decay)) out->decay = (real)(cn__rounded(o->weight_decay) * rate);
    /* The first average is the first weights. */
    if (o->use_ema && updates > 0) out->ema = (real)o->ema_momentum;
    o->iterations++;
}
