/* The data of a subcommand: read from files or a named data set, then given the shapes and the coding of
 * labels that a model and a loss want. */
#ifndef CN_CLI_INPUT_SAMPLES_H
#define CN_CLI_INPUT_SAMPLES_H

#include "cli/options/options.h"
#include "cli/input/tables.h"
#include "cornu/cornu.h"

/* Where data comes from, as options say it. NULL: not given. */
typedef struct cn__source {
    const char *data, *data_dir; /* a named data set and where to look for it first; or a folder of images */
    const char *image_size, *color_mode; /* of such a folder, with the share of its test part */
    double test_split;
    const char *x, *y, *sample_weight; /* or files */
    cn__table_words table;             /* of a table, where `data` is one */
    cn__columns_words columns;
    const cn_preparation *preparation;   /* of the model; NULL: none */
    cn__texts all_x, all_y, all_weights; /* as they were given: x, y and sample_weight are the last of them */
} cn__source;

/* Rows of a table of options for the field `source_` of the struct `type_`. */
#define IMAGE_OPTIONS(type_, source_)                                                                        \
    TEXT_OPTION(type_, "image-size", source_.image_size, "N", NULL,                                          \
                "resize the images of a folder to N × N pixels, or to HEIGHT,WIDTH"),                        \
        TEXT_OPTION(type_, "color-mode", source_.color_mode, "MODE", NULL,                                   \
                    "rgb or grayscale; by default grayscale if no image has colours"),                       \
    {                                                                                                        \
        .kind = CN_OPTION_NUMBER, .name = "test-split", .argument = "F", .low = 0, .high = 0.99,             \
        .fallback = "0.2", .offset = offsetof(type_, source_.test_split),                                    \
        .help = "the fraction of a folder's images, or of a table's rows, to use as test part"               \
    }

typedef struct cn__samples {
    cn_array x, y, weight;       /* without data when there is none */
    bool named;                  /* from a named data set: images */
    bool missing;                /* reading failed because the data set is nowhere to be found */
    cn_preparation *preparation; /* of a table, made or copied: what goes into the model's file; NULL: none */
    cn_dataset dataset;          /* of a named one: what is left of it */
    uint32_t *lines;             /* of a table: of each sample, in the file */
} cn__samples;

/* What cn_dataset_load wants to know of source->data. The draw of a folder's test part has the seed 0, so that train,
 * evaluate and predict mean the same by it. */
CN_CHECK cn_status cn__dataset_options(const cn__source *source, cn_dataset_options *out);

/* Fails unless the source is one data set, or files: x, and y too if `labels`. */
CN_CHECK cn_status cn__source_check(const cn__source *source, bool labels);

/* Is `data` a table? */
bool cn__source_is_table(const cn__source *source);

/* Reads the source, of a data set or a table the part. x becomes float32, but the images of a named data set stay
 * bytes, divided by 255 (cn_array_divided). The samples are the caller's to free, also after a failure. */
CN_CHECK cn_status cn__samples_read(const cn__source *source, cn__table_part part, cn__samples *out);
/* For what reads the numbers of x itself. */
CN_CHECK cn_status cn__samples_to_float32(cn__samples *samples);
void cn__samples_free(cn__samples *samples);
/* A file of numbers, as float32. */
CN_CHECK cn_status cn__read_float32(const char *path, cn_array *out);

/* Gives x the shape that the model takes, when the sizes agree, and builds the model if it is not yet:
 * images of a data set become rows for a model that begins with a Dense layer. */
CN_CHECK cn_status cn__samples_shape(cn__samples *samples, cn_model *model);

#endif
