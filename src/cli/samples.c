/* Reading the data of a subcommand, from files or a named data set. */
#include "cli/samples.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/status.h"
#include "cli/session.h"

cn_status cn__source_check(const cn__source *s, bool labels)
{
    if (s->data && (s->x || s->y || s->sample_weight))
        return cn__fail(CN_ERROR_ARGUMENT, "--data %s and files were both given; expected one of them",
                        s->data);
    if (s->data) return CN_OK;
    if (!s->x)
        return cn__fail(CN_ERROR_ARGUMENT, "no data: expected --data NAME, or --x FILE%s",
                        labels ? " and --y FILE" : "");
    if (labels && !s->y) return cn__fail(CN_ERROR_ARGUMENT, "--x needs --y FILE with the targets beside it");
    return CN_OK;
}

void cn__samples_free(cn__samples *s)
{
    cn_array_free(&s->x);
    cn_array_free(&s->y);
    cn_array_free(&s->weight);
}

void cn__tell_download(void *user, const char *file, double bytes, double total)
{
    (void)user;
    if (!isatty(STDERR_FILENO) || bytes <= 0) return;
    fprintf(stderr, "\rfetching %s: %.1f", file, bytes / 1e6);
    if (total > 0) fprintf(stderr, " of %.1f", total / 1e6);
    fputs(total > 0 && bytes >= total ? " MB\n" : " MB ", stderr);
}

static cn_status read_image_size(const char *text, size_t *height, size_t *width)
{
    int ndim;
    size_t size[CN_MAX_DIMS];
    if (cn__read_shape(text, &ndim, size) != CN_OK) return cn__fail_in("--image-size");
    if (ndim > 2)
        return cn__fail(CN_ERROR_ARGUMENT, "--image-size %s, expected a number of pixels or HEIGHT,WIDTH",
                        text);
    *height = size[0], *width = size[ndim - 1];
    return CN_OK;
}

cn_status cn__dataset_options(const cn__source *s, cn_dataset_options *out)
{
    const char *option = s->image_size ? "image-size" : s->color_mode ? "color-mode" : NULL;
    *out = (cn_dataset_options){.data_dir = s->data_dir, .progress = cn__tell_download};
    out->images.color_mode = s->color_mode;
    out->images.test_split = s->test_split;
    if (option && !cn__dir_exists(s->data))
        return cn__fail(CN_ERROR_ARGUMENT, "--%s is for a folder of images, and %s is none", option, s->data);
    return s->image_size ? read_image_size(s->image_size, &out->images.height, &out->images.width) : CN_OK;
}

static cn_status read_named(const cn__source *source, bool test, cn__samples *out)
{
    cn_dataset d;
    cn_dataset_options options;
    CN_TRY(cn__dataset_options(source, &options));
    cn_status status = cn_dataset_load(source->data, &options, &d);
    out->missing = status != CN_OK && cn_dataset_missing();
    if (status != CN_OK) return status;
    out->named = true;
    cn_array *x = test ? &d.test_x : &d.train_x, *y = test ? &d.test_y : &d.train_y;
    out->x = *x, out->y = *y;
    out->x.divide_by = 255;
    *x = *y = (cn_array){0};
    cn_dataset_free(&d);
    return CN_OK;
}

cn_status cn__samples_to_float32(cn__samples *s)
{
    cn_array bytes = s->x;
    if (bytes.dtype == CN_FLOAT32) return CN_OK;
    CN_TRY(cn_array_to_float32(&s->x, &bytes, 1));
    cn_array_free(&bytes);
    return CN_OK;
}

static cn_status read_float32(const char *path, cn_array *out)
{
    cn_array raw;
    CN_TRY(cn_data_read(path, &raw));
    if (raw.dtype == CN_FLOAT32) {
        *out = raw;
        return CN_OK;
    }
    cn_status status = cn_array_to_float32(out, &raw, 1);
    cn_array_free(&raw);
    return status;
}

cn_status cn__samples_read(const cn__source *source, bool test, cn__samples *out)
{
    *out = (cn__samples){0};
    if (source->data) return read_named(source, test, out);
    CN_TRY(read_float32(source->x, &out->x));
    if (source->y) CN_TRY(cn_data_read(source->y, &out->y));
    if (source->sample_weight) CN_TRY(read_float32(source->sample_weight, &out->weight));
    return CN_OK;
}
