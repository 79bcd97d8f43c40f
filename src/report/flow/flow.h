/* The inside of the PDF: what a report says becomes a list of boxes (a line of text, a line of a table's row, a
 * figure, …), one under the other. Then the boxes get their pages, and are drawn. Lengths are points. */
#ifndef CN_REPORT_FLOW_H
#define CN_REPORT_FLOW_H

#include "data/libraries/cairo.h"
#include "report/document.h"
#include "report/math/layout.h"

#define CN_PAGE_WIDTH 595.276 /* A4 */
#define CN_PAGE_HEIGHT 841.890
#define CN_PAGE_MARGIN 56.7 /* 2 cm */
#define CN_PAGE_FOOT 26.0   /* for the page's number, over the margin */
#define CN_TEXT_WIDTH (CN_PAGE_WIDTH - 2 * CN_PAGE_MARGIN)
#define CN_TEXT_HEIGHT (CN_PAGE_HEIGHT - 2 * CN_PAGE_MARGIN - CN_PAGE_FOOT)
#define CN_TEXT_SIZE 11.0
#define CN_CAPTION_SIZE 9.5
#define CN_CODE_SIZE 8.5
#define CN_LOG_SIZE 9.0
#define CN_LOG_LEAST 8.0    /* first letters are made narrower, */
#define CN_LOG_SQUEEZE 0.75 /* to this share of their width; only then smaller than 8 points */
#define CN_LEAST_SIZE 6.5

/* ---- text with marks --------------------------------------------------------------------------------------- */

typedef struct cn__link {
    unsigned start, end; /* bytes of the text */
    const char *url;     /* or NULL: */
    const char *anchor;  /* of a box in this document */
} cn__link;

typedef struct cn__flow cn__flow;

/* Something of the size of a letter, or larger, in a line of text: a formula, a picture. It lives as long as the flow. */
typedef struct cn__inset {
    cn__formula_box formula;
    const cn__report_image *image; /* or NULL: the formula */
    double width, ascent, descent;
} cn__inset;

/* Text, what is bold or leaning in it, and its links; of a Markdown node's inside or of plain text. */
typedef struct cn__rich {
    cn__text text;
    PangoAttrList *attributes;
    cn__link *links;
    size_t link_count;
    cn__flow *flow;
    bool tall; /* a formula or a picture in it may be higher than a line */
} cn__rich;

void cn__rich_begin(cn__rich *rich, cn__flow *flow);
void cn__rich_end(cn__rich *rich);
void cn__rich_add(cn__rich *rich, const char *text, bool bold);
void cn__rich_add_node(cn__rich *rich, cmark_node *node, double size);
/* What is inside the node. */
void cn__rich_add_inside(cn__rich *rich, cmark_node *node, double size);

typedef enum cn__tone {
    CN_TONE_INK,
    CN_TONE_MUTED,
    CN_TONE_ERROR, /* warnings, too */
    CN_TONE_NOTE,
    CN_TONE_TIP,
    CN_TONE_STRONG
} cn__tone;

typedef struct cn__type {
    double size;
    double leading; /* from line to line, of the size */
    bool bold, mono;
    cn__tone tone;
    double hanging; /* lines that go on begin so much farther right */
    double squeeze; /* width of the letters, of their own; 0 stands for 1 */
} cn__type;

/* A laid out text. It lives as long as the flow. */
typedef struct cn__paragraph {
    PangoLayout *layout;
    cn__link *links;
    size_t link_count;
    cn__type type;
    double line_height;
    bool tall; /* lines have heights of their own */
} cn__paragraph;

/* Of line i. */
double cn__paragraph_line_height(const cn__paragraph *paragraph, int i);

/* ---- boxes ------------------------------------------------------------------------------------------------- */

typedef enum cn__box_kind {
    CN_BOX_LINE,
    CN_BOX_ROW,
    CN_BOX_FIGURE,
    CN_BOX_RULE,
    CN_BOX_ENTRY,
    CN_BOX_IMAGE
} cn__box_kind;
typedef enum cn__ground {
    CN_GROUND_NONE,
    CN_GROUND_CODE,
    CN_GROUND_LOG,
    CN_GROUND_ERROR,
    CN_GROUND_NOTE, /* from here on: callouts */
    CN_GROUND_TIP,
    CN_GROUND_WARNING,
    CN_GROUND_STRONG
} cn__ground;

/* The colour of a callout's bar and title. */
cn__tone cn__ground_tone(cn__ground ground);

typedef struct cn__flow_cell {
    cn__paragraph *text;
    double x, width; /* from the row's left end */
    cn__align align; /* a decimal cell's x is right already */
} cn__flow_cell;

typedef struct cn__row {
    cn__flow_cell *cells;
    size_t count;
    int lines;
    bool head; /* its texts end on one line, the last; others begin on one */
} cn__row;

enum { CN_BARS = 6 };

typedef struct cn__flow_box {
    cn__box_kind kind;
    double x, width, height; /* height with its pads */
    double pad;              /* over the line, in the height */
    double before;           /* free space over the box, none at the top of a page */
    bool keep;               /* no page ends behind it */
    double penalty;          /* for a page that ends behind it, see paginate.c */
    bool new_page;
    double rise; /* drawn so much higher: the second column of the contents, whose boxes have no height */
    int frame;   /* neighbours of one frame stand on one ground */
    cn__ground ground;
    double bars[CN_BARS]; /* of quotes: where they stand */
    int bar_count;
    cn__heading *heading; /* this box is its first, or the entry's */
    const char *anchor;   /* "f3", "t2": what references link to; NULL: none does */
    const char *alt;      /* figure, image: what is said in its place; or NULL */
    bool caption;
    cn__paragraph *paragraph; /* line, entry */
    cn__paragraph *marker;    /* of a list's item, left of the line */
    cn__row *row;
    int line; /* of the paragraph, of the row */
    bool last_line;
    size_t heads, head_count; /* row: the boxes that a new page repeats */
    const cn__figure *figure;
    const cn__report_image *image;
    double least, most; /* figure: heights that it can be given */
} cn__flow_box;

struct cn__flow {
    cn__document *document;
    PangoContext *context;
    GPtrArray *layouts; /* to be freed */
    cn__flow_box *boxes;
    size_t count, capacity;
    cn__arena arena;
    bool failed; /* out of memory */
    /* How the next box will be: */
    double x, width, before;
    cn__ground ground;
    int frame, frames;
    double bars[CN_BARS];
    int bar_count;
    double text_size;  /* of prose */
    GPtrArray *insets; /* to be freed */
};

void cn__flow_begin(cn__flow *flow, cn__document *document);
void cn__flow_end(cn__flow *flow);
/* A box at the end; never NULL (see `failed`). Valid until the next. */
cn__flow_box *cn__flow_add(cn__flow *flow, cn__box_kind kind);
/* Width 0: as wide as it wants to be. NULL when out of memory. */
cn__paragraph *cn__paragraph_new(cn__flow *flow, cn__rich *rich, const cn__type *type, double width);
cn__paragraph *cn__paragraph_plain(cn__flow *flow, const char *text, const cn__type *type, double width);
double cn__paragraph_width(const cn__paragraph *paragraph);
int cn__paragraph_lines(const cn__paragraph *paragraph);
/* Its lines as boxes; the first two and the last two stay together. Returns the first's index. */
size_t cn__flow_paragraph(cn__flow *flow, cn__paragraph *paragraph);
/* Of all boxes so far, one under the other. */
double cn__flow_height(const cn__flow *flow);
/* Text in lines that stay as they are, on a ground; squeeze as in cn__type. */
void cn__flow_lines(cn__flow *flow, const char *text, cn__ground ground, double size, double squeeze);
/* How logs are set, so that their lines stay whole. */
typedef struct cn__log_type {
    double size, squeeze;
} cn__log_type;
/* Alike in all the report: as the longest line asks that 8 points can hold. */
cn__log_type cn__log_type_common(cn__flow *flow);
/* Of one log: it has the common type, or a smaller one where it has longer lines. */
cn__log_type cn__log_type_of(cn__flow *flow, const char *text, cn__log_type common);

/* The name of the place of figure or table `number`, NULL for none. */
const char *cn__flow_anchor(cn__flow *flow, bool table, int number);
/* A figure's or a table's "Figure 3. Caption". */
void cn__flow_caption(cn__flow *flow, const char *what, int number, const char *caption);
/* An inset's character with its attribute, at the end of the text. */
void cn__rich_add_formula(cn__rich *rich, const cn__formula *formula, double size, bool display);
void cn__rich_add_image(cn__rich *rich, const cn__extra *picture, double width);
/* The size of a picture in points, no wider than `space`. */
void cn__picture_size(const cn__extra *picture, double space, double *width, double *height);

/* flow_contents.c, flow_prose.c, flow_table.c */
void cn__flow_contents(cn__flow *flow);
void cn__flow_tree(cn__flow *flow, cmark_node *tree);
void cn__flow_table(cn__flow *flow, const cn__report_table *table);
void cn__flow_markdown_table(cn__flow *flow, cmark_node *node);

/* ---- pages (paginate.c, pages.c) ----------------------------------------------------------------------------- */

typedef struct cn__flow_place {
    size_t box;
    int page; /* from 1 */
    double y; /* of the box's upper edge */
} cn__flow_place;

typedef struct cn__pages {
    cn__flow_place *places;
    size_t count, capacity;
    int pages;
} cn__pages;

/* Gives every box its page and place, and every figure its height. */
CN_CHECK cn_status cn__paginate(cn__flow *flow, cn__pages *pages);
CN_CHECK cn_status cn__pages_draw(const cn__flow *flow, const cn__pages *pages, cairo_surface_t *surface,
                                  cairo_t *cr);

/* report/pdf_catalog.c: what cairo does not write of an accessible file: the language, that a window shows the title, and what is
 * said in the place of figures. A file of another form than cairo's stays as it is. */
CN_CHECK cn_status cn__pdf_complete(const cn__flow *flow, const cn__pages *pages, cn__text *pdf);

#endif
