/* A layer that no export has heard of, as there will be one day, is refused by its name, and nothing is written. */
#include "base/files/file.h"
#include "formats/support.h"
#include "model/model.h"
#include "nn/layer.h"

enum { INPUTS = 3 };

static const cn__op_kind strange_op = {.name = "strange"};

static cn_status lower_to_nothing_known(cn__lowering *l, cn__layer *layer, const cn__ref *in, size_t inputs,
                                        cn__ref *out)
{
    (void)layer;
    out->op = cn__lower_op(l, &strange_op, in, inputs, &out->shape, NULL, 0);
    return out->op ? CN_OK : CN_ERROR_MEMORY;
}

/* A network whose second layer is the strange one. */
static cn_model *make_strange(cn__layer_kind *kind)
{
    cn_model *model = make("input 3; activation tanh name=odd; dense 2");
    *kind = *model->layers[1]->layer->kind;
    kind->class_name = "Oddity";
    kind->lower = lower_to_nothing_known;
    model->layers[1]->layer->kind = kind;
    return model;
}

static void assert_refused(cn_status status, const char *path)
{
    assert_int_equal(status, CN_ERROR_ARGUMENT);
    assert_message("odd");
    assert_message("Oddity");
    assert_false(cn__file_exists(path));
}

static void no_export_writes_an_operation_that_it_does_not_know(void **state)
{
    (void)state;
    static const float numbers[2 * INPUTS] = {1, 2, 3, 4, 5, 6};
    const cn_array samples = cn_array_view(CN_FLOAT32, numbers, 2, (const size_t[]){2, INPUTS});
    cn__layer_kind kind;
    cn_model *model = make_strange(&kind);
    assert_refused(cn_model_export_onnx(model, file("odd.onnx")), file("odd.onnx"));
    assert_refused(cn_model_export_html(model, file("odd.html"), NULL), file("odd.html"));
    assert_refused(cn_model_export_c(model, file("odd.c"), NULL), file("odd.c"));
    assert_refused(
        cn_model_export_c(model, file("odd.c"), &(cn_export_c_options){.int8 = true, .samples = &samples}),
        file("odd.c"));
    assert_false(cn__file_exists(file("odd.h")));
    cn_model_free(model);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_export_writes_an_operation_that_it_does_not_know),
    };
    return cmocka_run_group_tests(tests, make_scratch, remove_scratch);
}
