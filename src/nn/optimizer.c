/* Optimisers: a table of what each is called, takes and keeps, and what it makes of a step's number. Powers
 * and rates are rounded to `real` where Keras rounds them to float32, since 1 - 0.999f and 0.001f differ by
 * more than a rounding. The formulas themselves stand in kernels/simd/update.c. */
#include "nn/optimizer.h"

#include <float.h>
#include <math.h>

#include "base/dmath.h"
#include "base/text.h"

/* What the tables of parameters fill. */
typedef struct arguments {
    cn__optimizer o;
    const cn__value *learning_rate, *loss_scale_factor, *gradient_accumulation_steps;
} arguments;

typedef enum slot_when { ALWAYS, WITH_MOMENTUM, WITH_AMSGRAD, WITH_CENTERED } slot_when;

typedef struct slot_info {
    const char *name; /* NULL: no more */
    slot_when when;
    bool accumulates; /* starts from initial_accumulator_value, else from zero */
    int round;        /* Keras makes the slots of a round together, variable by variable */
} slot_info;

typedef struct cn__optimizer_kind_info kind_info;

struct cn__optimizer_kind_info {
    const char *name, *class_name;
    cn__optimizer_kind kind;
    const cn__param *params;
    size_t count;
    slot_info slot[CN_MAX_SLOTS];
    /* Fills u->c for step t, the first being 1. */
    void (*numbers)(cn__optimizer *o, double rate, double t, cn__update *u);
};

/* ---- a step's numbers: see kernels/simd/update.c ------------------------------------------------ */

/* The numbers of float32 arithmetic, carried in double. */
static double rounded(double x) { return (double)(real)x; }

static double power(double base, double t) { return rounded(cn__pow(rounded(base), t)); }

/* Slots under CN_TINY of the kernels are flushed to zero; an epsilon smaller than what that leaves out
 * would let a step divide by almost nothing. `root`: epsilon is added inside the root. */
static real safe_epsilon(const cn__optimizer *o, bool root)
{
#ifdef CN_REAL_DOUBLE
    (void)root;
    return o->epsilon;
#else
    return (real)fmax(o->epsilon, root ? 0x1p-100 : 0x1p-50);
#endif
}

/* Averages fade a step at a time: from CN_TINY it is a long way to denormal numbers, and looking for those every so many
 * steps will do. */
enum { FLUSH_EVERY = 16 };

static void set(cn__update *u, int count, const double *c)
{
    for (int i = 0; i < count; i++) u->c[i] = (real)c[i];
}

static void sgd(cn__optimizer *o, double rate, double t, cn__update *u)
{
    (void)t;
    u->flag[0] = o->nesterov;
    set(u, 2, (double[]){rate, o->momentum});
}

static void adam(cn__optimizer *o, double rate, double t, cn__update *u)
{
    double alpha = rate * sqrt(1 - power(o->beta_2, t)) / (1 - power(o->beta_1, t));
    u->flag[1] = o->amsgrad;
    set(u, 3, (double[]){alpha, 1 - o->beta_1, 1 - o->beta_2});
    u->c[3] = safe_epsilon(o, false);
}

static void rmsprop(cn__optimizer *o, double rate, double t, cn__update *u)
{
    (void)t;
    u->flag[1] = o->centered;
    set(u, 5, (double[]){rate, o->rho, 1 - o->rho, 0, o->momentum});
    u->c[3] = safe_epsilon(o, true);
}

static void adagrad(cn__optimizer *o, double rate, double t, cn__update *u)
{
    (void)t;
    u->c[0] = (real)rate;
    u->c[1] = safe_epsilon(o, true);
}

static void adadelta(cn__optimizer *o, double rate, double t, cn__update *u)
{
    (void)t;
    set(u, 3, (double[]){rate, o->rho, 1 - o->rho});
    u->c[3] = safe_epsilon(o, true);
}

static void adamax(cn__optimizer *o, double rate, double t, cn__update *u)
{
    set(u, 3, (double[]){rate / (1 - power(o->beta_1, t)), 1 - o->beta_1, o->beta_2});
    u->c[3] = safe_epsilon(o, false);
}

/* The momentum factor of step t (T. Dozat, "Incorporating Nesterov momentum into Adam"). */
static double nadam_factor(const cn__optimizer *o, double t)
{
    return rounded(rounded(o->beta_1) * (1 - 0.5 * power(0.96, t)));
}

static void nadam(cn__optimizer *o, double rate, double t, cn__update *u)
{
    double now = nadam_factor(o, t), next = nadam_factor(o, t + 1);
    o->u_product = rounded(o->u_product * now);
    double product = o->u_product, product_next = rounded(product * next);
    set(u, 7,
        (double[]){rate, 1 - rounded(o->beta_1), 1 - rounded(o->beta_2), 0, next / (1 - product_next),
                   (1 - now) / (1 - product), 1 / (1 - power(o->beta_2, t))});
    u->c[3] = safe_epsilon(o, false);
}

static void lion(cn__optimizer *o, double rate, double t, cn__update *u)
{
    (void)t;
    double b1 = rounded(o->beta_1), b2 = rounded(o->beta_2);
    set(u, 5, (double[]){rate, b1, 1 - b1, b2, 1 - b2});
}

static void ftrl(cn__optimizer *o, double rate, double t, cn__update *u)
{
    (void)t;
    set(u, 5,
        (double[]){1 / rate, -o->learning_rate_power, o->l1_strength, 2 * o->l2_strength + o->beta / rate,
                   2 * o->l2_shrinkage});
}

/* ---- arguments ----------------------------------------------------------------------------------- */

#define O(field) offsetof(arguments, o.field)
#define ARGUMENT(name, type, field, text, low, high) name, type, field, text, low, high, NULL, NULL
#define FLOAT(field, text, low, high) ARGUMENT(#field, CN_PARAM_FLOAT, O(field), text, low, high)
#define FLAG(field, text) ARGUMENT(#field, CN_PARAM_BOOL, O(field), text, 0, 0)
#define CLIP(field) ARGUMENT(#field, CN_PARAM_MAYBE_FLOAT, O(field), "none", 0, DBL_MAX)
#define VALUE(name, text) ARGUMENT(#name, CN_PARAM_VALUE, offsetof(arguments, name), text, 0, 0)

#define RATE(text) VALUE(learning_rate, text)
#define BETAS(beta_1_text, beta_2_text)                                                                      \
    {FLOAT(beta_1, beta_1_text, 0, 1)}, { FLOAT(beta_2, beta_2_text, 0, 1) }
#define EPSILON FLOAT(epsilon, "1e-7", 0, DBL_MAX)

/* What every optimiser takes, after its own. */
#define COMMON_BUT_DECAY(name_text)                                                                          \
    {CLIP(clipnorm)}, {CLIP(clipvalue)}, {CLIP(global_clipnorm)}, {FLAG(use_ema, "false")},                  \
        {FLOAT(ema_momentum, "0.99", 0, 1)},                                                                 \
        {ARGUMENT("ema_overwrite_frequency", CN_PARAM_MAYBE_INT, O(ema_overwrite_frequency), "none", 1,      \
                  0x1p62)},                                                                                  \
        {VALUE(loss_scale_factor, "none")}, {VALUE(gradient_accumulation_steps, "none")},                    \
    {                                                                                                        \
        ARGUMENT("name", CN_PARAM_WORD, O(name), name_text, 0, 0)                                            \
    }

#define COMMON(name_text)                                                                                    \
    {ARGUMENT("weight_decay", CN_PARAM_MAYBE_FLOAT, O(weight_decay), "none", 0, DBL_MAX)},                   \
        COMMON_BUT_DECAY(name_text)

static const cn__param sgd_params[] = {
    {RATE("0.01")}, {FLOAT(momentum, "0", 0, 1)}, {FLAG(nesterov, "false")}, COMMON("SGD")};
static const cn__param adam_params[] = {
    {RATE("0.001")}, BETAS("0.9", "0.999"), {EPSILON}, {FLAG(amsgrad, "false")}, COMMON("adam")};
static const cn__param adamw_params[] = {{RATE("0.001")},          {FLOAT(weight_decay, "0.004", 0, DBL_MAX)},
                                         BETAS("0.9", "0.999"),    {EPSILON},
                                         {FLAG(amsgrad, "false")}, COMMON_BUT_DECAY("adamw")};
static const cn__param rmsprop_params[] = {
    {RATE("0.001")}, {FLOAT(rho, "0.9", 0, 1)}, {FLOAT(momentum, "0", 0, DBL_MAX)},
    {EPSILON},       {FLAG(centered, "false")}, COMMON("rmsprop")};
static const cn__param adagrad_params[] = {
    {RATE("0.001")}, {FLOAT(initial_accumulator_value, "0.1", 0, DBL_MAX)}, {EPSILON}, COMMON("adagrad")};
static const cn__param adadelta_params[] = {
    {RATE("0.001")}, {FLOAT(rho, "0.95", 0, 1)}, {EPSILON}, COMMON("adadelta")};
static const cn__param adamax_params[] = {
    {RATE("0.001")}, BETAS("0.9", "0.999"), {EPSILON}, COMMON("adamax")};
static const cn__param nadam_params[] = {{RATE("0.001")}, BETAS("0.9", "0.999"), {EPSILON}, COMMON("nadam")};
static const cn__param lion_params[] = {
    {RATE("0.001")}, {FLOAT(beta_1, "0.9", DBL_MIN, 1)}, {FLOAT(beta_2, "0.99", 0, 1)}, COMMON("lion")};
static const cn__param ftrl_params[] = {
    {RATE("0.001")},
    {FLOAT(learning_rate_power, "-0.5", -DBL_MAX, 0)},
    {FLOAT(initial_accumulator_value, "0.1", 0, DBL_MAX)},
    {ARGUMENT("l1_regularization_strength", CN_PARAM_FLOAT, O(l1_strength), "0", 0, DBL_MAX)},
    {ARGUMENT("l2_regularization_strength", CN_PARAM_FLOAT, O(l2_strength), "0", 0, DBL_MAX)},
    {ARGUMENT("l2_shrinkage_regularization_strength", CN_PARAM_FLOAT, O(l2_shrinkage), "0", 0, DBL_MAX)},
    {FLOAT(beta, "0", 0, DBL_MAX)},
    COMMON("ftrl")};

#define PARAMS(table) .params = table, .count = sizeof table / sizeof *table

static const kind_info kinds[] = {
    {.name = "adadelta",
     .class_name = "Adadelta",
     .kind = CN_OPTIMIZER_ADADELTA,
     PARAMS(adadelta_params),
     .numbers = adadelta,
     .slot = {{"accumulated_grad", ALWAYS, false, 0}, {"accumulated_delta_var", ALWAYS, false, 0}}},
    {.name = "adagrad",
     .class_name = "Adagrad",
     .kind = CN_OPTIMIZER_ADAGRAD,
     PARAMS(adagrad_params),
     .numbers = adagrad,
     .slot = {{"accumulator", ALWAYS, true, 0}}},
    {.name = "adam",
     .class_name = "Adam",
     .kind = CN_OPTIMIZER_ADAM,
     PARAMS(adam_params),
     .numbers = adam,
     .slot = {{"momentum", ALWAYS, false, 0},
              {"velocity", ALWAYS, false, 0},
              {"velocity_hat", WITH_AMSGRAD, false, 1}}},
    {.name = "adamax",
     .class_name = "Adamax",
     .kind = CN_OPTIMIZER_ADAMAX,
     PARAMS(adamax_params),
     .numbers = adamax,
     .slot = {{"momentum", ALWAYS, false, 0}, {"norm", ALWAYS, false, 0}}},
    {.name = "adamw",
     .class_name = "AdamW",
     .kind = CN_OPTIMIZER_ADAM,
     PARAMS(adamw_params),
     .numbers = adam,
     .slot = {{"momentum", ALWAYS, false, 0},
              {"velocity", ALWAYS, false, 0},
              {"velocity_hat", WITH_AMSGRAD, false, 1}}},
    {.name = "ftrl",
     .class_name = "Ftrl",
     .kind = CN_OPTIMIZER_FTRL,
     PARAMS(ftrl_params),
     .numbers = ftrl,
     .slot = {{"accumulator", ALWAYS, true, 0}, {"linear", ALWAYS, false, 0}}},
    {.name = "lion",
     .class_name = "Lion",
     .kind = CN_OPTIMIZER_LION,
     PARAMS(lion_params),
     .numbers = lion,
     .slot = {{"momentum", ALWAYS, false, 0}}},
    {.name = "nadam",
     .class_name = "Nadam",
     .kind = CN_OPTIMIZER_NADAM,
     PARAMS(nadam_params),
     .numbers = nadam,
     .slot = {{"momentum", ALWAYS, false, 0}, {"velocity", ALWAYS, false, 0}}},
    {.name = "rmsprop",
     .class_name = "RMSprop",
     .kind = CN_OPTIMIZER_RMSPROP,
     PARAMS(rmsprop_params),
     .numbers = rmsprop,
     .slot = {{"velocity", ALWAYS, false, 0},
              {"momentum", WITH_MOMENTUM, false, 1},
              {"average_gradient", WITH_CENTERED, false, 2}}},
    {.name = "sgd",
     .class_name = "SGD",
     .kind = CN_OPTIMIZER_SGD,
     PARAMS(sgd_params),
     .numbers = sgd,
     .slot = {{"momentum", WITH_MOMENTUM, false, 0}}},
};

static const char *const names[] = {"adadelta", "adagrad", "adam",    "adamax", "adamw", "ftrl",
                                    "lion",     "nadam",   "rmsprop", "sgd",    NULL};

const char *const *cn__optimizer_names(void) { return names; }

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

static cn_status check_arguments(const arguments *a)
{
    const cn__optimizer *o = &a->o;
    if (!isnan(o->clipnorm) + !isnan(o->clipvalue) + !isnan(o->global_clipnorm) > 1)
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

static cn_status read_kind(cn__arena *arena, const kind_info *info, const cn__value *value,
                           cn__optimizer *out)
{
    const char *what = cn__arena_format(arena, "optimizer %s", info->name);
    arguments *a = cn__arena_alloc(arena, sizeof *a);
    if (!what || !a) return CN_ERROR_MEMORY;
    cn__optimizer *o = &a->o;
    o->weight_decay = NAN;
    CN_TRY(cn__params_read(arena, what, info->params, info->count, value, a));
    cn_status status = read_rate(arena, a->learning_rate, o);
    if (status == CN_OK) status = check_arguments(a);
    if (status != CN_OK) return cn__fail_in("%s", what);
    o->info = info;
    if (!o->name) o->name = info->name;
    o->clipnorm = clip_or_none(o->clipnorm);
    o->clipvalue = clip_or_none(o->clipvalue);
    o->global_clipnorm = clip_or_none(o->global_clipnorm);
    o->u_product = 1;
    *out = *o;
    return CN_OK;
}

cn_status cn__optimizer_parse(cn__arena *arena, const cn__value *value, cn__optimizer *out)
{
    const char *name = cn__value_name(value);
    if (!name) {
        const char *text = cn__value_text(arena, value);
        if (!text) return CN_ERROR_MEMORY;
        return cn__fail(CN_ERROR_ARGUMENT,
                        "optimizer: got %s, expected a name, as in adam(learning_rate=0.001)", text);
    }
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (cn__same_name(name, kinds[i].name)) return read_kind(arena, &kinds[i], value, out);
    return cn__fail_word(CN_ERROR_ARGUMENT, "optimizer", name, names, sizeof names / sizeof *names - 1);
}

/* ---- slots ----------------------------------------------------------------------------------------- */

static bool wanted(const cn__optimizer *o, const slot_info *slot)
{
    switch (slot->when) {
    case WITH_MOMENTUM: return o->momentum > 0;
    case WITH_AMSGRAD: return o->amsgrad;
    case WITH_CENTERED: return o->centered;
    case ALWAYS: break;
    }
    return slot->name != NULL;
}

static const slot_info *slot_at(const cn__optimizer *o, int slot)
{
    for (int i = 0; i < CN_MAX_SLOTS; i++)
        if (wanted(o, &o->info->slot[i]) && slot-- == 0) return &o->info->slot[i];
    return NULL;
}

int cn__optimizer_slots(const cn__optimizer *optimizer)
{
    int count = 0;
    while (count < CN_MAX_SLOTS && slot_at(optimizer, count)) count++;
    return count;
}

const char *cn__optimizer_slot_name(const cn__optimizer *optimizer, int slot)
{
    return slot_at(optimizer, slot)->name;
}

double cn__optimizer_slot_start(const cn__optimizer *optimizer, int slot)
{
    return slot_at(optimizer, slot)->accumulates ? optimizer->initial_accumulator_value : 0;
}

int cn__optimizer_slot_round(const cn__optimizer *optimizer, int slot)
{
    return slot_at(optimizer, slot)->round;
}

/* ---- what it was made of ------------------------------------------------------------------------------ */

const char *cn__optimizer_class(const cn__optimizer *optimizer) { return optimizer->info->class_name; }

const cn__param *cn__optimizer_params(const cn__optimizer *optimizer, size_t *count)
{
    _Static_assert(offsetof(arguments, o) == 0, "the tables' offsets hold for the optimiser itself");
    *count = optimizer->info->count;
    return optimizer->info->params;
}

bool cn__optimizer_has_product(const cn__optimizer *optimizer)
{
    return optimizer->info->kind == CN_OPTIMIZER_NADAM;
}

cn_status cn__optimizer_set_steps(cn__optimizer *optimizer, int64_t iterations)
{
    cn__optimizer *o = optimizer;
    if (iterations < 0)
        return cn__fail(CN_ERROR_FORMAT, "optimizer %s: %lld steps taken, expected a number from 0", o->name,
                        (long long)iterations);
    o->iterations = iterations;
    o->u_product = 1;
    double before = 0; /* factors only grow, towards beta_1: a product that one leaves alone stays for good */
    for (int64_t t = 1; cn__optimizer_has_product(o) && t <= iterations && o->u_product != before; t++) {
        before = o->u_product;
        o->u_product = rounded(before * nadam_factor(o, (double)t));
    }
    return CN_OK;
}

/* ---- steps ----------------------------------------------------------------------------------------- */

double cn__optimizer_rate(const cn__optimizer *optimizer)
{
    return optimizer->schedule ? cn__schedule_at(optimizer->schedule, optimizer->iterations)
                               : optimizer->learning_rate;
}

cn_status cn__optimizer_set_rate(cn__optimizer *optimizer, double rate)
{
    if (optimizer->schedule)
        return cn__fail(CN_ERROR_STATE,
                        "optimizer %s: its learning rate follows a schedule and cannot be set",
                        optimizer->name);
    if (!(rate >= 0 && rate <= DBL_MAX))
        return cn__fail(CN_ERROR_ARGUMENT, "optimizer %s: learning rate %g, expected a number of at least 0",
                        optimizer->name, rate);
    optimizer->learning_rate = rate;
    return CN_OK;
}

void cn__optimizer_step(cn__optimizer *optimizer, cn__update *out)
{
    cn__optimizer *o = optimizer;
    const double rate = rounded(cn__optimizer_rate(o));
    *out = (cn__update){.kind = o->info->kind, .grad_scale = 1};
    o->info->numbers(o, rate, (double)(o->iterations + 1), out);
    out->flush = o->iterations % FLUSH_EVERY == 0;
    if (!isnan(o->clipvalue)) out->clip_value = (real)o->clipvalue;
    if (!isnan(o->weight_decay)) out->decay = (real)(rounded(o->weight_decay) * rate);
    /* The first average is the first weights. */
    if (o->use_ema && o->iterations > 0) out->ema = (real)o->ema_momentum;
    o->iterations++;
}
