/* Losses and metrics of the caller's own: functions in the place of those by name. */
#ifndef CORNU_CUSTOM_H
#define CORNU_CUSTOM_H

#include "array.h"
#include "model.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A loss. `pred` is (samples, the output's shape…), `y` (samples, target_size); weight is NULL, or has a number for each sample or
 * for each row of it (all but the last axis of the output). Its function is given whole batches, by one thread in fit and by several
 * side by side in evaluate, which keeps to the caller's batches then.
 *
 *     static cn_status squares(void *user, const cn_array *y, const cn_array *pred, const cn_array *weight, double *loss,
 *                              cn_array *gradient)
 *     {
 *         const size_t n = cn_array_size(pred);
 *         float *d = gradient ? gradient->data : NULL;
 *         for (size_t i = 0; i < n; i++) {
 *             const double e = cn_array_at(pred, i) - cn_array_at(y, i);
 *             *loss += e * e / (double)n;
 *             if (d) d[i] = (float)(2 * e / (double)n);
 *         }
 *         return CN_OK;
 *     }
 *     …
 *     cn_model_compile(m, .optimizer = "adam", .loss = "mse");
 *     cn_model_set_loss_function(m, 0, &(cn_loss_function){.name = "squares", .compute = squares}); */
typedef struct cn_loss_function {
    const char *name; /* in messages and in files; NULL: "function" */
    void *user;
    size_t target_size; /* numbers of a sample's target, as many for each row; 0: as many as the output has */
    /* *loss, which is 0, becomes the batch's, weights included; `gradient`, of the shape of pred, its derivative by each prediction.
     * It is NULL where none is wanted. Anything but CN_OK ends the fit or the evaluation, which fails with the message left. */
    cn_status (*compute)(void *user, const cn_array *y, const cn_array *pred, const cn_array *weight,
                         double *loss, cn_array *gradient);
    const void *reserved[2];
} cn_loss_function;

/* Puts it in the place of the loss that an output of a built and compiled model has. The struct is copied, but not its name; what
 * it points to must last until the model is compiled anew. Batches of such a loss cannot be divided over ranks. */
CN_API CN_CHECK cn_status cn_model_set_loss_function(cn_model *model, size_t output,
                                                     const cn_loss_function *function);

/* A metric, which keeps its own sums. All functions are called by the thread that called fit or evaluate. */
typedef struct cn_metric_function {
    const char *name; /* in logs and the history */
    void *user;
    bool weighted; /* it is given the sample weights */
    void (*reset)(void *user);
    /* Takes a batch; arrays as above. Anything but CN_OK ends the fit or the evaluation. */
    cn_status (*update)(void *user, const cn_array *y, const cn_array *pred, const cn_array *weight);
    double (*result)(void *user);
    const void *reserved[2];
} cn_metric_function;

/* Gives an output of a built and compiled model these metrics, beside those by name. The list is borrowed and must last until the
 * model is compiled anew. A training with such metrics cannot keep states to go on from. */
CN_API CN_CHECK cn_status cn_model_set_metric_functions(cn_model *model, size_t output,
                                                        const cn_metric_function *functions, size_t count);

#ifdef __cplusplus
}
#endif
#endif
