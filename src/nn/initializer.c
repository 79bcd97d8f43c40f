/* Initialisers: element e of a variable comes from number e of the stream (seed, index), so that a variable
 * may be filled in any order. Everything is computed in double precision and rounded once. */
#include "nn/initializer.h"

#include <float.h>
#include <math.h>

#include "base/text.h"

typedef struct cn__initializer_kind kind;

struct cn__initializer_kind {
    const char *name;
    const cn__param *params;
    size_t count;
    cn_status (*fill)(const cn__initializer *it, const cn__stream *stream, int ndim, const size_t *shape,
                      real *values);
    /* of the kinds that are a variance scaling with fixed arguments */
    double scale;
    const char *mode, *distribution;
};

/* What the tables of parameters fill. */
typedef struct arguments {
    cn__initializer it;
    const char *mode, *distribution;
    int64_t seed;
} arguments;

enum { FAN_IN, FAN_OUT, FAN_AVG };
enum { TRUNCATED_NORMAL, UNIFORM, UNTRUNCATED_NORMAL };

static const char *const modes[] = {"fan_in", "fan_out", "fan_avg"};
static const char *const distributions[] = {"truncated_normal", "uniform", "untruncated_normal", "normal"};

/* The deviation of a standard normal that is cut at ±2. */
#define TRUNCATED_DEVIATION 0.87962566103423978

static size_t size_of(int ndim, const size_t *shape)
{
    size_t n = 1;
    for (int i = 0; i < ndim; i++) n *= shape[i];
    return n;
}

/* ---- fills ------------------------------------------------------------------------------------------ */

static void fill_constant(double value, size_t n, real *values)
{
    for (size_t i = 0; i < n; i++) values[i] = (real)value;
}

static void fill_random(const cn__stream *stream, int distribution, double from, double by, size_t n,
                        real *values)
{
    double (*draw)(const cn__stream *, uint64_t) = distribution == UNIFORM ? cn__random_uniform
                                                   : distribution == TRUNCATED_NORMAL
                                                       ? cn__random_truncated_normal
                                                       : cn__random_normal;
    for (size_t i = 0; i < n; i++) values[i] = (real)(from + by * draw(stream, i));
}

static cn_status constant(const cn__initializer *it, const cn__stream *stream, int ndim, const size_t *shape,
                          real *values)
{
    (void)stream;
    fill_constant(it->a, size_of(ndim, shape), values);
    return CN_OK;
}

static cn_status zeros(const cn__initializer *it, const cn__stream *stream, int ndim, const size_t *shape,
                       real *values)
{
    (void)it, (void)stream;
    fill_constant(0, size_of(ndim, shape), values);
    return CN_OK;
}

static cn_status ones(const cn__initializer *it, const cn__stream *stream, int ndim, const size_t *shape,
                      real *values)
{
    (void)it, (void)stream;
    fill_constant(1, size_of(ndim, shape), values);
    return CN_OK;
}

static cn_status normal(const cn__initializer *it, const cn__stream *stream, int ndim, const size_t *shape,
                        real *values)
{
    fill_random(stream, UNTRUNCATED_NORMAL, it->a, it->b, size_of(ndim, shape), values);
    return CN_OK;
}

static cn_status truncated(const cn__initializer *it, const cn__stream *stream, int ndim, const size_t *shape,
                           real *values)
{
    fill_random(stream, TRUNCATED_NORMAL, it->a, it->b, size_of(ndim, shape), values);
    return CN_OK;
}

static cn_status uniform(const cn__initializer *it, const cn__stream *stream, int ndim, const size_t *shape,
                         real *values)
{
    fill_random(stream, UNIFORM, it->a, it->b - it->a, size_of(ndim, shape), values);
    return CN_OK;
}

/* Inputs and outputs of a unit: the last two dimensions times the field that the others span. */
static double fan(int mode, int ndim, const size_t *shape)
{
    double field = 1, in = 1, out = 1;
    for (int i = 0; i < ndim - 2; i++) field *= (double)shape[i];
    if (ndim == 1) in = out = (double)shape[0];
    if (ndim >= 2) in = field * (double)shape[ndim - 2], out = field * (double)shape[ndim - 1];
    double fan = mode == FAN_IN ? in : mode == FAN_OUT ? out : (in + out) / 2;
    return fmax(1, fan);
}

static cn_status scaled(const cn__initializer *it, const cn__stream *stream, int ndim, const size_t *shape,
                        real *values)
{
    double variance = it->scale / fan(it->mode, ndim, shape), from = 0, by = sqrt(variance);
    if (it->distribution == TRUNCATED_NORMAL) by /= TRUNCATED_DEVIATION;
    if (it->distribution == UNIFORM) {
        double limit = sqrt(3 * variance);
        from = -limit, by = 2 * limit;
    }
    fill_random(stream, it->distribution, from, by, size_of(ndim, shape), values);
    return CN_OK;
}

static cn_status identity(const cn__initializer *it, const cn__stream *stream, int ndim, const size_t *shape,
                          real *values)
{
    (void)stream, (void)ndim;
    for (size_t r = 0; r < shape[0]; r++)
        for (size_t c = 0; c < shape[1]; c++) values[r * shape[1] + c] = r == c ? (real)it->a : 0;
    return CN_OK;
}

/* ---- orthogonal ---------------------------------------------------------------------------------------- */

/* In four chains, element i in chain i mod 4. */
static double dot(const double *a, const double *b, size_t n)
{
    double sum[4] = {0};
    size_t i = 0;
    for (; i + 4 <= n; i += 4)
        for (size_t k = 0; k < 4; k++) sum[k] += a[i + k] * b[i + k];
    for (; i < n; i++) sum[i % 4] += a[i] * b[i];
    return (sum[0] + sum[2]) + (sum[1] + sum[3]);
}

/* Makes `count` vectors of n numbers orthonormal, in place: modified Gram-Schmidt, each vector gone over
 * twice, which leaves nothing but rounding. This is the Q of a QR with a positive diagonal in R, the one
 * that is uniform over orthogonal matrices when the vectors are normal. */
static void orthonormalise(double *vectors, size_t count, size_t n)
{
    for (size_t j = 0; j < count; j++) {
        double *v = vectors + j * n;
        for (int pass = 0; pass < 2; pass++)
            for (size_t i = 0; i < j; i++) {
                const double *q = vectors + i * n;
                double along = dot(q, v, n);
                for (size_t k = 0; k < n; k++) v[k] -= along * q[k];
            }
        double norm = sqrt(dot(v, v, n));
        for (size_t k = 0; k < n; k++) v[k] /= norm;
    }
}

/* The rows of the result are orthonormal if there are fewer of them than of columns, else the columns; all
 * dimensions but the last count as rows. */
static cn_status orthogonal(const cn__initializer *it, const cn__stream *stream, int ndim,
                            const size_t *shape, real *values)
{
    const size_t cols = shape[ndim - 1], rows = size_of(ndim - 1, shape);
    const size_t length = rows > cols ? rows : cols, count = rows > cols ? cols : rows;
    if (count == 0) return CN_OK;
    double *vectors = cn__calloc(rows * cols, sizeof *vectors);
    if (!vectors) return CN_ERROR_MEMORY;
    for (size_t j = 0; j < count; j++)
        for (size_t k = 0; k < length; k++)
            vectors[j * length + k] = cn__random_normal(stream, k * count + j);
    orthonormalise(vectors, count, length);
    for (size_t r = 0; r < rows; r++)
        for (size_t c = 0; c < cols; c++)
            values[r * cols + c] =
                (real)(it->a * (rows < cols ? vectors[r * length + c] : vectors[c * length + r]));
    cn__free(vectors);
    return CN_OK;
}

/* ---- names and arguments -------------------------------------------------------------------------------- */

#define NUMBER(field, name, text) name, CN_PARAM_FLOAT, offsetof(arguments, it.field), text, 0, 0, NULL, NULL
#define WORD(field, text) #field, CN_PARAM_WORD, offsetof(arguments, field), text, 0, 0, NULL, NULL
#define SEED "seed", CN_PARAM_MAYBE_INT, offsetof(arguments, seed), "none", 0, 0, NULL, NULL

static const cn__param constant_params[] = {{NUMBER(a, "value", "0")}};
static const cn__param identity_params[] = {{NUMBER(a, "gain", "1")}};
static const cn__param orthogonal_params[] = {{NUMBER(a, "gain", "1")}, {SEED}};
static const cn__param normal_params[] = {
    {NUMBER(a, "mean", "0")},
    {"stddev", CN_PARAM_FLOAT, offsetof(arguments, it.b), "0.05", 0, DBL_MAX, NULL, NULL},
    {SEED}};
static const cn__param uniform_params[] = {
    {NUMBER(a, "minval", "-0.05")}, {NUMBER(b, "maxval", "0.05")}, {SEED}};
static const cn__param scaling_params[] = {
    {"scale", CN_PARAM_FLOAT, offsetof(arguments, it.scale), "1", DBL_MIN, DBL_MAX, NULL, NULL},
    {WORD(mode, "fan_in")},
    {WORD(distribution, "truncated_normal")},
    {SEED}};
static const cn__param seed_params[] = {{SEED}};

#define PARAMS(table) table, sizeof table / sizeof *table
#define SCALED(name, scale, mode, distribution) name, PARAMS(seed_params), scaled, scale, mode, distribution
#define OTHER(name, params, fill) name, PARAMS(params), fill, 0, NULL, NULL

static const kind kinds[] = {
    {OTHER("constant", constant_params, constant)},
    {SCALED("glorot_normal", 1, "fan_avg", "truncated_normal")},
    {SCALED("glorot_uniform", 1, "fan_avg", "uniform")},
    {SCALED("he_normal", 2, "fan_in", "truncated_normal")},
    {SCALED("he_uniform", 2, "fan_in", "uniform")},
    {OTHER("identity", identity_params, identity)},
    {SCALED("lecun_normal", 1, "fan_in", "truncated_normal")},
    {SCALED("lecun_uniform", 1, "fan_in", "uniform")},
    {"ones", NULL, 0, ones, 0, NULL, NULL},
    {OTHER("orthogonal", orthogonal_params, orthogonal)},
    {OTHER("random_normal", normal_params, normal)},
    {OTHER("random_uniform", uniform_params, uniform)},
    {OTHER("truncated_normal", normal_params, truncated)},
    {OTHER("variance_scaling", scaling_params, scaled)},
    {"zeros", NULL, 0, zeros, 0, NULL, NULL},
};

static const char *const names[] = {
    "constant",         "glorot_normal",    "glorot_uniform", "he_normal",  "he_uniform",    "identity",
    "lecun_normal",     "lecun_uniform",    "ones",           "orthogonal", "random_normal", "random_uniform",
    "truncated_normal", "variance_scaling", "zeros",          NULL};

/* Keras's other words. */
static const char *const aliases[][2] = {{"uniform", "random_uniform"},
                                         {"normal", "random_normal"},
                                         {"one", "ones"},
                                         {"zero", "zeros"},
                                         {"identity_initializer", "identity"},
                                         {"orthogonal_initializer", "orthogonal"}};

const char *const *cn__initializer_names(void) { return names; }

static cn_status find_word(const char *what, const char *got, const char *const *words, int n, int *out)
{
    for (int i = 0; i < n && got; i++)
        if (cn__same_name(got, words[i])) {
            *out = i;
            return CN_OK;
        }
    return cn__fail_word(CN_ERROR_ARGUMENT, what, got ? got : "none", words, (size_t)n);
}

static cn_status read_kind(cn__arena *arena, const kind *k, const cn__value *value, cn__initializer *out)
{
    const char *what = cn__arena_format(arena, "initializer %s", k->name);
    arguments *a = cn__arena_alloc(arena, sizeof *a);
    if (!what || !a) return CN_ERROR_MEMORY;
    a->seed = INT64_MIN;
    a->it = (cn__initializer){.kind = k, .scale = k->scale};
    a->mode = k->mode;
    a->distribution = k->distribution;
    CN_TRY(cn__params_read(arena, what, k->params, k->count, value, a));
    cn_status status = CN_OK;
    if (k->fill == scaled) status = find_word("mode", a->mode, modes, 3, &a->it.mode);
    if (k->fill == scaled && status == CN_OK)
        status = find_word("distribution", a->distribution, distributions, 4, &a->it.distribution);
    if (k->fill == uniform && a->it.a > a->it.b)
        status = cn__fail(CN_ERROR_ARGUMENT, "minval = %g is over maxval = %g", a->it.a, a->it.b);
    if (status != CN_OK) return cn__fail_in("%s", what);
    if (a->it.distribution == 3)
        a->it.distribution = TRUNCATED_NORMAL; /* that is what Keras's "normal" is here */
    a->it.has_seed = a->seed != INT64_MIN;
    a->it.seed = a->it.has_seed ? (uint64_t)a->seed : 0;
    *out = a->it;
    return CN_OK;
}

cn_status cn__initializer_parse(cn__arena *arena, const cn__value *value, cn__initializer *out)
{
    static const cn__value standard = {.kind = CN_VALUE_WORD, .word = "glorot_uniform"};
    if (!value || value->kind == CN_VALUE_NONE) value = &standard;
    const char *name = cn__value_name(value);
    if (!name) {
        const char *text = cn__value_text(arena, value);
        if (!text) return CN_ERROR_MEMORY;
        return cn__fail(CN_ERROR_ARGUMENT,
                        "initializer: got %s, expected a name, as in random_normal(stddev=0.01)", text);
    }
    const char *known = name;
    for (size_t i = 0; i < sizeof aliases / sizeof *aliases; i++)
        if (cn__same_name(name, aliases[i][0])) known = aliases[i][1];
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (cn__same_name(known, kinds[i].name)) return read_kind(arena, &kinds[i], value, out);
    return cn__fail_word(CN_ERROR_ARGUMENT, "initializer", name, names, sizeof names / sizeof *names - 1);
}

cn_status cn__initializer_check(const cn__initializer *it, int ndim)
{
    if (it->kind->fill == identity && ndim != 2)
        return cn__fail(CN_ERROR_SHAPE,
                        "initializer identity: a variable of %d dimension%s, expected a matrix", ndim,
                        ndim == 1 ? "" : "s");
    if (it->kind->fill == orthogonal && ndim < 2)
        return cn__fail(CN_ERROR_SHAPE,
                        "initializer orthogonal: a variable of %d dimension%s, expected at least 2", ndim,
                        ndim == 1 ? "" : "s");
    return CN_OK;
}

cn_status cn__initializer_fill(const cn__initializer *initializer, uint64_t seed, uint32_t index, int ndim,
                               const size_t *shape, real *values)
{
    CN_TRY(cn__initializer_check(initializer, ndim));
    /* A seed of its own gives the same numbers wherever the initialiser is used, as in Keras. */
    cn__stream stream = initializer->has_seed ? cn__random_stream(initializer->seed, CN_RANDOM_WEIGHTS, 0, 0)
                                              : cn__random_stream(seed, CN_RANDOM_WEIGHTS, index, 0);
    return initializer->kind->fill(initializer, &stream, ndim, shape, values);
}
