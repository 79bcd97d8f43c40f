/* The inside of making a program: what the files of this folder share. */
#ifndef CN_LAB_PROGRAM_ANALYZER_H
#define CN_LAB_PROGRAM_ANALYZER_H

#include "lab/program/program.h"

typedef struct cn__analyzer {
    cn__program *program;
    cn__mistakes *mistakes;
    cn__stage *stage;  /* of the data, at the present statement */
    size_t part;       /* index */
    size_t statements; /* so far */
    bool expect_error; /* in the present block */
    bool data_failed;  /* statements that need data are let pass: one mistake is enough */
    bool missing;
} cn__analyzer;

/* A list of pointers that grows in the arena; `list` is the address of the first element's pointer. */
CN_CHECK cn_status cn__add_pointer(cn__arena *arena, void *list, size_t *count, const void *item);
/* Items of a list, or the value itself, with commas between; NULL for none. */
const char *cn__list_text(cn__arena *arena, const cn__value *value);
const char *cn__value_or(cn__arena *arena, const cn__value *value, const char *otherwise);

/* resolve.c: finds what a statement speaks of, and fails where it cannot be done. */
CN_CHECK cn_status cn__resolve(cn__analyzer *analyzer, cn__lab_step *step);

/* models.c */
cn_status cn__fail_model(const cn__program *program, const char *name);
cn_status cn__fail_broken(const cn__lab_model *model);
/* A model that is not trained yet takes the shape of the data that stands at this place. */
CN_CHECK cn_status cn__fit_to_data(cn__analyzer *analyzer, cn__lab_model *model);
/* Gives a model its shapes: by its own inputs, or by the data's x. */
CN_CHECK cn_status cn__build_for(cn_model *model, const cn__stage *data);
/* Adds a model that is broken until it is made. */
CN_CHECK cn_status cn__add_broken_model(cn__analyzer *analyzer, const cn__statement *statement);
CN_CHECK cn_status cn__make_model(cn__analyzer *analyzer, cn__lab_step *step);
CN_CHECK cn_status cn__make_compile(cn__analyzer *analyzer, cn__lab_step *step);

/* binding.c: the arrays of the data that the compiled model takes; NULL in *out where they have no names. */
CN_CHECK cn_status cn__bind(cn__arena *arena, const cn_model *model, const cn__stage *data,
                            const cn__stage *validation, cn__binding **out);
/* Fails unless the statement shows some output of the job's network. */
CN_CHECK cn_status cn__check_output(const cn__job *job, const cn__statement *statement);

/* sample_weight.c: a weight for each training sample, in the arena; no data in *out for none. */
CN_CHECK cn_status cn__sample_weight(cn__arena *arena, const cn__stage *stage, const char *column,
                                     cn_array *out);
/* class_weight.c: the map of class numbers that fit takes; NULL in *out for none. */
CN_CHECK cn_status cn__class_weight(cn__arena *arena, const cn__value *value, const cn__stage *data,
                                    const char **out);

/* fits.c */
CN_CHECK cn_status cn__make_fit(cn__analyzer *analyzer, cn__lab_step *step);
CN_CHECK cn_status cn__make_repeat(cn__analyzer *analyzer, cn__lab_step *step);
/* The same fit on other data, of which no model is kept; NULL on failure. */
cn__job *cn__make_another(cn__analyzer *analyzer, const cn__lab_step *step, const cn__job *first,
                          const cn__stage *data);
/* A job that is in the program's list only if it is added; its data is the analyzer's stage. */
cn__job *cn__new_job(cn__analyzer *analyzer, cn__lab_model *model, const cn__lab_step *step,
                     const cn__arguments *fit);
/* What fit's validation_data names, for the job. */
CN_CHECK cn_status cn__validation_data(cn__analyzer *analyzer, cn__job *job);
CN_CHECK cn_status cn__try_fit(cn__analyzer *analyzer, cn__job *job);
CN_CHECK cn_status cn__set_job_key(cn__analyzer *analyzer, cn__job *job);
/* sweep.c */
void cn__found_free(cn__job *job);
CN_CHECK cn_status cn__make_sweep(cn__analyzer *analyzer, cn__lab_step *step);
/* lab/data/folds.c */
CN_CHECK cn_status cn__make_crossvalidate(cn__analyzer *analyzer, cn__lab_step *step);
/* Gives each fit the file of its model. */
CN_CHECK cn_status cn__name_files(cn__program *program);

#endif
