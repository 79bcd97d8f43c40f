/* cornu export --c: sizes, calibration, and what int8 loses. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/status.h"
#include "base/text/text.h"
#include "base/files/file.h"
#include "cli/commands/export.h"
#include "cli/output/report.h"
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

typedef struct loss {
    size_t samples, same; /* same: those that are put into the same class */
    double most, mean;    /* difference of two outputs */
    bool classes, labels; /* are there classes; is it known which is right? */
    double before, after; /* accuracy */
} loss;

static loss compare(const cn_array *exact, const cn_array *rounded, const cn_array *y)
{
    const size_t size = cn_array_size(exact), cols = cn_array_sample_size(exact);
    loss l = {.samples = exact->shape[0], .classes = cols > 1};
    double sum = 0;
    for (size_t i = 0; i < size; i++) {
        double off = fabs(cn_array_at(exact, i) - cn_array_at(rounded, i));
        l.most = fmax(l.most, off);
        sum += off;
    }
    l.mean = sum / (double)size;
    for (size_t n = 0; l.classes && n < l.samples; n++)
        l.same += largest(exact, n, cols) == largest(rounded, n, cols);
    l.labels = l.classes && y->data && y->shape[0] == l.samples;
    if (l.labels) l.before = accuracy(exact, y), l.after = accuracy(rounded, y);
    return l;
}

static void print_loss(const loss *l)
{
    printf("outputs over %zu sample%s: %.4f apart at most, %.6f on average\n", l->samples,
           l->samples == 1 ? "" : "s", l->most, l->mean);
    if (l->classes) printf("the same class: %zu of %zu\n", l->same, l->samples);
    if (l->labels)
        printf("accuracy: float32 %.4f, int8 %.4f (%+.4f)\n", l->before, l->after, l->after - l->before);
}

static json_t *loss_json(const loss *l)
{
    json_t *json = json_object();
    cn__json_set(json, "samples", json_integer((json_int_t)l->samples));
    cn__json_set(json, "largest_difference", cn__report_number(l->most));
    cn__json_set(json, "mean_difference", cn__report_number(l->mean));
    cn__json_set(json, "same_class", l->classes ? json_integer((json_int_t)l->same) : json_null());
    cn__json_set(json, "float32_accuracy", l->labels ? cn__report_number(l->before) : json_null());
    cn__json_set(json, "int8_accuracy", l->labels ? cn__report_number(l->after) : json_null());
    return json;
}

/* ------------------------------------------------------------------------------------------------------------ */

static void print_sizes(const char *path, const cn_model *model, bool int8, const cn_export_c_report *r)
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

static void add_sizes(json_t *json, bool int8, const cn_export_c_report *r)
{
    const struct {
        const char *name;
        size_t bytes;
    } sizes[] = {{"weight_bytes", r->weight_bytes},
                 {"scratch_bytes", r->scratch_bytes},
                 {"float32_weight_bytes", r->float_weight_bytes},
                 {"float32_scratch_bytes", r->float_scratch_bytes}};
    for (int i = 0; i < (int8 ? 4 : 2); i++)
        cn__json_set(json, sizes[i].name, json_integer((json_int_t)sizes[i].bytes));
}

static cn_status report_loss(cn_model *model, const cn__c_request *r, const cn__samples *test,
                             const cn_array *rounded)
{
    cn_array exact = {0};
    CN_TRY(cn_model_predict(model, .x = &test->x, .out = &exact));
    const loss l = compare(&exact, rounded, &test->y);
    cn_array_free(&exact);
    if (!r->quiet) print_loss(&l);
    if (r->json) cn__json_set(r->json, "compared", loss_json(&l));
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
    if (!r->quiet) print_sizes(path, model, r->int8, &report);
    if (r->json) add_sizes(r->json, r->int8, &report);
    cn_status status = rounded.data ? report_loss(model, r, test, &rounded) : CN_OK;
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
