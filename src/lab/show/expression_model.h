/* What a path in {{…}} leads to: members of models, the data, the lab. */
#ifndef CN_LAB_EXPRESSION_MODEL_H
#define CN_LAB_EXPRESSION_MODEL_H

#include "lab/language/expression_value.h"
#include "lab/program/program.h"

typedef struct cn__segment {
    char name[64];
    bool has_argument;
    const char *text; /* the argument that is a text; NULL: it is a number */
    double argument;
} cn__segment;

/* From where a path is read. */
typedef struct cn__scope {
    const cn__program *program;
    cn__arena *arena;
    size_t part;    /* the place: of several fits of a model the last above it is meant */
    bool checking;  /* nothing has run: names alone are looked at, numbers are 1 */
    bool *reported; /* or NULL: set where a failure follows from a mistake that was reported */
} cn__scope;

CN_CHECK cn_status cn__scope_model(const cn__scope *scope, const cn__lab_model *model,
                                   const cn__segment *segments, size_t count, cn__lab_value *out);
CN_CHECK cn_status cn__scope_data(const cn__scope *scope, const cn__segment *segments, size_t count,
                                  cn__lab_value *out);
CN_CHECK cn_status cn__scope_lab(const cn__scope *scope, const cn__segment *segments, size_t count,
                                 cn__lab_value *out);
/* The model with the best (or worst) last value of the curve `by`, or of test.NAME; NULL when --only left out one of them. */
CN_CHECK cn_status cn__scope_choose(const cn__scope *scope, const cn__lab_model *const *models, size_t count,
                                    const char *by, bool best, const cn__lab_model **out);
/* ensemble(a, b, c).vote or .mean: of the statement that puts these together. */
CN_CHECK cn_status cn__scope_ensemble(const cn__scope *scope, const cn__lab_model *const *models,
                                      size_t count, const cn__segment *segments, size_t depth,
                                      cn__lab_value *out);
cn_status cn__scope_fail_model(const cn__scope *scope, const char *name);

/* The fit of a model that a place in the document speaks of; NULL: none. */
const cn__job *cn__job_at(const cn__lab_model *model, size_t part);

#endif
