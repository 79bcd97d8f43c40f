/* Reading the data of a subcommand, from files or a named data set. */
#include "cli/input/samples.h"

#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/files/file.h"
#include "base/status.h"
#include "base/text/text.h"
#include "cli/session.h"
#include "data/data.h"
#include "data/preparation/preparation.h"
#include "lab/data/download.h"

bool cn__source_is_table(const cn__source *s)
{
    for (const char *const *known = cn_dataset_names(); s->data && *known; known++)
        if (strcmp(*known, s->data) == 0) return false;
    return s->data && cn__file_exists(s->data) && cn__is_table(s->data);
}

/* Options of a table that would be passed over in silence. */
static cn_status check_table_options(const cn__source *s)
{
    const cn__columns_words *c = &s->columns;
    const char *given = c->target              ? "target"
                        : c->columns           ? "columns"
                        : c->ignore            ? "ignore"
                        : c->missing           ? "missing"
                        : c->scale             ? "scale"
                        : c->stratify          ? "stratify"
                        : c->group             ? "group"
                        : c->time              ? "time"
                        : c->date              ? "date"
                        : c->text              ? "text"
                        : c->ordinal           ? "ordinal"
                        : c->log               ? "log"
                        : c->bins              ? "bins"
                        : c->target_scale      ? "target-scale"
                        : c->missing_indicator ? "missing-indicator"
                        : c->classes           ? "classes"
                                               : cn__table_option_given(&s->table);
    if (!given || cn__source_is_table(s)) return CN_OK;
    return cn__fail(CN_ERROR_ARGUMENT, "--%s is for a table, --data FILE.csv%s%s", given,
                    s->data ? ", and there is no such file: " : "", s->data ? s->data : "");
}

cn_status cn__source_check(const cn__source *s, bool labels)
{
    if (s->data && (s->x || s->y || s->sample_weight))
        return cn__fail(CN_ERROR_ARGUMENT, "--data %s and files were both given; expected one of them",
                        s->data);
    CN_TRY(check_table_options(s));
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
    cn_preparation_free(s->preparation);
    cn__free(s->lines);
    cn_dataset_free(&s->dataset);
    s->preparation = NULL, s->lines = NULL;
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
    *out = (cn_dataset_options){.data_dir = s->data_dir, .progress = cn__report_download};
    out->images.color_mode = s->color_mode;
    out->images.test_split = s->test_split;
    if (option && !cn__dir_exists(s->data))
        return cn__fail(CN_ERROR_ARGUMENT, "--%s is for a folder of images, and %s is not one", option,
                        s->data);
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
    const bool prepared = cn__dir_exists(d.source) && !test && d.memory;
    if (prepared) out->preparation = cn__preparation_of_images(&d);
    *x = *y = (cn_array){0};
    out->dataset = d; /* x may be its pixels, mapped */
    return prepared && !out->preparation ? cn_error_status() : CN_OK;
}

cn_status cn__samples_to_float32(cn__samples *s)
{
    cn_array bytes = s->x;
    if (bytes.dtype == CN_FLOAT32) return CN_OK;
    CN_TRY(cn_array_to_float32(&s->x, &bytes, 1));
    cn_array_free(&bytes);
    return CN_OK;
}

cn_status cn__read_float32(const char *path, cn_array *out)
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

static cn_status read_table(const cn__source *s, cn__table_part part, cn__samples *out)
{
    cn__table_samples t;
    cn_status status =
        cn__table_samples_read(s->data, &s->table, &s->columns, s->preparation, s->test_split, part, &t);
    out->x = t.x, out->y = t.y, out->preparation = t.preparation, out->lines = t.lines;
    return status;
}

/* One file with inputs and targets, and perhaps those of a test part. */
static cn_status read_npz(const char *path, cn__table_part part, cn__samples *out)
{
    cn__arena arena = {0};
    const char *members[4] = {NULL};
    cn_status status = cn__npz_pairs(&arena, path, members);
    const size_t test = part == CN_PART_TEST && members[2] ? 2 : 0;
    if (status == CN_OK) status = cn__read_float32(members[test], &out->x);
    if (status == CN_OK) status = cn_data_read(members[test + 1], &out->y);
    cn__arena_free(&arena);
    return status;
}

cn_status cn__samples_read(const cn__source *source, cn__table_part part, cn__samples *out)
{
    *out = (cn__samples){0};
    if (source->data && cn__has_suffix(source->data, ".npz") && cn__file_exists(source->data))
        return read_npz(source->data, part, out);
    if (cn__source_is_table(source)) return read_table(source, part, out);
    if (source->data) return read_named(source, part == CN_PART_TEST, out);
    if (cn__is_table(source->x))
        return cn__fail(CN_ERROR_ARGUMENT, "--x %s is a table; expected --data %s%s", source->x, source->x,
                        source->y ? " --target COLUMN" : "");
    CN_TRY(cn__read_float32(source->x, &out->x));
    if (source->y) CN_TRY(cn_data_read(source->y, &out->y));
    if (source->sample_weight) CN_TRY(cn__read_float32(source->sample_weight, &out->weight));
    return CN_OK;
}
