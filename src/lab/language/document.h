/* A lab document as text: its front matter, and its prose and `cornu` blocks in order, with line numbers. What the
 * statements mean is what program/program.h says. */
#ifndef CN_LAB_DOCUMENT_H
#define CN_LAB_DOCUMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/status.h"
#include "base/text/text.h"

enum { CN_MISTAKES_SHOWN = 20 };

/* Mistakes that were found: the first of them by their lines. */
typedef struct cn__mistakes {
    const char *file;
    size_t count, kept;
    struct cn__mistake {
        size_t line;
        char *text;
    } shown[CN_MISTAKES_SHOWN];
} cn__mistakes;

/* Adds a mistake; cn__mistakes_take adds the message of cn_error(). */
void cn__mistakes_add(cn__mistakes *mistakes, size_t line, const char *format, ...) CN_PRINTF(3, 4);
void cn__mistakes_take(cn__mistakes *mistakes, size_t line);
/* CN_OK, or a failure whose message is all of them, a line each: "labs/mnist.es.md:42: …". Frees them. */
CN_CHECK cn_status cn__mistakes_end(cn__mistakes *mistakes);

typedef struct cn__part_of_lab {
    bool code;         /* a cornu block; else prose */
    size_t line;       /* of the text's first line, from 1 */
    const char *text;  /* prose: Markdown; code: the statements, without the fences */
    bool expect_error; /* one of its statements fails */
    bool hidden;
    bool open; /* never closed: statements may be anything */
} cn__part_of_lab;

typedef struct cn__lab_document {
    const char *path;
    const char *title, *subtitle, *author, *language, *summary, *date, *course, *group,
        *bibliography; /* NULL: not said */
    const char *front; /* the lines of the front matter; NULL: there is none */
    size_t language_line, summary_line, title_line, bibliography_line;
    uint64_t seed;
    cn__part_of_lab *parts;
    size_t count, capacity;
    const struct cn__attachment *attachments; /* pictures that a notebook brings */
    cn__arena arena;
} cn__lab_document;

/* Documents larger than this are refused. */
#define CN_LAB_DOCUMENT_LIMIT ((size_t)16 << 20)

/* Reads and splits, a notebook (.ipynb), too; mistakes of form go to `mistakes`. Free with cn__lab_document_free, also after a failure. */
CN_CHECK cn_status cn__lab_document_read(const char *path, cn__lab_document *out, cn__mistakes *mistakes);
CN_CHECK cn_status cn__lab_document_parse(const char *path, const char *text, size_t size,
                                          cn__lab_document *out, cn__mistakes *mistakes);
/* A seed as the front matter and --seed have it; what a JSON integer can hold. False: it is none. */
bool cn__read_seed(const char *text, uint64_t *out);
void cn__lab_document_free(cn__lab_document *document);

#endif
