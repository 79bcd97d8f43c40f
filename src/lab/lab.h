/* The lab: a Markdown document with cornu blocks, checked, run, and written as a report. */
#ifndef CN_LAB_LAB_H
#define CN_LAB_LAB_H

#include "base/status.h"
#include "lab/options.h"

/* `path` NULL: the lab on handwritten digits that the program carries, in options->language (Spanish unless said).
 * *missing tells that a named data set was nowhere to be found. */

/* Looks for mistakes; trains nothing, writes nothing. */
CN_CHECK cn_status cn__lab_check(const char *path, const cn__lab_options *options, bool *missing);

/* Trains what the cache has not (with `cached_only`: fails then) and writes into options->out: index.html, report.pdf,
 * lab.ipynb, results.json, results.csv, figures/, models/. A failure that was not expected ends the lab: what stands
 * before it is written, and the failure is returned. */
CN_CHECK cn_status cn__lab_run(const char *path, const cn__lab_options *options, bool cached_only,
                               bool *missing);

/* Writes a document to begin with: `from` is "starter" (NULL) or "mnist". Fails if the file is there. */
CN_CHECK cn_status cn__lab_new(const char *path, const cn__lab_options *options, const char *from);

/* A line for each statement: its words, then its arguments with their defaults. */
void cn__lab_statements(FILE *out);

#endif
