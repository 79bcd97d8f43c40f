/* Optimisers by name, their slots, and a step's numbers. */
#include "nn/optimizer.h"

#include <math.h>

#include "nn/optimizer_class.h"

#define EACH_OPTIMIZER(X)                                                                                    \
    X(adadelta)                                                                                              \
    X(adagrad)                                                                                               \
    X(adam)                                                                                                  \
    X(adamax)                                                                                                \
    X(adamw)                                                                                                 \
    X(ftrl)                                                                                                  \
    X(lamb) X(lion) X(nadam) X(rmsprop) X(sgd)

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
    if (a->loss_scale_factor)
        return cn__fail(CN_ERROR_ARGUMENT, "loss_scale_factor must be none: losses are never scaled");
    if (a->gradient_accumulation_steps)
        return cn__fail(CN_ERROR_ARGUMENT, "gradient_accumulation_steps must be none: every batch is a step");
    return CN_OK;
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
                       .u_product = 1};
    cn_status status = read_rate(arena, a->learning_rate, &o);
    if (status == CN_OK) status = check_options(a);
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

double cn__optimizer_slot_start(const cn__optimizer *o, int slot)
{
    const cn__slot *s = slot_at(o, slot);
    return s->start ? s->start(o->config) : 0;
}

/* ---- steps ----------------------------------------------------------------------------------------- */

real cn__safe_epsilon(double epsilon, bool root)
{
#ifdef CN_REAL_DOUBLE
    (void)root;
    return epsilon;
#else
    return (real)fmax(epsilon, root ? 0x1p-100 : 0x1p-50);
#endif
}

bool cn__optimizer_has_product(const cn__optimizer *o) { return o->kind->factor != NULL; }

cn_status cn__optimizer_set_steps(cn__optimizer *o, int64_t iterations)
{
    if (iterations < 0)
        return cn__fail(CN_ERROR_FORMAT, "optimizer %s: %lld steps taken, expected a number from 0", o->name,
                        (long long)iterations);
    o->iterations = iterations;
    o->u_product = 1;
    double before = 0; /* factors only grow, towards beta_1: a product that one leaves alone stays for good */
    for (int64_t t = 1; o->kind->factor && t <= iterations && o->u_product != before; t++) {
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

void cn__optimizer_apply(const cn__optimizer *o, const cn__update *update, const cn__whole *whole)
{
    o->kind->apply(update, whole);
}

/* Averages fade a step at a time: from CN_TINY it is a long way to denormal numbers, and looking for those every so many
 * steps will do. */
enum { FLUSH_EVERY = 16 };

void cn__optimizer_step(cn__optimizer *o, cn__update *out)
{
    const double rate = cn__rounded(cn__optimizer_rate(o)), t = (double)(o->iterations + 1);
    *out = (cn__update){.kind = o->kind->rule, .grad_scale = 1};
    if (o->kind->factor) o->u_product = cn__rounded(o->u_product * o->kind->factor(o->config, t));
    o->kind->numbers(o->config, rate, t, o->u_product, out);
    out->flush = o->iterations % FLUSH_EVERY == 0;
    if (!isnan(o->clipvalue)) out->clip_value = (real)o->clipvalue;
    if (!isnan(o->weight_decay)) out->decay = (real)(cn__rounded(o->weight_decay) * rate);
    /* The first average is the first weights. */
    if (o->use_ema && o->iterations > 0) out->ema = (real)o->ema_momentum;
    o->iterations++;
}
