/* Names of a search space and the places in a configuration that they stand for. */
#include "sweep/support.h"

#include "sweep/template.h"

static cn__arena arena;

/* The configuration with every dimension of the space at `u`. */
static cn__configuration filled(const problem *p, const char *text, double u)
{
    static cn__space space;
    cn__template t;
    cn__configuration out;
    double point[CN_MAX_DIMENSIONS];
    succeeds(cn__space_parse(&arena, text, &space));
    if (cn__template_open(&arena, &p->base, &space, &t) != CN_OK) fail_msg("%s: %s", text, cn_error());
    for (size_t i = 0; i < space.count; i++)
        point[i] =
            cn__space_active(&space, point, i) ? cn__dimension_at(&space.dimensions[i], u) : (double)NAN;
    if (cn__template_fill(&t, point, &arena, &out) != CN_OK) fail_msg("%s: %s", text, cn_error());
    return out;
}

static void layers_are(const char *layers, const char *space, double u, const char *expected)
{
    problem p;
    make_problem(&p);
    p.base.layers = layers;
    const cn__configuration c = filled(&p, space, u);
    if (strcmp(c.layers, expected) != 0) fail_msg("%s:\n%s\nexpected:\n%s", space, c.layers, expected);
}

static const char plain[] = "dense 16 relu\ndropout 0.2\ndense 8 tanh\ndense 1 sigmoid";

static void an_argument_alone_is_of_every_layer_but_the_output(void **state)
{
    (void)state;
    layers_are(plain, "units=[64]", 0, "dense(64, relu)\ndropout(0.2)\ndense(64, tanh)\ndense(1, sigmoid)");
    layers_are(plain, "activation=[elu]", 0,
               "dense(16, elu)\ndropout(0.2)\ndense(8, elu)\ndense(1, sigmoid)");
    layers_are(
        plain, "use_bias=[false]", 0,
        "dense(16, relu, use_bias=false)\ndropout(0.2)\ndense(8, tanh, use_bias=false)\ndense(1, sigmoid)");
}

static void a_kind_of_layer_is_its_first_argument(void **state)
{
    (void)state;
    layers_are(plain, "dropout=[0.5]", 0, "dense(16, relu)\ndropout(0.5)\ndense(8, tanh)\ndense(1, sigmoid)");
    layers_are(plain, "dense=[7]", 0, "dense(7, relu)\ndropout(0.2)\ndense(7, tanh)\ndense(1, sigmoid)");
}

static void a_layers_name_is_as_keras_numbers_it_or_as_it_is_given(void **state)
{
    (void)state;
    layers_are(plain, "dense_1.units=[5]", 0,
               "dense(16, relu)\ndropout(0.2)\ndense(5, tanh)\ndense(1, sigmoid)");
    layers_are(plain, "m.dense.units=[5]", 0,
               "dense(5, relu)\ndropout(0.2)\ndense(8, tanh)\ndense(1, sigmoid)");
    layers_are("dense 4 name=first\ndense 3\ndense 2", "first.units=[9] dense.units=[8]", 0,
               "dense(9, name=first)\ndense(8)\ndense(2)");
}

static void the_output_layer_is_the_last_with_weights_and_what_is_behind_it(void **state)
{
    (void)state;
    layers_are("dense 4 relu\ndense 2\nsoftmax", "units=[9]", 0, "dense(9, relu)\ndense(2)\nsoftmax()");
    layers_are("dense 4 relu\ndense 2\nsoftmax", "dense_1.units=[9]", 0,
               "dense(4, relu)\ndense(9)\nsoftmax()");
}

static void repeat_is_how_often_a_line_stands_there(void **state)
{
    (void)state;
    layers_are(
        plain, "dense_1.repeat=[3]", 0,
        "dense(16, relu)\ndropout(0.2)\ndense(8, tanh)\ndense(8, tanh)\ndense(8, tanh)\ndense(1, sigmoid)");
    layers_are(plain, "dropout.repeat=[0]", 0, "dense(16, relu)\ndense(8, tanh)\ndense(1, sigmoid)");
    layers_are("dense 4 name=a\ndense 1", "a.repeat=[2]", 0,
               "dense(4, name=a)\ndense(4, name=a_1)\ndense(1)");
}

static void what_an_activation_stands_before_or_behind_is_found_all_the_same(void **state)
{
    (void)state;
    layers_are("conv2d 8 3 relu\nflatten\ndense 2", "filters=[4] kernel_size=[5] activation=[elu]", 0,
               "conv2d(4, 5, elu)\nflatten()\ndense(2)");
    layers_are("dense(activation=relu, units=4)\ndense 2", "units=[6]", 0,
               "dense(activation=relu, units=6)\ndense(2)");
}

static void optimizer_loss_and_fit_are_set_as_wholes_and_in_parts(void **state)
{
    (void)state;
    problem p;
    make_problem(&p);
    cn__configuration c = filled(&p, "optimizer.learning_rate=[0.5..0.7] batch_size=[4..8] epochs=[3]", 0);
    assert_string_equal(c.optimizer, "adam(learning_rate=0.5)");
    assert_int_equal(c.fit.batch_size, 4);
    assert_int_equal(c.fit.epochs, 3);
    c = filled(&p, "learning_rate=[0.5..0.7]", 0);
    assert_string_equal(c.optimizer, "adam(learning_rate=0.5)");
    c = filled(&p, "optimizer=[sgd, adam] momentum=[0.5..0.7 if optimizer=sgd]", 0);
    assert_string_equal(c.optimizer, "sgd(momentum=0.5)");
    static const char chosen[] =
        "optimizer=[adam, sgd(nesterov=true)] optimizer.momentum=[0.1..0.9 if optimizer=sgd] "
        "optimizer.beta_1=[0.5..0.9 if optimizer=adam] loss=[mse]";
    c = filled(&p, chosen, 0);
    assert_string_equal(c.optimizer, "adam(beta_1=0.5)");
    assert_string_equal(c.loss, "mse");
    c = filled(&p, chosen, 0.99);
    assert_string_equal(c.optimizer, "sgd(nesterov=true, momentum=0.892)");
}

static void callbacks_arguments_are_found_by_their_names(void **state)
{
    (void)state;
    problem p;
    make_problem(&p);
    p.base.fit.callbacks = "terminate_on_nan, early_stopping(monitor=val_loss, patience=3)";
    const cn__configuration c = filled(&p, "early_stopping.patience=[7]", 0);
    assert_string_equal(c.fit.callbacks, "terminate_on_nan, early_stopping(monitor=val_loss, patience=7)");
}

static void a_range_takes_the_kind_of_number_of_what_it_stands_for(void **state)
{
    (void)state;
    problem p;
    make_problem(&p);
    const cn__configuration c = filled(&p, "dropout=[0..1]", 0.25);
    assert_non_null(strstr(c.layers, "dropout(0.25)"));
    cn__space space;
    cn__template t;
    succeeds(cn__space_parse(&arena, "units=[1.5..2]", &space));
    fails_with(cn__template_open(&arena, &p.base, &space, &t), "units=[1.5..2], expected whole numbers");
}

static void names_that_are_nowhere_are_told_with_the_nearest(void **state)
{
    (void)state;
    static const struct {
        const char *space, *message;
    } cases[] = {{"unit=[1, 2]", "did you mean 'units'"},
                 {"dense_3.units=[1, 2]", "unknown name to search over 'dense_3.units'"},
                 {"dense.unitss=[1, 2]", "did you mean 'units'"},
                 {"batchsize=[1, 2]", "did you mean 'batch_size'"}};
    problem p;
    make_problem(&p);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        cn__space space;
        cn__template t;
        succeeds(cn__space_parse(&arena, cases[i].space, &space));
        fails_with(cn__template_open(&arena, &p.base, &space, &t), cases[i].message);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_argument_alone_is_of_every_layer_but_the_output),
        cmocka_unit_test(a_kind_of_layer_is_its_first_argument),
        cmocka_unit_test(a_layers_name_is_as_keras_numbers_it_or_as_it_is_given),
        cmocka_unit_test(the_output_layer_is_the_last_with_weights_and_what_is_behind_it),
        cmocka_unit_test(repeat_is_how_often_a_line_stands_there),
        cmocka_unit_test(what_an_activation_stands_before_or_behind_is_found_all_the_same),
        cmocka_unit_test(optimizer_loss_and_fit_are_set_as_wholes_and_in_parts),
        cmocka_unit_test(callbacks_arguments_are_found_by_their_names),
        cmocka_unit_test(a_range_takes_the_kind_of_number_of_what_it_stands_for),
        cmocka_unit_test(names_that_are_nowhere_are_told_with_the_nearest),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    cn__arena_free(&arena);
    return failed;
}
