/* The preparation of a sweep's data: normalise.by=[none, standard, minmax], dataset.missing=[mean, median]. */
#ifndef CN_LAB_PREPARED_H
#define CN_LAB_PREPARED_H

#include "lab/program/program.h"

/* Of the sweep's job, whose data must be known; the program owns it. */
CN_CHECK cn_status cn__prepared_new(cn__program *program, cn__job *job);
void cn__prepared_free(cn__prepared *all); /* NULL is allowed */
/* For the study's configuration; NULL: nothing of it can be searched. */
const cn__data_preparer *cn__prepared_data(const cn__job *job);
/* The job goes on with the data of the configuration that was found. */
void cn__prepared_take(cn__job *job, const cn__configuration *found);

#endif
