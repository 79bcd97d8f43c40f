/* A report: prose and cells in the order of a document, a cell being source and what came out of it. The same report
 * is written as one self-contained HTML page, as a PDF that reads like a handed-in paper, and as a notebook.
 *
 * A report borrows every string, array and figure; they must live as long as it is used. Strings are UTF-8. Nothing in
 * the outputs depends on the time or the place of writing: the same report gives the same bytes. */
#ifndef CN_REPORT_REPORT_H
#define CN_REPORT_REPORT_H

#include "base/status.h"
#include "base/text/text.h"
#include "figure/figure.h"

typedef enum cn__report_language { CN_REPORT_ENGLISH, CN_REPORT_SPANISH } cn__report_language;

/* A table of ready texts: the first row is the head. Columns of numbers are aligned at their decimal point. */
typedef struct cn__report_table {
    size_t columns, rows;     /* the head counted */
    const char *const *cells; /* (rows, columns) */
    bool head_column;         /* the first column names the rows */
} cn__report_table;

typedef enum cn__output_kind {
    CN_OUTPUT_LOG,   /* monospace text, such as epochs; its lines are never broken */
    CN_OUTPUT_ERROR, /* the same, in the colour of errors: a message that the lab wants to show */
    CN_OUTPUT_TEXT,  /* Markdown */
    CN_OUTPUT_TABLE,
    CN_OUTPUT_FIGURE
} cn__output_kind;

typedef struct cn__report_output {
    cn__output_kind kind;
    const char *text;    /* log, error, text */
    const char *caption; /* table, figure: under it, after "Figure 3." ; or NULL */
    const char *id; /* figure: its file name, unique in the report: "fit-m512-history"; table: its name */
    cn__report_table table;   /* table */
    const cn__figure *figure; /* figure */
} cn__report_output;

typedef enum cn__block_kind {
    CN_BLOCK_PROSE, /* Markdown (CommonMark with tables), headings included */
    CN_BLOCK_CELL   /* source, and what came out */
} cn__block_kind;

typedef struct cn__block {
    cn__block_kind kind;
    const char *text;   /* prose: Markdown; cell: its source as the document has it */
    const char *source; /* prose: as the document has it, where values were put into it; or NULL */
    const char *python; /* cell: its source for a notebook in Python; or NULL */
    bool hidden;        /* cell: the source is not shown in HTML and PDF */
    bool expect_error;  /* cell: it fails, and that is to be shown */
    const cn__report_output *outputs;
    size_t output_count;
} cn__block;

/* PNGs that were drawn before: to draw them is most of the time that a notebook takes. What `find` gives must be what was
 * kept for the same SVG. */
typedef struct cn__report_pictures {
    bool (*find)(void *user, const cn__text *svg, cn__text *png); /* false: there is none */
    void (*keep)(void *user, const cn__text *svg, const cn__text *png);
    void *user;
} cn__report_pictures;

/* A picture that prose shows: PNG, JPEG or SVG. */
typedef struct cn__report_image {
    const char *url; /* as the prose names it: "loss.png" */
    const void *data;
    size_t size;
} cn__report_image;

typedef struct cn__report {
    const char *title, *subtitle;               /* subtitle: or NULL */
    const char *author, *group, *course, *date; /* or NULL; a date of the form 2024-11-30 is also the PDF's */
    const char *front; /* the document's front matter, its lines as they are; or NULL */
    cn__report_language language;
    const char
        *python_setup; /* the first cell of a notebook in Python; or NULL: cells are blocks of the lab */
    const cn__report_table *summary; /* what came out, for the first page; or NULL */
    const cn__block *blocks;
    size_t block_count;
    const cn__report_pictures *pictures; /* or NULL */
    const cn__report_image *images;      /* image_count */
    size_t image_count;
} cn__report;

/* One page, no request to anywhere: figures as inline SVG with hover values and legends that hide series, dark and
 * light, a table of contents, readable from 390 to 1280 pixels of width and on paper; all is there to read
 * without scripts. */
CN_CHECK cn_status cn__report_html(const cn__report *report, cn__text *out);
/* A4: title page with the summary, contents with page numbers and links, outline, page numbers; real text with
 * embedded fonts; code in a frame; a log's lines whole; heads of tables repeated; a figure and its caption, and a heading
 * and what follows, on one page. */
CN_CHECK cn_status cn__report_pdf(const cn__report *report, cn__text *out);
/* nbformat 4.5: Markdown cells, and code cells with their outputs; figures as SVG, PNG and Plotly JSON. */
CN_CHECK cn_status cn__report_ipynb(const cn__report *report, cn__text *out);

#endif
