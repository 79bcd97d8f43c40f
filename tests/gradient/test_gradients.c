/* Gradients against central differences, in double precision: every activation, loss, layer and regulariser. The
 * whole plan is differentiated, so that what it joins and skips is checked too. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/random.h"
#include "cornu/train.h"
#include "model/plan/plan.h"
#include "nn/activation.h"
#include "nn/variable.h"

enum { MOST_SAMPLES = 70, F = 6, MOST = 4096, MAX_VARIABLES = 16 };
static size_t samples = 5;

/* Numbers that no kink of a piecewise function is near to. */
static double number(uint64_t i)
{
    cn__stream s = cn__random_stream(11, CN_RANDOM_DATA, 0, 0);
    return 1.7 * cn__random_normal(&s, i);
}

typedef struct problem {
    cn_model *model;
    cn__pool *pool;
    cn_array x, y;
    double x_data[MOST_SAMPLES * F], y_data[MOST_SAMPLES * 64], w_data[MOST_SAMPLES];
} problem;

typedef enum targets { VALUES, ONE_HOT, LABELS, BITS, SIGNS, SHARES, POSITIVE } targets;

static double target(targets kind, size_t i, size_t cols)
{
    size_t row = i / cols, col = i % cols;
    switch (kind) {
    case ONE_HOT: return row % cols == col;
    case BITS: return (double)((row * 7 + col * 3) % 2);
    case SIGNS: return (row * 7 + col * 3) % 2 ? 1 : -1;
    case SHARES: return (1 + (double)((row + col) % cols)) / ((double)(cols * (cols + 1)) / 2);
    case POSITIVE: return 0.5 + fabs(number(900 + i));
    default: return number(900 + i);
    }
}

static void check_status(cn_status status, const char *what)
{
    if (status != CN_OK) fail_msg("%s: %s", what, cn_error());
}

static void set_up(problem *p, const char *layers, const char *loss, targets kind, bool series)
{
    *p = (problem){0};
    const bool graph = strstr(layers, "from=");
    p->model = graph ? cn_model_from_notation("gradient", layers) : cn_model_new("gradient");
    if (!p->model) fail_msg("%s: %s", layers, cn_error());
    cn_model_set_seed(p->model, 3);
    if (!graph) check_status(cn_model_add_notation(p->model, layers), layers);
    check_status(cn_model_compile(p->model, .optimizer = "sgd", .loss = loss), loss);
    for (size_t i = 0; i < samples * F; i++) p->x_data[i] = number((uint64_t)i);
    p->x = cn_array_view(CN_FLOAT64, p->x_data, series ? 3 : 2,
                         series ? (size_t[]){samples, 2, F / 2} : (size_t[]){samples, F});
    check_status(cn_model_build(p->model, p->x.ndim - 1, p->x.shape + 1), layers);
    size_t cols = p->model->out.dim[p->model->out.rank - 1],
           rows = samples * cn__shape_size(&p->model->out) / cols;
    for (size_t i = 0; i < rows * cols; i++) p->y_data[i] = target(kind, i, cols);
    size_t shape[4] = {samples};
    for (int i = 0; i < p->model->out.rank; i++) shape[i + 1] = p->model->out.dim[i];
    p->y = cn_array_view(CN_FLOAT64, p->y_data, p->model->out.rank + 1, shape);
    if (kind == LABELS) {
        for (size_t i = 0; i < rows; i++) p->y_data[i] = (double)(i * 3 % cols);
        p->y = cn_array_view(CN_FLOAT64, p->y_data, 1, (size_t[]){rows});
    }
    for (size_t i = 0; i < samples; i++) p->w_data[i] = 0.5 + 0.3 * (double)(i % 7);
    /* biases and the like start away from 0, where relu and abs have their kinks */
    for (size_t i = 0; i < p->model->variable_count; i++)
        for (size_t e = 0; p->model->variables[i]->ndim == 1 && e < p->model->variables[i]->cols; e++)
            p->model->variables[i]->value[e] += 0.1 + 0.05 * (double)((e * 5 + i) % 7);
    p->pool = cn__pool_new(2);
}

static void tear_down(problem *p)
{
    cn__pool_free(p->pool);
    cn_model_free(p->model);
}

/* The loss that the gradient is of: with the penalties. */
static double loss_of(problem *p, cn__plan *plan)
{
    cn__feed feed = {.x = (const cn_array *const[]){&p->x},
                     .y = (const cn_array *const[]){&p->y},
                     .weight = (const real *const[]){p->w_data}};
    cn__result result;
    cn__plan_run(plan, &feed, samples, &result);
    return result.loss / (double)samples + result.penalty;
}

/* Number e of a variable, in C order. */
static double *element(cn__variable *var, size_t e)
{
    cn__variable_panel panel = cn__variable_panel_at(var, 0);
    const size_t row = e / var->cols, col = e % var->cols;
    for (size_t next = 1; col >= panel.first + panel.cols; next++) panel = cn__variable_panel_at(var, next);
    return &var->value[panel.offset + row * panel.width + col - panel.first];
}

/* Which numbers of a variable are checked. Sanitizers look at memory, which a few of them show as well. */
static size_t step(void) { return getenv("CORNU_SANITIZED") ? 7 : 1; }

/* Every number of every trained variable: the gradient that the plan makes against a central difference. */
static void check(const char *layers, const char *loss, targets kind, bool series)
{
    static double gradient[MAX_VARIABLES][MOST];
    problem p;
    cn__plan *plan;
    set_up(&p, layers, loss, kind, series);
    cn__plan_options options = {
        .batch = samples, .training = true, .targets = true, .keep_gradients = true, .pool = p.pool};
    check_status(cn__plan_new(p.model, &options, &plan), layers);
    loss_of(&p, plan);
    assert_true(p.model->variable_count <= MAX_VARIABLES);
    for (size_t v = 0; v < p.model->variable_count; v++)
        if (p.model->variables[v]->grad)
            cn__variable_gather(p.model->variables[v], p.model->variables[v]->grad, gradient[v]);
    cn__plan_free(plan);
    options.pool = NULL; /* threads change no bit, and wait for each other on a busy machine */
    check_status(cn__plan_new(p.model, &options, &plan), layers);
    size_t checked = 0;
    for (size_t v = 0; v < p.model->variable_count; v++) {
        cn__variable *var = p.model->variables[v];
        if (!var->grad) continue;
        for (size_t e = 0; e < cn__variable_size(var); e += step()) {
            double *w = element(var, e), before = *w;
            const double h = 1e-5;
            *w = before + h;
            double above = loss_of(&p, plan);
            *w = before - h;
            double below = loss_of(&p, plan), slope = (above - below) / (2 * h), got = gradient[v][e];
            *w = before;
            if (!(fabs(slope - got) <= 2e-8 + 2e-6 * fabs(slope)))
                fail_msg("%s | %s: %s/%s[%zu]: gradient %.12g, difference %.12g", layers, loss,
                         var->layer->name, var->name, e, got, slope);
            checked++;
        }
    }
    assert_true(checked > 0);
    cn__plan_free(plan);
    tear_down(&p);
}

static void every_activation_inside_and_at_the_end(void **state)
{
    (void)state;
    for (const char *const *name = cn__activation_names(); *name; name++) {
        char layers[240];
        snprintf(
            layers, sizeof layers,
            "dense 7 %s kernel_initializer=random_normal(stddev=0.3); dense 5 %s kernel_initializer=random_normal(stddev=0.3); dense 3",
            *name, *name);
        check(layers, "mse", VALUES, false);
        snprintf(layers, sizeof layers, "dense 4 tanh; dense 3 %s", *name);
        check(layers, "huber(delta=0.7)", VALUES, false);
    }
}

static void every_loss_on_what_it_is_for(void **state)
{
    (void)state;
    static const struct {
        const char *last, *loss;
        targets kind;
    } list[] = {
        {"softmax", "categorical_crossentropy", ONE_HOT},
        {"softmax", "categorical_crossentropy(label_smoothing=0.2)", SHARES},
        {"linear", "categorical_crossentropy(from_logits=true)", SHARES},
        {"softplus", "categorical_crossentropy", SHARES},
        {"softplus", "categorical_crossentropy(label_smoothing=0.1)", ONE_HOT},
        {"softmax", "sparse_categorical_crossentropy", LABELS},
        {"linear", "sparse_categorical_crossentropy(from_logits=true)", LABELS},
        {"sigmoid", "binary_crossentropy", BITS},
        {"linear", "binary_crossentropy(from_logits=true, label_smoothing=0.1)", BITS},
        {"hard_sigmoid", "mse", BITS},
        {"linear", "mean_squared_error", VALUES},
        {"linear", "mean_absolute_error", VALUES},
        {"linear", "mean_absolute_percentage_error", POSITIVE},
        {"softplus", "mean_squared_logarithmic_error", POSITIVE},
        {"linear", "huber", VALUES},
        {"linear", "log_cosh", VALUES},
        {"softmax", "kl_divergence", SHARES},
        {"tanh", "hinge", SIGNS},
        {"tanh", "hinge", BITS},
        {"tanh", "squared_hinge", SIGNS},
        {"linear", "categorical_hinge", ONE_HOT},
        {"softplus", "poisson", POSITIVE},
        {"linear", "cosine_similarity", VALUES},
    };
    for (size_t i = 0; i < sizeof list / sizeof list[0]; i++) {
        char layers[240];
        snprintf(layers, sizeof layers, "dense 6 tanh; dense 4 %s", list[i].last);
        check(layers, list[i].loss, list[i].kind, false);
    }
}

static void every_layer(void **state)
{
    (void)state;
    check("dense 7 use_bias=false; batch_normalization; activation tanh; dense 3", "mse", VALUES, false);
    check("batch_normalization; dense 4 tanh; batch_normalization scale=false; dense 3", "mse", VALUES,
          false);
    check("dense 7; batch_normalization trainable=false; dense 3 tanh", "mse", VALUES, false);
    check("dense 7; layer_normalization; dense 5 tanh; layer_normalization center=false; dense 3", "mse",
          VALUES, false);
    check("layer_normalization epsilon=0.1; dense 3", "mse", VALUES, false);
    check(
        "dense 6; layer_normalization rms_scaling=true; dense 5 tanh; layer_normalization rms_scaling=true epsilon=0.1; "
        "dense 3",
        "mse", VALUES, false);
    check(
        "dense 12; reshape 2 3 2; layer_normalization axis=1; layer_normalization axis=(1, 3); flatten; dense 3",
        "mse", VALUES, false);
    check(
        "dense 12; reshape 2 3 2; layer_normalization axis=(2, 1) rms_scaling=true; batch_normalization axis=2; flatten; "
        "dense 3",
        "mse", VALUES, false);
    check("dense 12; reshape 2 3 2; group_normalization 1 axis=2; flatten; dense 3", "mse", VALUES, false);
    check(
        "dense 12; reshape 2 3 2; softmax axis=1; dense 2; softmax axis=(2, 3); dense 2; softmax axis=2; flatten; dense 3",
        "mse", VALUES, false);
    check(
        "dense 6 kernel_regularizer=orthogonal(0.5); dense 5 tanh kernel_regularizer=orthogonal(0.3, columns); dense 3",
        "mse", VALUES, false);
    check("dense 7; leaky_relu 0.2; dense 6; elu 0.7; dense 5; relu negative_slope=0.1; dense 4; softmax",
          "categorical_crossentropy", ONE_HOT, false);
    check("activation tanh; dense 5; activation sigmoid; activation softplus; dense 3", "mse", VALUES, false);
    check("dense 6 tanh; dropout 0.4; dense 5 tanh; dropout 0.3; dense 3", "mse", VALUES, false);
    check("dropout 0.3; dense 5 relu; dropout 0.2; dense 3", "mse", VALUES, false);
    check("dense 8 trainable=false; dense 5 tanh; dense 3", "mse", VALUES, false);
    check("reshape 3 2; dense 4 tanh; flatten; dense 3", "mse", VALUES, false);
    check("dense 6; identity; rescaling 0.7 offset=-0.2; dense 5 tanh; rescaling 1.3; dense 3", "mse", VALUES,
          false);
    check("dense 4; rescaling [0.7, -0.3, 1.1, 0.2] offset=[-0.2, 0, 0.1, 1]; dense 5 tanh; "
          "rescaling 1.3 offset=[1, 2, 3, 4, 5]; dense 3",
          "mse", VALUES, false);
    check("dense 6 tanh; repeat_vector 4; dense 3 tanh; flatten; dense 3", "mse", VALUES, false);
}

static void slopes_that_are_learned(void **state)
{
    (void)state;
    check(
        "dense 6; prelu; dense 5; prelu alpha_initializer=constant(0.2) alpha_regularizer=l2(0.02); dense 3",
        "mse", VALUES, false);
    samples = 37;
    check(
        "dense 24; reshape 2 3 4; prelu random_normal(stddev=0.3); dense 3; prelu constant(0.2) shared_axes=(1, 2); dense 3; "
        "prelu ones shared_axes=3; prelu constant(0.3) shared_axes=(1, 3); prelu constant(-0.2) shared_axes=2; flatten; dense 3",
        "mse", VALUES, false);
    check(
        "dense 40; reshape 2 20; prelu constant(0.3) shared_axes=1; prelu constant(0.2); flatten; prelu shared_axes=1; dense 3",
        "mse", VALUES, false);
    samples = 5;
}

static void groups_of_channels(void **state)
{
    (void)state;
    check(
        "dense 6; group_normalization 2; dense 4 tanh; group_normalization groups=-1 scale=false epsilon=0.1; dense 3",
        "mse", VALUES, false);
    samples = 37;
    check("dense 24 tanh; reshape 2 2 6; group_normalization 3; dense 4; group_normalization 1 center=false; "
          "group_normalization 4; flatten; dense 3",
          "mse", VALUES, false);
    check(
        "dense 6; normalization; dense 3 tanh; normalization mean=[0.1, 0.2, -0.3] variance=[0.5, 2, 0.1]; dense 3",
        "mse", VALUES, false);
    check(
        "dense 6; reshape 2 3; normalization axis=1 mean=[1, 2] variance=[3, 4]; normalization invert=true axis=(1, 2) "
        "mean=[1, 2, 3, 4, 5, 6] variance=[1, 2, 3, 4, 5, 6]; normalization axis=none mean=0.3 variance=2; flatten; dense 3",
        "mse", VALUES, false);
    check("dense 8 tanh trainable=false; reshape 2 4; group_normalization 2; flatten; dense 3", "mse", VALUES,
          false);
    samples = 5;
}

static void layers_of_noise(void **state)
{
    (void)state;
    check("dense 6 tanh; gaussian_noise 0.4; dense 5 tanh; gaussian_noise 0.2 seed=3; dense 3", "mse", VALUES,
          false);
    check("dense 6 tanh; gaussian_dropout 0.4; dense 5 tanh; gaussian_dropout 0.1 seed=3; dense 3", "mse",
          VALUES, false);
    check(
        "dense 12 tanh; reshape 2 3 2; dropout 0.4 noise_shape=[none, 1, none, 2]; dense 2 tanh; dropout 0.3 "
        "noise_shape=[1, none, 3, 1]; alpha_dropout 0.3 noise_shape=[none, 2, 1, 1]; flatten; dense 3",
        "mse", VALUES, false);
    check("dense 70 tanh; alpha_dropout 0.4; dense 5 selu; alpha_dropout 0.2; dense 3", "mse", VALUES, false);
    check("dense 12 tanh; reshape 4 3; spatial_dropout1d 0.4; dense 2 tanh; flatten; dense 3", "mse", VALUES,
          false);
    check("dense 12 tanh; reshape 2 2 3; spatial_dropout2d 0.4; dense 2 tanh; flatten; dense 3", "mse",
          VALUES, false);
}

static void layers_of_augmentation(void **state)
{
    (void)state;
    static const char *const layers[] = {
        "random_flip",
        "random_rotation 0.2",
        "random_rotation 0.2 fill_mode=constant fill_value=0.3; random_zoom 0.3 fill_mode=constant fill_value=0.3",
        "random_translation 0.3 0.3 fill_mode=wrap interpolation=nearest",
        "random_shear 0.3 0.2 fill_mode=nearest",
        "random_elastic_transform [1, 1] alpha=1 sigma=1 value_range=[-0.5, 5]",
        "random_brightness 0.3 value_range=[-1, 0.8]",
        "random_contrast [0.5, 0.5] value_range=[-0.5, 0.5]",
        "random_erasing [1, 1] [0.2, 0.3] fill_value=0.5 value_range=[0, 1]",
        "random_crop 2 2",
        "center_crop 2 2; resizing 3 4; resizing 4 3 nearest; center_crop 5 2; resizing 3 3 pad_to_aspect_ratio=true",
        "resizing 4 2 bicubic; resizing 5 6 lanczos3; up_sampling2d size=(1, 2) interpolation=lanczos5; resizing 3 3 lanczos5",
        "mix_up 0.7",
        "cut_mix [1, 1]",
    };
    for (size_t i = 0; i < sizeof layers / sizeof *layers; i++) {
        char text[300];
        snprintf(text, sizeof text, "dense 24 tanh; reshape 3 4 2; %s; flatten; dense 3", layers[i]);
        check(text, "mse", VALUES, false);
    }
}

static void axes_in_another_order_and_of_length_one(void **state)
{
    (void)state;
    check("dense 24 tanh; reshape 2 3 4; permute 3 1 2; dense 2 tanh; permute 1 3 2; flatten; dense 3", "mse",
          VALUES, false);
    check("dense 6; unit_normalization; dense 12 tanh; reshape 2 2 3; unit_normalization axis=(1, 3); "
          "unit_normalization axis=2; dense 3; flatten; dense 3",
          "mse", VALUES, false);
}

static void samples_of_two_dimensions(void **state)
{
    (void)state;
    check("dense 4 tanh; dense 3", "mse", VALUES, true);
    check("dense 4; layer_normalization; dense 3 softmax", "categorical_crossentropy", ONE_HOT, true);
    check("dense 4; batch_normalization; activation gelu; flatten; dense 3", "mse", VALUES, true);
}

static void every_regulariser(void **state)
{
    (void)state;
    static const char *const list[] = {"l1(0.03)", "l2(0.02)", "L1L2(l1=0.01, l2=0.04)"};
    for (int i = 0; i < 3; i++) {
        char layers[300];
        snprintf(layers, sizeof layers,
                 "dense 6 tanh kernel_regularizer=%s bias_regularizer=%s; dense 3 kernel_regularizer=%s",
                 list[i], list[i], list[i]);
        check(layers, "mse", VALUES, false);
        snprintf(layers, sizeof layers,
                 "dense 6; batch_normalization gamma_regularizer=%s beta_regularizer=%s; dense 3", list[i],
                 list[i]);
        check(layers, "log_cosh", VALUES, false);
    }
}

/* Of images and series, which come from a dense layer; more samples than a block of theirs has. */
static void every_layer_of_images_and_series(void **state)
{
    (void)state;
    static const char *const list[] = {
        "dense 48 tanh; reshape 4 4 3; conv2d 5 3 tanh padding=same; flatten; dense 3",
        ("dense 36 tanh; reshape 6 6 1; conv2d 4 5 padding=same use_bias=false; batch_normalization; activation tanh; "
         "global_average_pooling2d; dense 3"),
        "dense 36 tanh; reshape 6 6 1; conv2d 4 5 padding=same; global_average_pooling2d; dense 3",
        "dense 50 tanh; reshape 5 5 2; conv2d 4 kernel_size=(3, 2) strides=(2, 1) activation=sigmoid; flatten; dense 3",
        "dense 50 tanh; reshape 5 5 2; conv2d 4 2 dilation_rate=2 groups=2; flatten; dense 3",
        "dense 50 tanh; reshape 5 5 2; depthwise_conv2d 3 padding=same depth_multiplier=2 activation=tanh; flatten; dense 3",
        "dense 50 tanh; reshape 5 5 2; separable_conv2d 4 3 tanh strides=2 padding=same; flatten; dense 3",
        "dense 18 tanh; reshape 3 3 2; conv2d_transpose 4 3 tanh strides=2 padding=same; flatten; dense 3",
        "dense 18 tanh; reshape 3 3 2; conv2d_transpose 3 2 strides=2; flatten; dense 3",
        "dense 18 tanh; reshape 3 3 2; conv2d_transpose 3 2 strides=2 output_padding=1; flatten; dense 3",
        ("dense 48 tanh; reshape 3 4 4; conv2d 5 3 tanh padding=same data_format=channels_first; max_pooling2d 2 "
         "data_format=channels_first; flatten data_format=channels_first; dense 3"),
        "dense 18 tanh; reshape 9 2; conv1d 4 3 tanh padding=causal; flatten; dense 3",
        "dense 18 tanh; reshape 9 2; separable_conv1d 4 3 tanh; flatten; dense 3",
        "dense 18 tanh; reshape 9 2; depthwise_conv1d 3 depth_multiplier=2 activation=tanh; global_max_pooling1d; dense 3",
        "dense 18 tanh; reshape 9 2; conv1d_transpose 3 3 strides=2 output_padding=1; flatten; dense 3",
        "dense 18 tanh; activity_regularization l2=0.03; dense 3",
        "dense 18 tanh; reshape 9 2; conv1d_transpose 3 3 strides=2; flatten; dense 3",
        "dense 50 tanh; reshape 5 5 2; max_pooling2d 2 padding=same; flatten; dense 3",
        "dense 50 tanh; reshape 5 5 2; average_pooling2d 3 strides=2 padding=same; flatten; dense 3",
        "dense 50 tanh; reshape 5 5 2; global_max_pooling2d; dense 3",
        "dense 18 tanh; reshape 9 2; max_pooling1d 2; average_pooling1d 2 strides=1; global_average_pooling1d; dense 3",
        "dense 18 tanh; reshape 3 3 2; zero_padding2d padding=((1, 2), (0, 1)); cropping2d 1; flatten; dense 3",
        "dense 18 tanh; reshape 3 3 2; up_sampling2d 2; flatten; dense 3",
        "dense 18 tanh; reshape 3 3 2; up_sampling2d size=(2, 3) interpolation=bilinear; flatten; dense 3",
        "dense 18 tanh; reshape 9 2; zero_padding1d 2; up_sampling1d 2; cropping1d cropping=(1, 2); flatten; dense 3",
    };
    samples = 19;
    for (size_t i = 0; i < sizeof list / sizeof *list; i++) check(list[i], "mse", VALUES, false);
    samples = 5;
}

static void layers_that_merge(void **state)
{
    (void)state;
    static const char *const list[] = {"add from=[a, b, h]",
                                       "subtract from=[a, b]",
                                       "multiply from=[a, b, h]",
                                       "average from=[a, b, h]",
                                       "maximum from=[a, b, h]",
                                       "minimum from=[a, b, h]",
                                       "concatenate from=[a, b]",
                                       "dot axes=1 from=[a, b]",
                                       "dot axes=(2, 2) from=[a, b]",
                                       "concatenate 1 from=[a, b, h]",
                                       "dot axes=1 normalize=true from=[a, b]"};
    for (size_t i = 0; i < sizeof list / sizeof *list; i++) {
        char text[300];
        snprintf(
            text, sizeof text,
            "input 6 name=x; dense 12 tanh; reshape 3 4 name=h; dense 4 tanh name=a; dense 4 tanh from=h name=b; %s; "
            "flatten; dense 3",
            list[i]);
        check(text, "mse", VALUES, false);
    }
}

/* An axis of size 1 is repeated: its gradient is a sum. */
static void layers_that_merge_several_shapes(void **state)
{
    (void)state;
    static const char *const list[] = {"add from=[h, v]",           "subtract from=[v, h]",
                                       "multiply from=[h, c]",      "multiply from=[r, h, v]",
                                       "average from=[c, h, r]",    "maximum from=[r, c]",
                                       "minimum from=[v, h, r, c]", "multiply from=[o, h]"};
    for (size_t i = 0; i < sizeof list / sizeof *list; i++) {
        char text[500];
        snprintf(
            text, sizeof text,
            "input 6 name=x; dense 24 tanh; reshape 3 2 4 name=h; dense 4 tanh from=x name=v; dense 4 from=x; "
            "reshape 1 1 4 name=c; dense 6 from=x; reshape 3 2 1 name=r; dense 1 from=x name=o; %s; flatten name=m; flatten "
            "from=c name=cf; flatten from=r name=rf; flatten from=h name=hf; concatenate from=[m, v, cf, rf, hf, o]; dense 3",
            list[i]);
        check(text, "mse", VALUES, false);
    }
}

/* More samples than a block has: sums over the batch are trees. */
static void sums_over_many_blocks(void **state)
{
    (void)state;
    samples = 70;
    check("dense 5 tanh; batch_normalization; dense 4 tanh; layer_normalization; dense 3", "mse", VALUES,
          false);
    samples = 5;
}

static void layers_wider_than_a_panel(void **state)
{
    (void)state;
    check("dense 131 tanh; dense 3", "mse", VALUES, false);
    check("dense 9 tanh; dense 135 tanh; dense 2", "mse", VALUES, false);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_activation_inside_and_at_the_end),
        cmocka_unit_test(every_loss_on_what_it_is_for),
        cmocka_unit_test(every_layer),
        cmocka_unit_test(slopes_that_are_learned),
        cmocka_unit_test(groups_of_channels),
        cmocka_unit_test(layers_of_noise),
        cmocka_unit_test(layers_of_augmentation),
        cmocka_unit_test(axes_in_another_order_and_of_length_one),
        cmocka_unit_test(samples_of_two_dimensions),
        cmocka_unit_test(every_layer_of_images_and_series),
        cmocka_unit_test(layers_that_merge),
        cmocka_unit_test(layers_that_merge_several_shapes),
        cmocka_unit_test(sums_over_many_blocks),
        cmocka_unit_test(every_regulariser),
        cmocka_unit_test(layers_wider_than_a_panel),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
