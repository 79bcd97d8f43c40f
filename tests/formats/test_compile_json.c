/* What a model was compiled with, in every form that Kerases have written it: it is read as what it is, or refused by its name, with and
 * without memory. */
#include "base/arena_test.h"
#include "formats/support.h"

typedef struct row {
    const char *json,
        *expected; /* a part of what is written of it then; of the message, with a '!' in front; NULL: not compiled */
} row;

#define SGD "\"optimizer\": \"sgd\""
#define MSE "\"loss\": \"mse\""
#define OF(class_name, config) "{\"class_name\": \"" class_name "\", \"config\": {" config "}}"
#define OPTIMIZER(config) "{\"optimizer\": " config ", " MSE "}"

static const row single[] = {
    {"null", "!not valid JSON"},
    {"{}", NULL},
    {"{" SGD "}", NULL},
    {"{" SGD ", \"loss\": null}", NULL},
    {"{" SGD ", \"loss\": [null]}", NULL},
    {"[1]", "!the compile configuration is no object"},
    {"{" MSE "}", "!no optimizer is named"},
    {"{\"optimizer_config\": " OF("SGD", "") ", " MSE "}", "SGD"},
    {"{" SGD ", \"loss\": [\"mse\"]}", "mean_squared_error"},
    {"{" SGD ", \"loss\": {\"out\": \"mse\"}}", "mean_squared_error"},
    {"{" SGD ", \"loss\": 3}", "!loss: expected a name or an object"},
    {"{" SGD ", \"loss\": {\"config\": {}, \"name\": 1}}", "!loss: an object without \"class_name\""},
    {"{" SGD ", \"loss\": " OF("MeanSquaredError", "\"reduction\": \"sum_over_batch_size\"") "}",
     "mean_squared_error"},
    {"{" SGD ", \"loss\": " OF("LossFunctionWrapper", "\"fn\": \"mean_absolute_error\"") "}",
     "mean_absolute_error"},
    {"{" SGD ", \"loss\": " OF("LossFunctionWrapper",
                               "\"fn\": {\"class_name\": \"function\", \"config\": \"huber\"}") "}",
     "huber"},
    {"{" SGD ", \"loss\": " OF("LossFunctionWrapper", "\"fn\": 1") "}",
     "!a LossFunctionWrapper without \"fn\""},
    {"{" SGD ", \"loss\": {\"class_name\": \"function\", \"config\": \"mean_squared_error\"}}",
     "mean_squared_error"},
    {"{" SGD ", \"loss\": {\"class_name\": \"Huber\", \"config\": 3}}",
     "!\"config\" of Huber must be an object"},
    {"{" SGD ", \"loss\": {\"class_name\": \"Mine>Huber\"}}", "!Mine>Huber is a custom class"},
    {"{" SGD ", \"loss\": {\"class_name\": \"Huber\", \"registered_name\": \"me>Huber\"}}",
     "!me>Huber is a custom class"},
    {"{" SGD ", \"loss\": {\"class_name\": \"Huber\", \"module\": \"os.path\"}}",
     "!it is of the module os.path"},
    {"{" SGD ", " MSE ", \"metrics\": null, \"weighted_metrics\": null, \"loss_weights\": null}",
     "mean_squared_error"},
    {"{" SGD ", " MSE ", \"metrics\": [\"mae\", \"mse\"]}", "MeanAbsoluteError"},
    {"{" SGD ", " MSE ", \"metrics\": [[\"mae\", \"mse\"]]}", "MeanAbsoluteError"},
    {"{" SGD ", " MSE ", \"metrics\": {\"out\": [\"mae\"]}}", "MeanAbsoluteError"},
    {"{" SGD ", " MSE ", \"metrics\": \"mae\"}", "MeanAbsoluteError"},
    {"{" SGD ", " MSE ", \"metrics\": [3]}", "!metric: expected a name or an object"},
    {"{" SGD ", " MSE
     ", \"metrics\": [" OF("MeanMetricWrapper", "\"fn\": \"mean_absolute_error\", \"name\": \"error\"") "]}",
     "error"},
    {"{" SGD ", " MSE ", \"metrics\": [" OF("MeanMetricWrapper", "\"name\": \"error\"") "]}",
     "!a MeanMetricWrapper without \"fn\""},
    {"{" SGD ", " MSE ", \"metrics\": [" OF("MeanAbsoluteError", "\"dtype\": \"float64\"") "]}", "!float64"},
    {"{" SGD ", " MSE ", \"weighted_metrics\": [\"mae\"]}", "\"weighted_metrics\""},
    {"{" SGD ", " MSE ", \"loss_weights\": [2]}", "\"loss_weights\""},
    {"{" SGD ", " MSE ", \"loss_weights\": \"many\"}", "!"},
    {OPTIMIZER("3"), "!optimizer: expected a name or an object"},
    {OPTIMIZER("{\"config\": {}}"), "!optimizer: an object without \"class_name\""},
    {OPTIMIZER("\"nadan\""), "!nadan"},
    {OPTIMIZER(OF("Custom>Adam", "\"lr\": 0.25, \"epsilon\": null")), "0.25"},
    {OPTIMIZER("{\"class_name\": \"Custom>Adam\", \"registered_name\": \"Custom>Adam\", \"config\": {}}"),
     "Adam"},
    {OPTIMIZER(OF("Adagrad", "\"lr\": 0.25")), "\"initial_accumulator_value\": 0.0"},
    {OPTIMIZER(OF("SGD", "\"lr\": 0.25, \"decay\": 0.5")), "InverseTimeDecay"},
    {OPTIMIZER(OF("SGD", "\"learning_rate\": 1, \"decay\": 0.5")), "InverseTimeDecay"},
    {OPTIMIZER(OF("SGD", "\"lr\": 0.25, \"decay\": 0.0")), "SGD"},
    {OPTIMIZER(OF("SGD", "\"lr\": 0.25, \"decay\": false")), "SGD"},
    {OPTIMIZER(OF("SGD", "\"lr\": 0.25, \"decay\": \"much\"")),
     "!\"decay\" is supported with a learning rate that is a number"},
    {OPTIMIZER(OF("SGD", "\"decay\": 0.5")), "!\"decay\" is supported with a learning rate"},
    {OPTIMIZER(OF("SGD", "\"decay\": 0.5, \"learning_rate\": " OF(
                             "CosineDecay", "\"initial_learning_rate\": 0.1, \"decay_steps\": 5"))),
     "!\"decay\" is supported with a learning rate"},
    {OPTIMIZER(OF("SGD", "\"learning_rate\": " OF("CosineDecay",
                                                  "\"initial_learning_rate\": 0.1, \"decay_steps\": 5"))),
     "CosineDecay"},
    {OPTIMIZER(OF("SGD", "\"lr\": {\"a\": {}}")), "!"},
    {OPTIMIZER(OF("Nadam", "\"schedule_decay\": 0.004")), "Nadam"},
    {OPTIMIZER(OF("Nadam", "\"schedule_decay\": 0.1")),
     "!\"schedule_decay\" is not supported; it must be 0.004"},
    {OPTIMIZER(OF("Nadam", "\"schedule_decay\": \"0.004\"")), "!\"schedule_decay\" is not supported"},
    {OPTIMIZER(OF("Adam", "\"learning_rate\": 0.0010000000474974513")), "0.001"},
    {OPTIMIZER(OF("Adam", "\"is_legacy_optimizer\": true, \"jit_compile\": true")), "Adam"},
    {OPTIMIZER(OF("Adam", "\"dtype\": \"float16\"")), "!float16"},
    {OPTIMIZER(OF("Adam", "\"beta_3\": 1")), "!beta_3"},
    {OPTIMIZER("{\"class_name\": \"AdamW\", \"config\": {}, \"exclude_from_weight_decay\": [\"bias\"]}"),
     "\"bias\""},
    {OPTIMIZER("{\"class_name\": \"AdamW\", \"config\": {}, \"exclude_from_weight_decay\": {\"a\": 1}}"),
     "!"},
};

/* Of two outputs, a and b. */
static const row several[] = {
    {"{" SGD ", \"loss\": [\"mse\", \"mae\"]}", "mean_absolute_error"},
    {"{" SGD ", \"loss\": {\"a\": \"mse\", \"b\": \"mae\"}}", "mean_absolute_error"},
    {"{" SGD ", \"loss\": {\"a\": \"mse\", \"c\": \"mae\"}}", "!c"},
    {"{" SGD ", \"loss\": [\"mse\", " OF("Huber", "\"delta\": 2.0") "]}", "2.0"},
    {"{" SGD ", " MSE ", \"loss_weights\": {\"a\": 2, \"b\": 0.5}}", "0.5"},
    {"{" SGD ", " MSE ", \"loss_weights\": [2, 0.5]}", "0.5"},
    {"{" SGD ", " MSE ", \"loss_weights\": [2]}", "!"},
    {"{" SGD ", " MSE ", \"metrics\": {\"a\": [\"mae\"], \"b\": [\"mse\", \"mae\"]}}", "MeanAbsoluteError"},
    {"{" SGD ", " MSE ", \"metrics\": [[\"mae\"], null]}", "MeanAbsoluteError"},
    {"{" SGD ", " MSE ", \"metrics\": [[\"mae\"], true]}", "!metric: expected a name or an object"},
    {"{" SGD ", " MSE ", \"metrics\": {\"a\": [true], \"b\": null}}",
     "!metric: expected a name or an object"},
    {"{" SGD ", " MSE ", \"weighted_metrics\": [[\"mae\"], [\"mae\"]]}", "\"weighted_metrics\""},
    {"{" SGD ", \"loss\": [\"mse\", {\"class_name\": \"os>System\"}]}", "!os>System is a custom class"},
};

static cn_model *one_output(void) { return make("input 3; dense 2 name=out"); }

static cn_model *two_outputs(void)
{
    cn_model *model = cn_model_from_notation("net", "input 3; dense 2 name=a; dense 2 name=b; outputs a, b");
    if (!model) fail_msg("%s", cn_error());
    return model;
}

static size_t wrong;

static void check_row(cn_model *(*new_model)(void), const row *r)
{
    cn_model *model = new_model();
    const bool refused = r->expected && *r->expected == '!';
    const cn_status status = cn_model_compile_from_json(model, r->json);
    char *written = status == CN_OK ? cn_model_compile_to_json(model) : NULL;
    const char *result = status != CN_OK ? cn_error() : written ? written : "";
    bool right = (status != CN_OK) == refused;
    if (right && r->expected) right = strstr(result, r->expected + refused) != NULL;
    if (right && !r->expected) right = !strstr(result, "loss\"");
    if (!right)
        print_error("%s: '%s' expected, and it is %s\n", r->json, r->expected ? r->expected : "nothing",
                    result);
    wrong += !right;
    cn_text_free(written);
    cn_model_free(model);
}

static cn_status compile_with(cn_model *(*new_model)(void), const row *r, long allocations, long *used)
{
    cn_model *model = new_model();
    cn_error_clear();
    const unsigned long before = cn__allocations;
    cn__allocations_left = allocations;
    const cn_status status = cn_model_compile_from_json(model, r->json);
    cn__allocations_left = -1;
    *used = (long)(cn__allocations - before);
    cn_model_free(model);
    return status;
}

/* Each allocation fails in turn. */
static void check_memory(cn_model *(*new_model)(void), const row *r)
{
    long count, used;
    (void)compile_with(new_model, r, -1, &count);
    for (long at = 0; at < count; at++)
        if (compile_with(new_model, r, at, &used) != CN_ERROR_MEMORY || !strstr(cn_error(), "memory"))
            fail_msg("%s, allocation %ld: %s", r->json, at, cn_error());
}

static void every_form_is_read_or_refused_by_name(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof single / sizeof *single; i++) check_row(one_output, &single[i]);
    for (size_t i = 0; i < sizeof several / sizeof *several; i++) check_row(two_outputs, &several[i]);
    assert_int_equal(wrong, 0);
}

static void without_memory_that_is_what_is_said(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof single / sizeof *single; i++) check_memory(one_output, &single[i]);
    for (size_t i = 0; i < sizeof several / sizeof *several; i++) check_memory(two_outputs, &several[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_form_is_read_or_refused_by_name),
        cmocka_unit_test(without_memory_that_is_what_is_said),
    };
    cn__arena_apart = true;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
