/* What a figure is drawn on: a few shapes, text, images, named groups. One back end writes SVG, the
 * other draws with cairo (PDF, PNG, a page of the report). The ruler measures text with pango for both. */
#ifndef CN_FIGURE_CANVAS_H
#define CN_FIGURE_CANVAS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/status.h"
#include "data/libraries/cairo.h"
#include "figure/palette.h"

/* ---- ruler ---------------------------------------------------------------------------------------------- */

typedef struct cn__ruler cn__ruler;

/* NULL and a message on failure. */
cn__ruler *cn__ruler_new(void);
void cn__ruler_free(cn__ruler *ruler);
double cn__text_extent(cn__ruler *ruler, const char *text, double size, bool bold);
/* `text` if it is not wider than `width`, else its beginning with an ellipsis; NULL when out of memory. */
const char *cn__text_fit(cn__ruler *ruler, cn__arena *arena, const char *text, double size, bool bold,
                         double width);
/* `text` in at most `most` lines, broken at spaces; what does not fit ends in an ellipsis. Returns the number of lines,
 * 0 for no text or when out of memory. */
size_t cn__text_wrap(cn__ruler *ruler, cn__arena *arena, const char *text, double size, bool bold,
                     double width, size_t most, const char **lines);
/* Can `text` be broken into lines no wider than `width` without cutting a word? */
bool cn__text_wraps(cn__ruler *ruler, const char *text, double size, bool bold, double width, size_t most);

/* UTF-8 that XML, JSON and pango take: invalid bytes become U+FFFD, control characters spaces. */
void cn__add_clean(cn__text *out, const char *text);

/* ---- canvas --------------------------------------------------------------------------------------------- */

typedef struct cn__point {
    double x, y;
} cn__point;

typedef enum cn__dash { CN_DASH_SOLID, CN_DASH_LONG, CN_DASH_DOTS, CN_DASH_MIXED } cn__dash;

/* A shape's line and inside. An alpha of 0 stands for 1. */
typedef struct cn__pen {
    cn__colour stroke, fill;
    double width, stroke_alpha, fill_alpha;
    cn__dash dash;
} cn__pen;

typedef enum cn__anchor { CN_ANCHOR_START, CN_ANCHOR_MIDDLE, CN_ANCHOR_END } cn__anchor;

typedef struct cn__lettering {
    double size;
    cn__colour colour;
    cn__anchor anchor;
    bool bold;
    bool upright; /* reads from bottom to top */
    bool halo;    /* a rim of paper, so that it can be read over lines */
} cn__lettering;

/* Image pixels as cairo has them: 0xAARRGGBB, red, green and blue multiplied by alpha. */
typedef struct cn__pixels {
    size_t width, height;
    bool opaque;
    uint32_t *argb; /* (height, width) */
} cn__pixels;

typedef struct cn__group {
    const char *name; /* CSS class */
    const char *key;  /* data-KEY="value"; NULL: none */
    int value;
} cn__group;

typedef struct cn__canvas cn__canvas;

typedef struct cn__canvas_ops {
    void (*polygon)(cn__canvas *canvas, const cn__point *points, size_t n, bool closed, const cn__pen *pen);
    void (*rect)(cn__canvas *canvas, double x, double y, double width, double height, const cn__pen *pen);
    void (*circle)(cn__canvas *canvas, double x, double y, double radius, const cn__pen *pen);
    void (*dots)(cn__canvas *canvas, const cn__point *points, size_t n, double radius, cn__colour colour,
                 double alpha);
    void (*text)(cn__canvas *canvas, double x, double y, const char *text, const cn__lettering *lettering);
    void (*image)(cn__canvas *canvas, double x, double y, double width, double height,
                  const cn__pixels *pixels);
    void (*open)(cn__canvas *canvas, const cn__group *group);
    void (*close)(cn__canvas *canvas);
} cn__canvas_ops;

/* A back end's struct begins with this one. */
struct cn__canvas {
    const cn__canvas_ops *ops;
};

typedef struct cn__svg_canvas {
    cn__canvas canvas;
    cn__text *out;
    bool plain_colours; /* besides the classes, for readers that know no CSS variables */
    int depth;
} cn__svg_canvas;

typedef struct cn__cairo_canvas {
    cn__canvas canvas;
    cairo_t *cr;
    cn__ruler *ruler;
} cn__cairo_canvas;

cn__svg_canvas cn__svg_canvas_on(cn__text *out, bool plain_colours);
cn__cairo_canvas cn__cairo_canvas_on(cairo_t *cr, cn__ruler *ruler);
/* The pango layout that holds `text`; for the cairo back end. */
struct _PangoLayout *cn__ruler_layout(cn__ruler *ruler, const char *text, double size, bool bold);

/* A number for SVG: two decimals at most. */
void cn__svg_number(cn__text *out, double value);
/* Text for XML. */
void cn__svg_escape(cn__text *out, const char *text);

/* The lengths of a dash's strokes and gaps, for a line width; returns how many. */
size_t cn__dash_lengths(cn__dash dash, double width, double lengths[4]);

/* Pixels as PNG (figure/png.c). */
CN_CHECK cn_status cn__pixels_png(const cn__pixels *pixels, cn__text *out);
void cn__add_base64(cn__text *out, const void *bytes, size_t size);
/* "data:image/png;base64,…" */
CN_CHECK cn_status cn__pixels_url(const cn__pixels *pixels, cn__text *out);

#endif
