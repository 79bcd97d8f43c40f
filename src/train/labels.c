/* The loss that an output calls for, and labels as a loss takes them. */
#include "cornu/classes.h"
#include "model/model.h"
#include "nn/metrics/metric.h"
#include "train/train.h"

/* One label a sample: (n) or (n, 1). */
static bool is_single(const cn_array *y) { return cn_array_sample_size(y) == 1; }

static bool is_whole(const cn_array *y) { return y->dtype != CN_FLOAT32 && y->dtype != CN_FLOAT64; }

static size_t output_count(const cn_model *model)
{
    return model->out.rank ? model->out.dim[model->out.rank - 1] : 1;
}

/* Does a metric of the list want a target for each output? Of labels it says so when it is made. */
static bool wants_rows(const cn__value *list, size_t outputs)
{
    bool rows = false;
    for (size_t i = 0; list && i < list->count && !rows; i++) {
        cn__arena arena = {0};
        cn__metric *metric;
        rows = cn__metric_parse(&arena, &list->items[i], outputs, 1, 1, &metric) != CN_OK &&
               cn__metric_parse(&arena, &list->items[i], outputs, outputs, 1, &metric) == CN_OK;
        cn__arena_free(&arena);
    }
    return rows;
}

static bool metrics_want_rows(const cn_model *model)
{
    const cn__objective *o = model->objectives;
    return o && (wants_rows(o->metrics, output_count(model)) ||
                 wants_rows(o->weighted_metrics, output_count(model)));
}

cn_status cn_default_loss(cn_model *model, const cn_array *y, const char **out)
{
    CN_TRY(cn__model_build_known(model));
    cn__act act = cn__output_activation(model, 0);
    if (act == CN_ACT_SOFTMAX && output_count(model) > 1)
        *out = is_single(y) && !metrics_want_rows(model) ? "sparse_categorical_crossentropy"
                                                         : "categorical_crossentropy";
    else if (act == CN_ACT_SIGMOID) *out = "binary_crossentropy";
    else
        return cn__fail(
            CN_ERROR_ARGUMENT,
            "loss: the network ends in %s with %zu output%s, which may go with mse, mae, huber and "
            "others (softmax and sigmoid have a default)",
            cn__activation_name(act), output_count(model), output_count(model) == 1 ? "" : "s");
    return CN_OK;
}

static cn_status is_sparse(const char *loss, bool *out)
{
    cn__arena arena = {0};
    cn__value value;
    cn__loss parsed;
    cn_status status = cn__value_parse(&arena, loss, &value);
    if (status == CN_OK) status = cn__loss_parse(&arena, &value, &parsed);
    *out = status == CN_OK && cn__loss_is_sparse(&parsed);
    cn__arena_free(&arena);
    return status;
}

cn_status cn_code_labels(cn_model *model, const char *loss, cn_array *y)
{
    bool sparse;
    cn_array coded = {0};
    CN_TRY(cn__model_build_known(model));
    const size_t outputs = output_count(model);
    CN_TRY(is_sparse(loss, &sparse));
    if (sparse || outputs < 2 || !is_single(y) || !is_whole(y)) return CN_OK;
    CN_TRY(cn_array_one_hot(&coded, y, 0));
    if (coded.shape[1] < outputs) { /* the last classes do not occur in this part of the data */
        cn_array_free(&coded);
        CN_TRY(cn_array_one_hot(&coded, y, outputs));
    }
    cn_array_free(y);
    *y = coded;
    return CN_OK;
}
