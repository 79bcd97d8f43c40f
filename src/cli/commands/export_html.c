/* cornu export --html: names and samples for cn_model_export_html. */
#include "cli/commands/export_html.h"

#include <string.h>

#include "base/arena.h"
#include "base/status.h"
#include "cli/input/ends.h"

/* "a, b,c": each without the spaces around it. */
static cn_status split(cn__arena *arena, const char *text, const char *const **out, size_t *count)
{
    *out = NULL, *count = 0;
    if (!text) return CN_OK;
    size_t capacity = 1;
    for (const char *c = text; *c; c++) capacity += *c == ',';
    const char **names = cn__arena_array(arena, capacity, sizeof *names);
    if (!names) return CN_ERROR_MEMORY;
    for (const char *at = text; at; at = strchr(at, ',') ? strchr(at, ',') + 1 : NULL) {
        const char *first = at + strspn(at, " ");
        size_t size = strcspn(first, ",");
        while (size && first[size - 1] == ' ') size--;
        names[*count] = cn__arena_format(arena, "%.*s", (int)size, first);
        if (!names[(*count)++]) return CN_ERROR_MEMORY;
    }
    *out = names;
    return CN_OK;
}

/* The names of a data set's classes, where it has the network's outputs and no others were given. */
static void name_classes(cn__arena *arena, const cn_dataset *d, const cn_model *model,
                         cn_html_options *options)
{
    int ndim;
    size_t shape[CN_MAX_DIMS];
    if (options->label_count || cn_model_output_shape(model, &ndim, shape) != CN_OK) return;
    if (ndim != 2 || shape[1] != d->classes) return;
    const char **names = cn__arena_array(arena, d->classes, sizeof *names);
    for (size_t i = 0; names && i < d->classes; i++)
        names[i] = cn__arena_format(arena, "%s", d->class_names[i]);
    options->labels = names, options->label_count = names ? d->classes : 0;
}

/* The test part: images divided by 255, and what they are. */
static cn_status read_dataset(cn__arena *arena, const cn__source *source, const cn_model *model,
                              cn__samples *samples, cn_html_options *options)
{
    cn_dataset d;
    cn_dataset_options where;
    CN_TRY(cn__dataset_options(source, &where));
    CN_TRY(cn_dataset_load(source->data, &where, &d));
    name_classes(arena, &d, model, options);
    options->fill = strcmp(source->data, "fashion_mnist") == 0;
    cn_status status = cn_array_to_float32(&samples->x, &d.test_x, 255);
    samples->y = d.test_y;
    d.test_y = (cn_array){0};
    cn_dataset_free(&d);
    return status;
}

/* Samples by the names of several inputs; what they are, if it is said, of the first output. */
static cn_status write_by_names(const cn__source *source, const char *path, const cn_model *model,
                                cn_html_options *options)
{
    cn__ends ends;
    cn_status status = cn__ends_read(model, source, "", &ends);
    options->inputs = ends.x, options->y = status == CN_OK ? ends.y[0] : NULL;
    if (status == CN_OK) status = cn_model_export_html(model, path, options);
    cn__ends_free(&ends);
    return status;
}

static cn_status write_page(cn__arena *arena, const cn__page *page, const cn__source *source,
                            const char *path, const cn_model *model, cn__samples *samples)
{
    cn_html_options options = {.title = page->title, .language = page->lang, .samples = page->samples};
    CN_TRY(split(arena, page->labels, &options.labels, &options.label_count));
    CN_TRY(split(arena, page->features, &options.features, &options.feature_count));
    if (source->data || source->x || source->y) CN_TRY(cn__source_check(source, false));
    if (cn_model_input_count(model) > 1 ? source->data || source->x
                                        : source->x && cn__has_ends(model, source))
        return write_by_names(source, path, model, &options);
    if (source->data) CN_TRY(read_dataset(arena, source, model, samples, &options));
    else if (source->x) CN_TRY(cn__samples_read(source, CN_PART_TEST, samples));
    if (samples->x.data) options.x = &samples->x;
    if (samples->y.data) options.y = &samples->y;
    return cn_model_export_html(model, path, &options);
}

cn_status cn__export_html(const cn__page *page, const cn__source *source, const char *path,
                          const cn_model *model)
{
    cn__arena arena = {0};
    cn__samples samples = {.named = false};
    cn_status status = write_page(&arena, page, source, path, model, &samples);
    cn__samples_free(&samples);
    cn__arena_free(&arena);
    return status;
}
