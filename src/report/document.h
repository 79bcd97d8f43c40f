/* The inside of the report room: a report made ready to be written. Its strings are copied clean (valid UTF-8, no
 * control characters but newline and tab), its Markdown is parsed, figures and tables are numbered, headings have
 * ids. */
#ifndef CN_REPORT_DOCUMENT_H
#define CN_REPORT_DOCUMENT_H

#include <cmark-gfm-core-extensions.h>
#include <cmark-gfm.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/text/escape.h"
#include "report/math/formula.h"
#include "report/report.h"

/* ---- words ------------------------------------------------------------------------------------------------ */

enum { CN_CALLOUTS = 6 };

typedef struct cn__report_words {
    const char *code; /* of the language, as in lang="es" */
    const char *contents, *figure, *table, *theme, *error;
    const char *search, *copy, *copied, *menu, *reset; /* of the page's buttons */
    const char *callouts[CN_CALLOUTS];                 /* in the order of markdown/markdown_callouts.c */
    const char *needs;                                 /* of a notebook: this lab runs with Cornu */
} cn__report_words;

/* ---- document --------------------------------------------------------------------------------------------- */

typedef struct cn__heading {
    size_t number;    /* 1, 2, … in the document's order */
    int depth;        /* 1, 2, …: 1 for the largest that the report has */
    const char *id;   /* unique: "1-the-data" */
    const char *text; /* plain */
    int page;         /* PDF */
    double y;
} cn__heading;

/* Headings by their ids (markdown/heading_ids.c). */
typedef struct cn__heading_ids {
    struct cn__heading_slot *slots;
    size_t count, capacity;
} cn__heading_ids;

/* Gives the heading an id from `text` that no other has. */
CN_CHECK cn_status cn__heading_ids_add(cn__heading_ids *ids, cn__heading *heading, const char *text,
                                       cn__arena *arena);
/* NULL: there is none. */
const cn__heading *cn__heading_ids_find(const cn__heading_ids *ids, const char *id);
void cn__heading_ids_free(cn__heading_ids *ids);

/* What an output needs beside itself: the tree of a text, the number of a figure or of a table with a caption. */
typedef struct cn__out_part {
    const cn__report_output *output;
    const char *caption; /* the output's, else the figure's */
    cmark_node *tree;
    int number;
} cn__out_part;

typedef struct cn__part {
    const cn__block *block;
    cmark_node *tree; /* prose */
    cn__out_part *outputs;
} cn__part;

enum { CN_BYLINES = 2 };

typedef struct cn__extra cn__extra;

typedef struct cn__document {
    cn__report report;               /* the clean copy */
    const char *bylines[CN_BYLINES]; /* under the title: author and group, course and date; NULL: not said */
    const cn__report_words *words;
    cn__part *parts; /* report.block_count */
    cn__heading **headings;
    size_t heading_count, heading_capacity;
    cn__heading_ids ids;
    cn__arena arena;
    cn__extra *references; /* by `next` */
    const char *notes;     /* all definitions of footnotes; NULL: there are none */
    int note_count, figure_count, table_count;
} cn__document;

/* Checks the report and makes it ready. End with cn__document_end, also after a failure. */
CN_CHECK cn_status cn__document_begin(cn__document *document, const cn__report *report);
void cn__document_end(cn__document *document);

/* ---- Markdown (markdown/) ----------------------------------------------------------------------------------- */

/* Fails for a text that would take far more memory, time or stack than it is long; *line is where, or the last. */
CN_CHECK cn_status cn__markdown_check(const char *text, size_t size, size_t *line);
/* Fails for a tree that is too deep for those who walk it, and for a heading that is too long for a line. */
CN_CHECK cn_status cn__markdown_check_tree(cmark_node *tree, size_t *line);
/* The tree of a CommonMark text with tables: raw HTML in it has become plain text, comments are gone. */
CN_CHECK cn_status cn__markdown_parse(const char *text, cmark_node **out);
/* The same with what cmark-gfm does not know: formulas, pictures, references, callouts, footnotes of the whole document. */
CN_CHECK cn_status cn__markdown_read(cn__document *document, const char *text, cmark_node **out);
/* Gathers the definitions of footnotes; to be called before the first cn__markdown_read. */
CN_CHECK cn_status cn__notes_collect(cn__document *document);
/* Once all figures and tables have their numbers. */
CN_CHECK cn_status cn__references_resolve(cn__document *document);
/* The heading that a node is, or NULL. */
const cn__heading *cn__heading_of(cmark_node *node);
/* Adds the headings of a tree to the document. */
CN_CHECK cn_status cn__headings_collect(cn__document *document, cmark_node *tree);
/* All text under a node, without marks. */
void cn__add_plain(cn__text *out, cmark_node *node);
/* May a page link there? Not to scripts. */
bool cn__link_is_safe(const char *url);
bool cn__node_is(cmark_node *node, const char *type);

/* Is the line that begins behind this newline empty? It ends the paragraph. */
bool cn__ends_paragraph(const char *newline);
/* A code span: from its backticks to the same number of them in this paragraph; without those they stand for
 * themselves. */
const char *cn__code_span_end(const char *backticks);
/* Which lines of a text, from 1, are code, fenced or indented; NULL: no memory. */
const bool *cn__code_lines(cn__arena *arena, const char *text);

/* ---- what cmark-gfm does not know -------------------------------------------------------------------------- */

typedef enum cn__extra_kind {
    CN_EXTRA_FORMULA,   /* of a custom inline */
    CN_EXTRA_REFERENCE, /* of a custom inline: @fig-…, @tbl-… */
    CN_EXTRA_PICTURE,   /* of an image */
    CN_EXTRA_FIGURE,    /* of a paragraph that is an image alone */
    CN_EXTRA_CALLOUT,   /* of a quotation */
    CN_EXTRA_NOTE       /* of a footnote and of what refers to it */
} cn__extra_kind;

struct cn__extra {
    cn__extra_kind kind;
    const char *
        text; /* formula: its TeX; reference: what it says; figure: its caption or NULL; callout: its title */
    const char *name; /* reference, figure: "fig-history"; callout: its class */
    int number;       /* reference, figure, note; 0: not found, has none */
    bool table;       /* reference: to a table */
    const cn__formula *formula;
    bool display;
    const cn__report_image *image; /* NULL: not there */
    double width, share;           /* picture: pixels, or of the text's width; 0: its own */
    struct cn__extra *next;        /* in the document's list of references */
};

/* The first "@fig-name" or "@tbl-name" of a text and its size; NULL: there is none. */
const char *cn__reference_find(const char *text, size_t *size);
/* Of the text behind a picture: the bytes of "{#fig-loss width=50%}", 0: there are none; its width as cn__extra has it. */
size_t cn__picture_width(const char *text, double *width, double *share);
/* Which callout "[!NOTE]" begins, and its bytes; CN_CALLOUTS: none. */
size_t cn__callout_kind(const char *text, size_t *size);
/* What stands over a callout whose own title is `own`, or "". NULL: no memory, or own is NULL. */
const char *cn__callout_title(cn__arena *arena, const cn__report_words *words, size_t kind, const char *own);
/* Behind the definition of a footnote that begins at p; NULL: none does. */
const char *cn__note_end(const char *p);
/* NULL: the node is an ordinary one. */
const cn__extra *cn__extra_of(cmark_node *node);

typedef struct cn__formula_span {
    const char *begin, *end; /* with the dollars */
    const char *tex;
    size_t size;
    bool display;
} cn__formula_span;

typedef struct cn__formula_scan {
    const char *text, *at, *counted;
    const bool *code;
    size_t line;
} cn__formula_scan;

typedef struct cn__formula_spans {
    cn__formula_span *items;
    size_t count;
} cn__formula_spans;

/* The formulas of a text, one after the other. */
cn__formula_scan cn__formula_scan_of(cn__arena *arena, const char *text);
bool cn__formula_next(cn__formula_scan *scan, cn__formula_span *out);
/* The text with a mark for each formula. */
CN_CHECK cn_status cn__formulas_mark(cn__arena *arena, const char *text, cn__text *out,
                                     cn__formula_spans *spans);
/* The marks in a text node become formulas before it. */
CN_CHECK cn_status cn__formulas_place(cn__arena *arena, cmark_node *text, const cn__formula_spans *spans);

/* ---- text ------------------------------------------------------------------------------------------------- */

/* Adds valid UTF-8: what is not becomes U+FFFD, control characters but newline and tab spaces, "\r\n" a newline. */
void cn__add_clean_lines(cn__text *out, const char *text);
/* The line that begins at `text`: its bytes without the newline; `next` is the line after it, NULL after the last. A
 * newline at the very end begins no line. */
size_t cn__line(const char *text, const char **next);
/* Are there frames of box-drawing characters, as in a model's summary? Their lines must touch. */
bool cn__has_boxes(const char *text);

/* ---- tables (table.c) -------------------------------------------------------------------------------------- */

typedef enum cn__align { CN_ALIGN_LEFT, CN_ALIGN_CENTRE, CN_ALIGN_RIGHT, CN_ALIGN_DECIMAL } cn__align;

const char *cn__table_cell(const cn__report_table *table, size_t row, size_t column);
/* How a column is set: by the decimal point when its cells, the head aside, are numbers (or empty). */
cn__align cn__table_align(const cn__report_table *table, size_t column);
/* The bytes of a number's part that stands left of the point: the sign and the whole digits; the length of the text for
 * one that is no number. */
size_t cn__whole_part(const char *text);
/* Characters of the longest rest right of the column's whole parts. */
size_t cn__table_decimals(const cn__report_table *table, size_t column);
/* As text in columns, for terminals. */
void cn__table_text(const cn__report_table *table, cn__text *out);
/* A Markdown table. */
void cn__table_markdown(const cn__report_table *table, cn__text *out);
/* <table>…</table>. */
void cn__table_html(const cn__report_table *table, cn__text *out);

/* So that Markdown shows the text as it is, in one line. */
void cn__markdown_escape(cn__text *out, const char *text);

#endif
