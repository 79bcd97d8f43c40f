/* SwapEMAWeights: validates by the moving averages of the weights, and with swap_on_epoch also ends each epoch with them, for
 * callbacks that save or look. */
#include "train/callbacks/callback_class.h"

typedef struct swap {
    bool swap_on_epoch;
} swap;

static const cn__param params[] = {{.name = "swap_on_epoch",
                                    .type = CN_PARAM_BOOL,
                                    .offset = offsetof(swap, swap_on_epoch),
                                    .fallback = "false"}};

static cn_status swap_if(cn_training *t, bool swapped)
{
    return t->model->swapped == swapped ? cn_model_swap_averages(t->model) : CN_OK;
}

static cn_status test_begin(void *user, cn_training *t)
{
    (void)user;
    return swap_if(t, false);
}

static cn_status test_end(void *user, cn_training *t, const cn_logs *logs)
{
    (void)user, (void)logs;
    return swap_if(t, true);
}

static cn_status epoch_begin(void *user, cn_training *t, size_t epoch)
{
    (void)user, (void)epoch;
    return swap_if(t, true);
}

static cn_status epoch_end(void *user, cn_training *t, size_t epoch, const cn_logs *logs)
{
    (void)user, (void)epoch, (void)logs;
    return swap_if(t, false);
}

static cn_status prepare(cn__callback *c, cn_training *t)
{
    if (!t->model->optimizer.use_ema)
        return cn__fail(CN_ERROR_STATE,
                        "optimizer %s keeps no averages of the weights; expected use_ema=true",
                        t->model->optimizer.name);
    c->base.on_test_begin = test_begin, c->base.on_test_end = test_end;
    if (!((const swap *)c->config)->swap_on_epoch) return CN_OK;
    c->base.on_epoch_begin = epoch_begin, c->base.on_epoch_end = epoch_end;
    return CN_OK;
}

extern const cn__callback_kind cn__callback_swap_ema_weights;
const cn__callback_kind cn__callback_swap_ema_weights = {.kind = {.name = "swap_ema_weights",
                                                                  .class_name = "SwapEMAWeights",
                                                                  CN_PARAMS(params),
                                                                  .config_size = sizeof(swap)},
                                                         .prepare = prepare};
