/* Pictures that a lab's prose shows: files beside the document. */
#ifndef CN_LAB_SHOW_FIGURES_IMAGES_H
#define CN_LAB_SHOW_FIGURES_IMAGES_H

#include "lab/program/program.h"
#include "report/report.h"

/* What is wrong with the pictures and the formulas of a text, whose first line is `line`, goes to `mistakes`. */
CN_CHECK cn_status cn__prose_check(const cn__program *program, const char *text, size_t line,
                                   cn__mistakes *mistakes);

/* The files of all pictures that the blocks' prose shows, each once; they live in the program's arena. */
CN_CHECK cn_status cn__images_load(cn__program *program, const cn__block *blocks, size_t count,
                                   const cn__report_image **out, size_t *image_count);

#endif
