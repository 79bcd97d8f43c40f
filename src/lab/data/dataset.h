/* The data of a lab, stage by stage: what `dataset` statements load and make of it. A stage is what the statements below
 * it see; stages share memory where they can. */
#ifndef CN_LAB_DATASET_H
#define CN_LAB_DATASET_H

#include "cornu/cornu.h"
#include "lab/access.h"
#include "lab/options.h"
#include "lab/language/statement.h"

typedef enum cn__task { CN_TASK_CLASSES, CN_TASK_NUMBER } cn__task;

/* One of the arrays of a data set for networks of several inputs or outputs. Its stage holds it in x as an input and in y as a
 * target: statements make different things of the two. */
typedef struct cn__named {
    const char *name;
    bool input, target; /* what the document says it is; both: an .npz's array, which can be either */
    struct cn__stage *stage;
} cn__named;

typedef struct cn__stage {
    const struct cn__stage *before; /* NULL: as loaded */
    size_t line;
    const cn__statement *statement; /* that made it */
    const char *name, *source;      /* "mnist"; where it was read from */
    cn_array x, y, test_x, test_y;
    cn_array labels,
        test_labels; /* (n) class numbers, of a classification; views or owned by the first stage */
    cn_array images, test_images; /* as they were loaded; no data: no pictures */
    cn__task task;
    size_t classes;
    const char *const *class_names;
    const char *const *targets; /* of a table: the columns' names, `target_count` of them; or NULL */
    size_t target_count;
    cn_table *table;             /* of a table, with what is made of it; the first stage owns the table, */
    cn_preparation *preparation; /* and each stage that has another one its own */
    const cn_table_options *reading; /* how its file was read */
    uint32_t *rows; /* of the training part, then of the test part (that are not of a file of its own) */
    const char *const *feature_names; /* of a table, as loaded; `features` of them; or NULL */
    size_t features;
    size_t dropped, filled;  /* rows and values that were missing */
    const char *filled_with; /* "mean" */
    const char *notes;       /* on the table and its parts, lines; NULL: none */
    const char *how;         /* "/ 255", "standard": what normalise did, or NULL */
    const double *shift,
        *scale;       /* of arrays that this stage normalised by their columns, one each, or NULL, */
    float divided_by; /* or by a number; 0: neither */
    char key[65];     /* a hash of what it holds */
    const cn__named
        *named; /* `named_count` arrays with names; then x is the first input, y the first target */
    size_t named_count;
} cn__stage;

typedef struct cn__stages {
    const char *folder; /* of the document: files are looked for there first; NULL: none */
    cn__access access;  /* where files may lie */
    cn__stage **items;
    size_t count, capacity;
    cn_dataset **named; /* whose arrays stages borrow */
    size_t named_count;
} cn__stages;

/* Applies a dataset statement to `before` (NULL for the first) and makes the next stage. */
CN_CHECK cn_status cn__stage_load(cn__arena *arena, cn__stages *stages, const cn__statement *statement,
                                  const cn__lab_options *options, uint64_t seed, cn__stage **out);
/* As it was loaded. */
const cn__stage *cn__stage_first(const cn__stage *stage);
CN_CHECK cn_status cn__stage_next(cn__arena *arena, cn__stages *stages, const cn__stage *before,
                                  const cn__statement *statement, cn__stage **out);
void cn__stages_free(cn__stages *stages);
/* fit's validation_data=NAME: the samples of a file, a folder of images or a data set, prepared as those of `like` are. */
CN_CHECK cn_status cn__stage_validation(cn__arena *arena, cn__stages *stages, const cn__stage *like,
                                        const char *name, const cn__lab_options *options, cn__stage **out);

/* dataset_named.c: is it one of the arrays that the statement speaks of: those of its `of`, or all that it can be for? */
bool cn__named_is_chosen(const cn__named *array, const cn__statement *statement);
/* Fails where `of` names no array, or there are several and it names none although the statement is for one. */
CN_CHECK cn_status cn__check_of(const cn__stage *stage, const cn__statement *statement);
/* NULL: there is none of that name. */
const cn__named *cn__find_named(const cn__stage *stage, const char *name);
CN_CHECK cn_status cn__fail_named(const cn__stage *stage, const char *what, const char *name);
/* x and what belongs to it from `input`, y and what belongs to it from `target`; NULL: they stay. The arrays are borrowed. */
void cn__stage_view(cn__stage *stage, const cn__named *input, const cn__named *target);
/* The same of the first input, with pictures if there are any, and the first target. */
void cn__stage_view_first(cn__stage *stage);

/* "price", "y1, y2" */
const char *cn__target_text(cn__arena *arena, const cn__stage *stage);

/* The class that the data calls `name`. */
CN_CHECK cn_status cn__stage_class(const cn__stage *stage, const char *name, size_t *out);

/* What a statement that shows columns needs: a table, and in it the columns that it names. */
CN_CHECK cn_status cn__check_columns(const cn__stage *stage, const cn__statement *statement);

/* Are samples pictures: (height, width) or (height, width, 1 or 3), as loaded? */
bool cn__stage_has_images(const cn__stage *stage);

#endif
