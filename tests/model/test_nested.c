/* Models used as layers: shared, frozen, trained as if their layers were the outer model's own, and freed in any order. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "cornu/cornu.h"

enum { SAMPLES = 48, INPUTS = 6, CLASSES = 3 };
static float inputs[SAMPLES * INPUTS], classes[SAMPLES * CLASSES];
static cn_array x, y;

static void assert_ok(cn_status status)
{
    if (status != CN_OK) fail_msg("%s", cn_error());
}

static void says(const char *part)
{
    if (!strstr(cn_error(), part)) fail_msg("'%s' is not in: %s", part, cn_error());
}

static cn_model *named(const char *name, const char *layers)
{
    cn_model *m = cn_model_new(name);
    assert_ok(cn_model_add_notation(m, layers));
    return m;
}

/* A graph of the line's layers behind an input. */
static cn_model *graph(const char *name, const char *layer)
{
    cn_tensor *in = cn_tensor_input(INPUTS), *out = cn_call(cn_layer_new(layer), in);
    cn_model *m = cn_model_from_named(name, &in, 1, &out, 1);
    if (!m) fail_msg("%s", cn_error());
    return m;
}

static void train(cn_model *m, const char *optimizer)
{
    assert_ok(cn_model_compile(m, .optimizer = optimizer, .loss = "categorical_crossentropy"));
    cn_history *h = cn_model_fit(m, &x, &y, .epochs = 3, .batch_size = 16);
    if (!h) fail_msg("%s", cn_error());
    cn_history_free(h);
}

static bool same_weight(const cn_model *a, size_t i, const cn_model *b, size_t j)
{
    cn_array v, w;
    assert_ok(cn_model_get_weight(a, i, &v));
    assert_ok(cn_model_get_weight(b, j, &w));
    assert_int_equal(cn_array_size(&v), cn_array_size(&w));
    const bool same = memcmp(v.data, w.data, cn_array_size(&v) * sizeof(float)) == 0;
    cn_array_free(&v);
    cn_array_free(&w);
    return same;
}

static void assert_same_weights(const cn_model *a, const cn_model *b)
{
    assert_int_equal(cn_model_weight_count(a), cn_model_weight_count(b));
    for (size_t i = 0; i < cn_model_weight_count(a); i++) assert_true(same_weight(a, i, b, i));
}

/* ---- bits --------------------------------------------------------------------------------------------------- */

/* First weights, dropout and all sums are those of the layers in the outer model itself. */
static void a_nested_network_trains_to_the_bits_of_the_same_layers_in_a_line(void **state)
{
    (void)state;
    cn_model *flat = named("flat", "input 6; dense 8 relu; dropout 0.3; batch_normalization; dense 5 tanh; "
                                   "dropout 0.2; dense 3 softmax");
    cn_model *outer = named("outer", "input 6"), *base = named("base", "dense 8 relu; dropout 0.3"),
             *middle = named("middle", "batch_normalization; dense 5 tanh");
    assert_ok(cn_model_add(base, middle));
    assert_ok(cn_model_add(outer, base));
    assert_ok(cn_model_add_notation(outer, "dropout 0.2; dense 3 softmax"));
    cn_model_free(middle);
    cn_model_set_seed(flat, 9);
    cn_model_set_seed(outer, 9);
    train(flat, "adam(0.01)");
    train(outer, "adam(0.01)");
    assert_same_weights(flat, outer);
    cn_model_free(flat);
    cn_model_free(outer);
    cn_model_free(base);
}

static void a_model_with_a_seed_of_its_own_begins_as_it_does_alone(void **state)
{
    (void)state;
    cn_model *alone = graph("base", "dense(4)"), *base = graph("base", "dense(4)"),
             *outer = named("o", "input 6");
    cn_model_set_seed(alone, 5);
    cn_model_set_seed(base, 5);
    cn_model_set_seed(outer, 6);
    assert_ok(cn_model_add_notation(outer, "dense 6"));
    assert_ok(cn_model_add(outer, base));
    assert_ok(cn_model_build(outer, 1, (size_t[]){INPUTS}));
    assert_ok(cn_model_build(alone, 1, (size_t[]){INPUTS}));
    assert_same_weights(alone, base);
    cn_model_free(alone);
    cn_model_free(outer);
    cn_model_free(base);
}

/* ---- sharing --------------------------------------------------------------------------------------------------- */

static void a_model_called_twice_is_one_layer_with_one_set_of_weights(void **state)
{
    (void)state;
    cn_model *base = graph("base", "dense(4, tanh)");
    cn_tensor *a = cn_tensor_input(INPUTS), *b = cn_call(cn_dense(INPUTS), a);
    cn_tensor *out = cn_call(cn_dense(CLASSES, .activation = "softmax"),
                             cn_call(cn_concatenate(-1), cn_call(base, a), cn_call(base, b)));
    cn_model *m = cn_model_from(&a, 1, &out, 1);
    assert_non_null(m);
    assert_int_equal(cn_model_layer_count(m), 5);
    assert_ok(cn_model_build(m, 1, (size_t[]){INPUTS}));
    assert_int_equal(cn_model_weight_count(m), 6);
    assert_int_equal(cn_model_parameters(m), 6 * 6 + 6 + 6 * 4 + 4 + 8 * 3 + 3);
    char name[80];
    assert_ok(cn_model_weight_name(m, 2, name, sizeof name));
    assert_string_equal(name, "base/dense/kernel");
    train(m, "sgd");
    assert_true(same_weight(m, 2, base, 0)); /* the same memory: training one trains the other */
    cn_model_free(m);
    assert_int_equal(cn_model_weight_count(base), 2);
    cn_model_free(base);
}

/* The branches of a siamese network have nothing in common before they meet. */
static void a_model_called_in_two_graphs_is_one_layer_once_they_are_joined(void **state)
{
    (void)state;
    cn_model *base = graph("base", "dense(4, tanh)");
    cn_tensor *a = cn_tensor_input(INPUTS), *b = cn_tensor_input(INPUTS), *p = cn_call(base, a),
              *q = cn_call(base, b), *gap = cn_call(cn_subtract(), q, p);
    cn_model *half = cn_model_from_named("half", &b, 1, &q, 1);
    cn_model *m = cn_model_from((cn_tensor *[]){a, b}, 2, &gap, 1);
    if (!m || !half) fail_msg("%s", cn_error());
    char *summary = cn_model_summary(m);
    assert_non_null(strstr(summary, "Total params: 28 "));
    assert_non_null(strstr(summary, "base[1][0],")); /* calls are numbered as they were made */
    cn_text_free(summary);
    cn_array out = {0};
    assert_ok(cn_model_predict(m, .inputs = (const cn_array *[]){&x, &x}, .outputs = &out));
    for (size_t i = 0; i < cn_array_size(&out); i++) assert_true(cn_array_at(&out, i) == 0);
    cn_array_free(&out);
    cn_model_free(half);
    cn_model_free(base);
    cn_model_free(m);
}

static void an_autoencoder_is_made_of_its_halves(void **state)
{
    (void)state;
    cn_model *encoder = graph("encoder", "dense(2, tanh, name=code)");
    cn_tensor *code = cn_tensor_input(2), *back = cn_call(cn_dense(INPUTS), code);
    cn_model *decoder = cn_model_from_named("decoder", &code, 1, &back, 1);
    cn_tensor *in = cn_model_input(encoder, 0), *out = cn_call(decoder, cn_model_output(encoder, 0));
    cn_model *both = cn_model_from_named("autoencoder", &in, 1, &out, 1);
    assert_non_null(both);
    assert_ok(cn_model_compile(both, .optimizer = "adam(0.01)", .loss = "mse"));
    cn_history *h = cn_model_fit(both, &x, &x, .epochs = 2);
    assert_non_null(h);
    cn_history_free(h);
    assert_int_equal(cn_model_layer_count(both), 3);
    cn_array codes, whole, parts;
    assert_ok(cn_model_predict(both, &x, &whole));
    assert_ok(cn_model_build(encoder, 1, (size_t[]){INPUTS}));
    assert_ok(cn_model_predict(encoder, &x, &codes));
    assert_ok(cn_model_predict(decoder, &codes, &parts));
    assert_memory_equal(whole.data, parts.data, cn_array_size(&whole) * sizeof(float));
    cn_array_free(&codes), cn_array_free(&whole), cn_array_free(&parts);
    cn_model_free(encoder);
    cn_model_free(decoder);
    cn_model_free(both);
}

/* A decoder of the graph that it is called in: graph and model must not keep each other alive. */
static void models_may_be_called_in_the_graph_that_they_are_made_of(void **state)
{
    (void)state;
    for (int first = 0; first < 2; first++) {
        cn_tensor *in = cn_tensor_input(INPUTS), *h = cn_call(cn_dense(INPUTS), in);
        cn_model *half = cn_model_from_named("half", &in, 1, &h, 1);
        cn_tensor *out = cn_call(half, h);
        cn_model *twice = cn_model_from_named("twice", &in, 1, &out, 1);
        assert_non_null(twice);
        assert_int_equal(cn_model_layer_count(twice), 3);
        cn_model_free(first ? half : twice);
        cn_model *left = first ? twice : half;
        assert_ok(cn_model_build(left, 1, (size_t[]){INPUTS}));
        assert_int_equal(cn_model_weight_count(left), 2);
        cn_model_free(left);
    }
}

static void models_of_two_graphs_are_joined_by_a_layer(void **state)
{
    (void)state;
    cn_model *a = graph("a", "dense(4, name=left)"), *b = graph("b", "dense(3, name=right)");
    assert_ok(cn_model_build(a, 1, (size_t[]){INPUTS}));
    assert_ok(cn_model_build(b, 1, (size_t[]){INPUTS}));
    cn_tensor *ins[] = {cn_model_input(a, 0), cn_model_input(b, 0)};
    cn_tensor *out = cn_call(cn_concatenate(-1), cn_model_output(a, 0), cn_model_layer_output(b, "right"));
    cn_model *m = cn_model_from(ins, 2, &out, 1);
    if (!m) fail_msg("%s", cn_error());
    assert_ok(cn_model_compile(m, .loss = "mse")); /* builds it */
    assert_int_equal(cn_model_weight_count(m), 4);
    cn_model_free(a);
    cn_array p;
    assert_ok(cn_model_predict(m, .inputs = (const cn_array *[]){&x, &x}, .outputs = &p));
    assert_int_equal(p.shape[1], 7);
    cn_array_free(&p);
    cn_model_free(m);
    assert_ok(cn_model_predict(b, &x, &p));
    cn_array_free(&p);
    cn_model_free(b);
}

static void a_model_of_several_inputs_and_outputs_is_a_layer_too(void **state)
{
    (void)state;
    cn_tensor *in[] = {cn_tensor_input(INPUTS), cn_tensor_input(INPUTS)};
    cn_tensor *out[] = {cn_call(cn_add(), in[0], in[1]), cn_call(cn_dense(2), in[1])};
    cn_model *two = cn_model_from_named("two", in, 2, out, 2);
    cn_tensor *a = cn_tensor_input(INPUTS), *first = cn_call(two, a, a), *second = cn_call_output(first, 1);
    assert_null(cn_call_output(first, 2));
    says("output 2: a call of layer two gives 2");
    cn_tensor *end =
        cn_call(cn_dense(CLASSES, .activation = "softmax"), cn_call(cn_concatenate(-1), second, first));
    cn_model *m = cn_model_from(&a, 1, &end, 1);
    assert_non_null(m);
    train(m, "sgd");
    char *text = cn_model_summary(m);
    assert_non_null(strstr(text, "[(None, 6),"));
    assert_non_null(strstr(text, "two[0][1],"));
    cn_text_free(text);
    cn_model_free(two);
    cn_model_free(m);
}

/* ---- freezing ---------------------------------------------------------------------------------------------------- */

static void a_frozen_model_keeps_its_weights_and_its_statistics(void **state)
{
    (void)state;
    cn_model *base = named("base", "input 6; dense 3 relu; batch_normalization");
    assert_ok(cn_model_build(base, 1, (size_t[]){INPUTS}));
    train(base, "sgd");
    cn_array before[6];
    for (size_t i = 0; i < 6; i++) assert_ok(cn_model_get_weight(base, i, &before[i]));
    cn_model_set_trainable(base, false);
    cn_tensor *in = cn_tensor_input(INPUTS);
    cn_tensor *out = cn_call(cn_dense(CLASSES, .activation = "softmax"), cn_call(base, in));
    cn_model *m = cn_model_from(&in, 1, &out, 1);
    train(m, "adam");
    assert_int_equal(cn_model_trainable_parameters(m), 3 * 3 + 3);
    for (size_t i = 0; i < 6; i++) {
        cn_array now;
        assert_ok(cn_model_get_weight(m, i, &now));
        assert_memory_equal(now.data, before[i].data, cn_array_size(&now) * sizeof(float));
        cn_array_free(&now);
        cn_array_free(&before[i]);
    }
    assert_ok(cn_model_set_layer_trainable(m, "base", true));
    assert_int_equal(cn_model_trainable_parameters(m), 6 * 3 + 3 + 6 + 12);
    assert_ok(cn_model_set_layer_trainable(base, "dense", false));
    assert_int_equal(cn_model_trainable_parameters(m), 6 + 12);
    assert_int_equal(cn_model_set_layer_trainable(m, "bose", true), CN_ERROR_ARGUMENT);
    says("did you mean 'base'");
    cn_model_free(base);
    cn_model_free(m);
}

/* ---- two compiled models with the same weights ------------------------------------------------------------ */

/* sin(first), sin(first + 1), … halved. */
static cn_array waves(int ndim, const size_t *shape, double first)
{
    cn_array a;
    assert_ok(cn_array_new(&a, CN_FLOAT32, ndim, shape));
    for (size_t i = 0; i < cn_array_size(&a); i++)
        ((float *)a.data)[i] = (float)(sin((float)((double)i + first)) / 2);
    return a;
}

static void set_waves(cn_model *m, size_t weight, int ndim, const size_t *shape, double first)
{
    cn_array a = waves(ndim, shape, first);
    assert_ok(cn_model_set_weight(m, weight, &a));
    cn_array_free(&a);
}

/* Heads of two and of three units on one encoder. */
static void two_heads(cn_model *out[2])
{
    cn_tensor *in = cn_tensor_input(4), *encoded = cn_call(cn_dense(5, .activation = "tanh"), in);
    cn_tensor *a = cn_call(cn_dense(2), encoded), *b = cn_call(cn_dense(3), encoded);
    out[0] = cn_model_from(&in, 1, &a, 1), out[1] = cn_model_from(&in, 1, &b, 1);
    assert_non_null(out[0]);
    assert_non_null(out[1]);
    for (size_t k = 0; k < 2; k++) assert_ok(cn_model_build(out[k], 1, (size_t[]){4}));
    set_waves(out[0], 0, 2, (size_t[]){4, 5}, 4);
    set_waves(out[0], 1, 1, (size_t[]){5}, 5);
    for (size_t k = 0; k < 2; k++) {
        set_waves(out[k], 2, 2, (size_t[]){5, 2 + k}, k ? 8 : 6);
        set_waves(out[k], 3, 1, (size_t[]){2 + k}, k ? 9 : 7);
    }
}

typedef struct heads {
    cn_array x, y[2];
    cn_model *m[2];
} heads;

static void open_heads(heads *h, const char *optimizer)
{
    h->x = waves(2, (size_t[]){8, 4}, 1);
    for (size_t k = 0; k < 2; k++) h->y[k] = waves(2, (size_t[]){8, 2 + k}, 2 + (double)k);
    two_heads(h->m);
    for (size_t k = 0; k < 2; k++)
        assert_ok(cn_model_compile(h->m[k], .optimizer = optimizer, .loss = "mse"));
}

static void close_heads(heads *h)
{
    for (size_t k = 0; k < 2; k++) {
        cn_model_free(h->m[k]);
        cn_array_free(&h->y[k]);
    }
    cn_array_free(&h->x);
}

static void fit_head(heads *h, size_t k, size_t epochs)
{
    cn_history *history =
        cn_model_fit(h->m[k], &h->x, &h->y[k], .epochs = epochs, .batch_size = 8, .shuffle = false);
    if (!history) fail_msg("%s", cn_error());
    cn_history_free(history);
}

/* What Keras 3.6 comes to: the encoder's biases, and both losses, after three rounds of one epoch of the first and two of the
 * second. */
static const struct {
    const char *optimizer;
    double bias[5], loss[2];
} by_keras[] = {
    {"sgd(learning_rate=0.1, momentum=0.9)",
     {-0.5807359, -0.175925, 0.390481, 0.4480073, 0.1912892},
     {0.06437115, 0.12641490}},
    {"adam(learning_rate=0.05)",
     {-0.8600817, -0.154905, 0.482506, 0.1948295, 0.3019303},
     {0.04422282, 0.13098457}},
    {"rmsprop(learning_rate=0.01)",
     {-0.6574752, -0.1158134, 0.4201746, 0.3860051, 0.2467969},
     {0.06414969, 0.12574296}},
    {"adam(learning_rate=0.05, use_ema=true, ema_momentum=0.5)",
     {-0.6985532, -0.1496008, 0.4350533, 0.3075684, 0.2495806},
     {0.04548003, 0.12101738}},
};

static void is_close(const char *what, double got, double expected)
{
    if (fabs(got - expected) > 2e-5) fail_msg("%s: %.8g, Keras has %.8g", what, got, expected);
}

static void two_models_that_share_weights_have_slots_of_their_own(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof by_keras / sizeof *by_keras; i++) {
        heads h;
        cn_array bias;
        open_heads(&h, by_keras[i].optimizer);
        for (int round = 0; round < 3; round++) fit_head(&h, 0, 1), fit_head(&h, 1, 2);
        assert_ok(cn_model_get_weight(h.m[0], 1, &bias));
        for (size_t e = 0; e < 5; e++)
            is_close(by_keras[i].optimizer, cn_array_at(&bias, e), by_keras[i].bias[e]);
        cn_array_free(&bias);
        for (size_t k = 0; k < 2; k++) {
            cn_logs *logs = cn_model_evaluate(h.m[k], &h.x, &h.y[k]);
            assert_non_null(logs);
            is_close(by_keras[i].optimizer, cn_logs_get(logs, "loss"), by_keras[i].loss[k]);
            cn_logs_free(logs);
        }
        close_heads(&h);
    }
}

/* The first model's momentum of the encoder's kernel. */
static double momentum_of(const cn_model *m)
{
    cn_array state;
    assert_ok(cn_model_get_state(m, 0, &state));
    const double v = cn_array_at(&state, 0);
    cn_array_free(&state);
    return v;
}

static void what_an_optimizer_keeps_is_read_and_set_of_its_own_model(void **state)
{
    (void)state;
    heads h;
    open_heads(&h, "sgd(learning_rate=0.1, momentum=0.9)");
    fit_head(&h, 0, 1);
    const double first = momentum_of(h.m[0]);
    fit_head(&h, 1, 2);
    assert_true(first != 0 && momentum_of(h.m[1]) != first);
    assert_true(momentum_of(h.m[0]) == first); /* the second trained last */
    cn_array other = waves(2, (size_t[]){4, 5}, 20);
    assert_ok(cn_model_set_state(h.m[1], 0, &other));
    assert_true(momentum_of(h.m[0]) == first);
    cn_array_free(&other);
    cn_model_free(h.m[1]); /* with its slots */
    h.m[1] = NULL;
    assert_true(momentum_of(h.m[0]) == first);
    fit_head(&h, 0, 1);
    close_heads(&h);
}

/* A callback that trains the other model, in the middle of a fit. */
static cn_status train_other(void *user, cn_training *training, size_t batch, const cn_logs *logs)
{
    (void)training, (void)batch, (void)logs;
    fit_head(user, 1, 2);
    return CN_OK;
}

/* The first model's fit of three epochs, with the other trained after each by a callback, or between three fits. */
static cn_array alternated(const char *optimizer, bool nested)
{
    heads h;
    cn_array bias;
    open_heads(&h, optimizer);
    const cn_callback callback = {.user = &h, .on_epoch_end = train_other}, *callbacks[] = {&callback, NULL};
    if (nested) {
        cn_history *history = cn_model_fit(h.m[0], &h.x, &h.y[0], .epochs = 3, .batch_size = 8,
                                           .shuffle = false, .custom_callbacks = callbacks);
        if (!history) fail_msg("%s", cn_error());
        cn_history_free(history);
    } else {
        for (int round = 0; round < 3; round++) fit_head(&h, 0, 1), fit_head(&h, 1, 2);
    }
    assert_ok(cn_model_get_weight(h.m[0], 1, &bias));
    close_heads(&h);
    return bias;
}

static void a_model_trains_within_the_fit_of_another_as_between_two(void **state)
{
    (void)state;
    static const char *const optimizers[] = {
        "adam(learning_rate=0.05)", "adam(learning_rate=0.05, clipnorm=0.2)",
        "sgd(learning_rate=0.1, momentum=0.9, gradient_accumulation_steps=2)"};
    for (size_t i = 0; i < 3; i++) {
        cn_array a = alternated(optimizers[i], true), b = alternated(optimizers[i], false);
        assert_memory_equal(a.data, b.data, 5 * sizeof(float));
        cn_array_free(&a);
        cn_array_free(&b);
    }
}

static void a_tensor_that_could_not_be_made_is_reported(void **state)
{
    (void)state;
    cn_tensor *in = cn_tensor_input(INPUTS), *out = cn_call(cn_layer_new("dense(0)"), in);
    assert_null(cn_model_from(&in, 1, &out, 1));
    says("units = 0");
}

/* ---- names and mistakes --------------------------------------------------------------------------------------------- */

static void models_without_a_name_are_numbered(void **state)
{
    (void)state;
    cn_model *a = named(NULL, "dense 4"), *b = named(NULL, "dense 3"), *m = named("m", "input 6");
    assert_ok(cn_model_add(m, a));
    assert_ok(cn_model_add(m, b));
    assert_string_equal(cn_model_layer_name(m, 1), "sequential");
    assert_string_equal(cn_model_layer_name(m, 2), "sequential_1");
    assert_string_equal(cn_model_name(b), "sequential_1");
    cn_model *again = cn_model_within(m, "sequential_1");
    assert_ptr_equal(again, b);
    assert_null(cn_model_within(m, "sequential_2"));
    says("sequential_1");
    cn_model_free(a);
    cn_model_free(b);
    cn_model_free(m);
    assert_int_equal(cn_model_layer_count(again), 1);
    cn_model_free(again);
}

static void what_cannot_be_a_layer_is_refused(void **state)
{
    (void)state;
    cn_model *a = named("a", "dense 4"), *b = named("b", "dense 3"), *c = named("c", "input 5; dense 2");
    assert_ok(cn_model_add(a, b));
    assert_int_equal(cn_model_add(b, a), CN_ERROR_ARGUMENT);
    says("model b cannot be a layer within itself");
    cn_model *d = named("d", "input 6");
    assert_ok(cn_model_add(d, c));
    assert_int_equal(cn_model_build(d, 1, (size_t[]){INPUTS}), CN_ERROR_SHAPE);
    says("layer c: input 1 (input) has shape (None, 5), got (None, 6)");
    cn_model *none = NULL;
    assert_int_not_equal(cn_model_add(d, none), CN_OK);
    cn_model_free(a);
    cn_model_free(b);
    cn_model_free(c);
    cn_model_free(d);
}

/* A model that calls a model twice, thirty deep: a billion layers. */
static void a_network_that_would_be_endless_is_refused(void **state)
{
    (void)state;
    cn_model *m = graph("m0", "activation(relu)");
    for (int i = 1; i < 30; i++) {
        char name[16];
        snprintf(name, sizeof name, "m%d", i);
        cn_tensor *in = cn_tensor_input(INPUTS), *out = cn_call(m, cn_call(m, in));
        cn_model *outer = cn_model_from_named(name, &in, 1, &out, 1);
        assert_non_null(outer);
        cn_model_free(m);
        m = outer;
    }
    cn_array p;
    assert_ok(cn_model_build(m, 1, (size_t[]){INPUTS}));
    assert_int_not_equal(cn_model_predict(m, &x, &p), CN_OK);
    says("call more than");
    cn_model_free(m);
}

/* ---- */

static int set_up(void **state)
{
    (void)state;
    uint32_t random = 1;
    for (size_t i = 0; i < SAMPLES * INPUTS; i++)
        inputs[i] = (float)((random = random * 1664525u + 1013904223u) >> 8) / 8388608.0f - 1;
    for (size_t i = 0; i < SAMPLES; i++) classes[i * CLASSES + i * i % CLASSES] = 1;
    x = cn_array_view(CN_FLOAT32, inputs, 2, (size_t[]){SAMPLES, INPUTS});
    y = cn_array_view(CN_FLOAT32, classes, 2, (size_t[]){SAMPLES, CLASSES});
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_nested_network_trains_to_the_bits_of_the_same_layers_in_a_line),
        cmocka_unit_test(a_model_with_a_seed_of_its_own_begins_as_it_does_alone),
        cmocka_unit_test(a_model_called_twice_is_one_layer_with_one_set_of_weights),
        cmocka_unit_test(a_model_called_in_two_graphs_is_one_layer_once_they_are_joined),
        cmocka_unit_test(an_autoencoder_is_made_of_its_halves),
        cmocka_unit_test(models_may_be_called_in_the_graph_that_they_are_made_of),
        cmocka_unit_test(models_of_two_graphs_are_joined_by_a_layer),
        cmocka_unit_test(a_model_of_several_inputs_and_outputs_is_a_layer_too),
        cmocka_unit_test(a_frozen_model_keeps_its_weights_and_its_statistics),
        cmocka_unit_test(two_models_that_share_weights_have_slots_of_their_own),
        cmocka_unit_test(what_an_optimizer_keeps_is_read_and_set_of_its_own_model),
        cmocka_unit_test(a_model_trains_within_the_fit_of_another_as_between_two),
        cmocka_unit_test(a_tensor_that_could_not_be_made_is_reported),
        cmocka_unit_test(models_without_a_name_are_numbered),
        cmocka_unit_test(what_cannot_be_a_layer_is_refused),
        cmocka_unit_test(a_network_that_would_be_endless_is_refused),
    };
    return cmocka_run_group_tests(tests, set_up, NULL);
}
