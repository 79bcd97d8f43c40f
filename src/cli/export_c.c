/* cornu export --c: sizes, calibration, and what int8 loses. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/status.h"
#include "base/text.h"
#include "base/file.h"
#include "cli/export.h"
#include "cli/session.h"

enum { CALIBRATION_SAMPLES = 2000 };

/* The training part of a data set, or a file. */
static cn_status read_calibration(const char *what, const cn__source *source, cn_model *model,
                                  cn__samples *out)
{
    cn__source from = {.data_dir = source->data_dir,
                       .image_size = source->image_size,
                       .color_mode = source->color_mode,
                       .test_split = source->test_split};
    if (!what) what = source->data;
    if (!what)
        return cn__fail(CN_ERROR_ARGUMENT,
                        "--int8 takes its scales from data: give --calibrate X.npy, or --data NAME");
    for (const char *const *name = cn_dataset_names(); *name; name++)
        if (strcmp(what, *name) == 0) from.data = what;
    if (!from.data && cn__dir_exists(what)) from.data = what;
    if (!from.data) from.x = what;
    CN_TRY(cn__samples_read(&from, CN_PART_TRAINING, out));
    CN_TRY(cn__samples_to_float32(out));
    return cn__samples_shape(out, model);
}

/* ---- what is lost ------------------------------------------------------------------------------------------ */

static size_t largest(const cn_array *a, size_t n, size_t cols)
{
    size_t best = 0;
    for (size_t i = 1; i < cols; i++)
        if (cn_array_at(a, n * cols + i) > cn_array_at(a, n * cols + best)) best = i;
    return best;
}

static double label_of(const cn_array *y, size_t n)
{
    size_t cols = cn_array_sample_size(y);
    return cols > 1 ? (double)largest(y, n, cols) : cn_array_at(y, n);
}

static double accuracy(const cn_array *outputs, const cn_array *y)
{
    size_t right = 0, cols = cn_array_sample_size(outputs);
    for (size_t n = 0; n < outputs->shape[0]; n++)
        right += (double)largest(outputs, n, cols) == label_of(y, n);
    return (double)right / (double)outputs->shape[0];
}

static void compare(const cn_array *exact, const cn_array *rounded, const cn_array *y)
{
    const size_t size = cn_array_size(exact), cols = cn_array_sample_size(exact);
    double most = 0, sum = 0;
    size_t same = 0;
    for (size_t i = 0; i < size; i++) {
        double off = fabs(cn_array_at(exact, i) - cn_array_at(rounded, i));
        most = fmax(most, off);
        sum += off;
    }
    printf("outputs over %zu sample%s: %.4f apart at most, %.6f on average\n", exact->shape[0],
           exact->shape[0] == 1 ? "" : "s", most, sum / (double)size);
    if (cols < 2) return;
    for (size_t n = 0; n < exact->shape[0]; n++) same += largest(exact, n, cols) == largest(rounded, n, cols);
    printf("the same class: %zu of %zu\n", same, exact->shape[0]);
    if (!y->data || y->shape[0] != exact->shape[0]) return;
    double before = accuracy(exact, y), after = accuracy(rounded, y);
    printf("accuracy: float32 %.4f, int8 %.4f (%+.4f)\n", before, after, after - before);
}

/* ------------------------------------------------------------------------------------------------------------ */

static void tell(const char *path, const cn_model *model, bool int8, const cn_export_c_report *r)
{
    char flash[32], ram[32], flash32[32], ram32[32];
    printf("%s: %zu parameters, weights %s, scratch %s", path, cn_model_parameters(model),
           cn__byte_text((double)r->weight_bytes, flash, sizeof flash),
           cn__byte_text((double)r->scratch_bytes, ram, sizeof ram));
    if (int8)
        printf(" (float32: %s, %s)", cn__byte_text((double)r->float_weight_bytes, flash32, sizeof flash32),
               cn__byte_text((double)r->float_scratch_bytes, ram32, sizeof ram32));
    printf("\n");
}

static cn_status tell_loss(cn_model *model, const cn__c_request *r, const cn__samples *test,
                           const cn_array *rounded)
{
    cn_array exact = {0};
    CN_TRY(cn_model_predict(model, .x = &test->x, .out = &exact));
    compare(&exact, rounded, &test->y);
    cn_array_free(&exact);
    return r->out ? cn_npy_write(r->out, rounded) : CN_OK;
}

static cn_status export(cn_model *model, const char *path, const cn__c_request *r, cn__samples *calibration,
                        cn__samples *test)
{
    cn_export_c_report report;
    cn_array rounded = {0}, first;
    cn_export_c_options o = {
        .name = r->name, .int8 = r->int8, .report = &report, .preparation = r->preparation};
    if (calibration->x.data) {
        size_t n = calibration->x.shape[0];
        first = cn_array_slice(&calibration->x, 0, n < CALIBRATION_SAMPLES ? n : CALIBRATION_SAMPLES);
        o.samples = &first;
    }
    if (test->x.data) o.test = &test->x, o.test_outputs = &rounded;
    CN_TRY(cn_model_export_c(model, path, &o));
    tell(path, model, r->int8, &report);
    cn_status status = rounded.data ? tell_loss(model, r, test, &rounded) : CN_OK;
    cn_array_free(&rounded);
    return status;
}

static cn_status check(const cn__c_request *r)
{
    const bool compares = r->source->data || r->source->x;
    if (!r->int8 && (r->calibrate || r->out || compares || r->source->y))
        return cn__fail(CN_ERROR_ARGUMENT, "--%s is for --int8",
                        r->calibrate      ? "calibrate"
                        : r->out          ? "out"
                        : r->source->data ? "data"
                                          : "x");
    if (compares) CN_TRY(cn__source_check(r->source, false));
    if (r->out && !compares)
        return cn__fail(CN_ERROR_ARGUMENT, "--out needs inputs to compare over: --data NAME or --x FILE");
    return cn__check_writable("out", r->out);
}

static cn_status read_samples(const cn__c_request *r, cn_model *model, cn__samples *calibration,
                              cn__samples *test)
{
    if (!r->int8) return CN_OK;
    CN_TRY(read_calibration(r->calibrate, r->source, model, calibration));
    if (!r->source->data && !r->source->x) return CN_OK;
    CN_TRY(cn__samples_read(r->source, CN_PART_TEST, test));
    CN_TRY(cn__samples_to_float32(test));
    return cn__samples_shape(test, model);
}

cn_status cn__export_c(cn_model *model, const char *path, const cn__c_request *request)
{
    cn__samples calibration = {.named = false}, test = {.named = false};
    CN_TRY(check(request));
    cn_status status = read_samples(request, model, &calibration, &test);
    if (status == CN_OK) status = export(model, path, request, &calibration, &test);
    cn__samples_free(&calibration);
    cn__samples_free(&test);
    return status;
}
