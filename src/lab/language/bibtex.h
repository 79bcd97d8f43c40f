/* BibTeX files as lists of works, their fields as plain text. */
#ifndef CN_LAB_BIBTEX_H
#define CN_LAB_BIBTEX_H

#include "base/arena.h"
#include "base/status.h"

typedef enum cn__work_field {
    CN_WORK_AUTHOR,
    CN_WORK_EDITOR,
    CN_WORK_TITLE,
    CN_WORK_YEAR,
    CN_WORK_DATE,
    CN_WORK_JOURNAL,
    CN_WORK_BOOKTITLE,
    CN_WORK_PUBLISHER,
    CN_WORK_SCHOOL,
    CN_WORK_INSTITUTION,
    CN_WORK_HOWPUBLISHED,
    CN_WORK_VOLUME,
    CN_WORK_NUMBER,
    CN_WORK_PAGES,
    CN_WORK_DOI,
    CN_WORK_URL,
    CN_WORK_FIELDS
} cn__work_field;

typedef struct cn__work {
    const char *key;
    const char
        *field[CN_WORK_FIELDS]; /* NULL: not given. People stay as BibTeX has them, with "and" and braces */
    size_t line;
} cn__work;

/* Reads entries `@article{key, author = {…}, year = 2014}`; @string names are replaced, @comment and @preamble passed over,
 * fields without a place above ignored. TeX's accents and dashes become characters. A failure names path and line. */
CN_CHECK cn_status cn__bibtex_read(cn__arena *arena, const char *path, const char *text, cn__work **works,
                                   size_t *count);
/* The same text without TeX: what the fields but author and editor are already. */
CN_CHECK cn_status cn__bibtex_plain(cn__arena *arena, const char *text, size_t size, const char **out);

#endif
