/* Files of a lab that has run: what is drawn and laid out. */
#ifndef CN_LAB_WRITE_REPORTS_H
#define CN_LAB_WRITE_REPORTS_H

#include <stdio.h>

#include "lab/run/run.h"
#include "lab/language/catalogue.h"
#include "report/report.h"

typedef struct cn__lab_writer {
    cn__program_run *run;
    cn__program *program;
    cn__arena *arena;
    cn__language language;
    cn__block *blocks;
    size_t count;
    bool *anew; /* is each figure written by this run? Room for cn__lab_count_figures of them */
    FILE *log;
} cn__lab_writer;

/* Writes unless the file holds just that; prints its name if `reported`. */
CN_CHECK cn_status cn__lab_put(const cn__lab_writer *w, const char *name, const cn__text *text,
                               bool reported);

size_t cn__lab_count_figures(const cn__lab_writer *w);

/* Figures and reports, each tried whatever becomes of the others. Closes the run's cache. */
CN_CHECK cn_status cn__lab_write_reports(cn__lab_writer *w, const cn__report *report);

/* Removes temporary files that a killed process left in a lab's folder. */
void cn__lab_remove_stale(const char *folder);

#endif
