/* A figure is data: panels with series, bars, a heat map or images, and ready strings in the reader's
 * language. One drawing serves SVG, PDF and PNG; the same data goes to Plotly and to a page's hover.
 *
 *     cn__series series[] = {{.name = "Training", .split = CN_SPLIT_TRAINING, .y = loss, .count = 5},
 *                            {.name = "Validation", .split = CN_SPLIT_VALIDATION, .y = val, .count = 5}};
 *     cn__panel panel = {.kind = CN_PANEL_LINES, .x = {.title = "Epoch", .integer = true},
 *                        .y = {.title = "Loss"}, .series = series, .series_count = 2};
 *     cn__figure figure = {.title = "The loss falls", .panels = &panel, .panel_count = 1};
 *     CN_TRY(cn__figure_write_png(&figure, 900, 2, "loss.png"));
 *
 * A figure borrows every string and array; they must live as long as it is used. Strings are UTF-8.
 * The same figure gives the same bytes (with the same fonts). Widths and heights are in CSS pixels
 * (1/96 inch) except where points (1/72 inch) are named. */
#ifndef CN_FIGURE_FIGURE_H
#define CN_FIGURE_FIGURE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/status.h"
#include "base/text/text.h"
#include "cornu/array.h"
#include "data/libraries/cairo.h"
#include "formats/drawing.h"

#define CN_POINTS_PER_PIXEL 0.75

/* ---- series ------------------------------------------------------------------------------------------- */

/* Whose numbers they are: gives the hue and the dash. */
typedef enum cn__split {
    CN_SPLIT_NONE, /* the n-th series of its panel looks like the n-th network */
    CN_SPLIT_TRAINING,
    CN_SPLIT_VALIDATION,
    CN_SPLIT_TEST,
    CN_SPLIT_DIFFERENCE, /* between training and validation */
    CN_SPLIT_NOTE
} cn__split;

/* How a series of lines is shown: marks where there are few points, marks without a line, a line without marks. */
typedef enum cn__marks { CN_MARKS_FEW, CN_MARKS_ALONE, CN_MARKS_NONE } cn__marks;

/* Points of a line or a scatter, heights of bars, counts of a histogram, a box of quartiles (cn__box_of). */
typedef struct cn__series {
    const char *name; /* in the legend; NULL: not there. Equal names in two panels are one entry */
    cn__split split;
    int network; /* 1, 2, …: the hue of that network, the dash of its split; 0: the hue of the split */
    size_t count;
    const double *x;         /* lines, scatter; NULL: 1, 2, 3, … */
    const double *y;         /* NaN and infinity: a gap */
    const double *deviation; /* lines: a band y ± deviation; or NULL */
    cn__marks marks;         /* lines */
    size_t best;             /* lines: 1, 2, …: this point is marked with its value; 0: none */
    const char *best_text;   /* what the mark says; NULL: the value */
} cn__series;

/* A thin grey line across the panel, its name at the right end. */
typedef struct cn__limit {
    const char *name;
    double value;
} cn__limit;

/* ---- axes --------------------------------------------------------------------------------------------- */

typedef enum cn__axis_range {
    CN_RANGE_AUTO, /* of the data; bars and histograms begin at zero; on other axes bars are dots */
    CN_RANGE_DATA, /* from a round number under the data to one above */
    CN_RANGE_ZERO, /* as before, zero included */
    CN_RANGE_FIXED /* from min to max; what lies outside is not drawn */
} cn__axis_range;

typedef struct cn__axis {
    const char *title; /* name and unit; NULL: none */
    cn__axis_range range;
    double min, max; /* with CN_RANGE_FIXED */
    bool integer;    /* ticks at whole numbers only, as of epochs */
    bool log;        /* of lines, scatter and histogram: equal factors are equally far; values are over 0 */
    /* what values can be, where floor < ceiling: bands of deviation end there */
    double floor, ceiling;
} cn__axis;

/* ---- heat map ----------------------------------------------------------------------------------------- */

typedef enum cn__heat_form {
    CN_HEAT_PLAIN,    /* one hue by value; two when values of both signs are there */
    CN_HEAT_CONFUSION /* counts (true, predicted): diagonal and errors by scales of their own, zeros blank */
} cn__heat_form;

typedef struct cn__heat {
    cn__heat_form form;
    size_t rows, columns;
    const double *values;                               /* (rows, columns); NaN: blank */
    const char *const *row_names, *const *column_names; /* or NULL */
    bool annotated; /* values in the cells, where they fit; always in a confusion */
    /* Titles of a confusion's margins; NULL: without that margin. Recall and precision are computed. */
    const char *support, *recall, *precision;
} cn__heat;

/* ---- images ------------------------------------------------------------------------------------------- */

typedef enum cn__image_scale {
    CN_IMAGE_PLAIN,  /* uint8 from 0 to 255, other types from 0 to 1 */
    CN_IMAGE_EACH,   /* each image from its own least to its greatest value */
    CN_IMAGE_COMMON, /* all from the least to the greatest value of all */
    CN_IMAGE_SIGNED  /* negative in one hue, positive in another, by the largest magnitude of all */
} cn__image_scale;

typedef struct cn__image {
    const char *title; /* or NULL */
    cn_array pixels;   /* (height, width) or (height, width, 1, 3 or 4) */
    bool wrong;        /* the title in the hue of errors */
} cn__image;

typedef struct cn__images {
    size_t count, columns; /* columns 0: nearly square; fewer where the page is narrow */
    const cn__image *items;
    cn__image_scale scale;
    bool inverted; /* grey images: 0 is white, as ink on paper */
} cn__images;

/* ---- panels and figures --------------------------------------------------------------------------------- */

typedef enum cn__panel_kind {
    CN_PANEL_LINES,
    CN_PANEL_SCATTER,
    CN_PANEL_BARS,
    CN_PANEL_HISTOGRAM,
    CN_PANEL_HEAT,
    CN_PANEL_IMAGES,
    CN_PANEL_NETWORK,
    CN_PANEL_BOXES,
    CN_PANEL_KINDS
} cn__panel_kind;

typedef struct cn__panel {
    cn__panel_kind kind;
    const char *title; /* or NULL */
    const char *empty; /* what stands where there is nothing to draw; or NULL */
    cn__axis x, y;
    int decimals; /* of values that are written: 0 stands for 3, -1 for none */

    const cn__series *series; /* lines, scatter, bars, histogram */
    size_t series_count;
    const cn__limit *limits; /* lines, bars, histogram: values on the y axis */
    size_t limit_count;
    const char
        *crossings; /* lines: the first two series' crossings are ringed, and called so in the legend */

    const char *best; /* lines: what the marked points are called in the legend; NULL: they are not there */

    bool diagonal; /* scatter: the line of equal x and y */
    /* scatter with fixed ranges: which series each part of the plane belongs to (region_rows, region_columns), from the lowest
     * row up; NULL: nothing is coloured */
    const int *regions;
    size_t region_rows, region_columns;

    const char *const *categories; /* bars: a name a value; NULL: 1, 2, 3, … */
    size_t category_count;
    const int *category_networks; /* bars of one series: the network of each, for its hue; or NULL */

    const double *edges; /* histogram: series[].count + 1 ascending numbers */

    cn__heat heat;
    cn__images images;
    const cn__drawing *network; /* boxes and arrows; made smaller where the page is narrow */
} cn__panel;

typedef struct cn__figure {
    const char *title;   /* in words that say what to see; or NULL */
    const char *alt;     /* for who cannot see it; NULL: the title */
    const char *caption; /* for the report; not drawn */
    const cn__panel *panels;
    size_t panel_count; /* side by side where there is room, else one under the other */
    size_t
        columns; /* a grid of that many panels side by side, however narrow, with one legend; 0: as there is room */
} cn__figure;

/* ---- drawing -------------------------------------------------------------------------------------------- */

/* A page of a browser that has the style of cn__figure_style once takes SVG without it. */
typedef enum cn__svg_form { CN_SVG_FILE, CN_SVG_INLINE } cn__svg_form;

/* SVG with real text; the colours are CSS variables, with a dark set. Each series is a group
 * <g class="series" data-series="ID">, its legend entry <g class="legend" data-series="ID">, each panel
 * <g class="panel" data-panel="N">; IDs are those of cn__figure_hover. */
CN_CHECK cn_status cn__figure_svg(const cn__figure *figure, double width, cn__svg_form form, cn__text *out);
/* The style that inline SVG asks for: variables --cn-training, …, light and dark; <style> is the caller's. */
void cn__figure_style(cn__text *out);
CN_CHECK cn_status cn__figure_pdf(const cn__figure *figure, double width, cn__text *out);
/* `scale` image pixels a CSS pixel; 2 for sharp screens. */
CN_CHECK cn_status cn__figure_png(const cn__figure *figure, double width, double scale, cn__text *out);

/* The libraries that draw, and the letters that they draw now: others may give other bytes for the same figure. */
void cn__figure_drawn_by(char *out, size_t size);
/* Was a font missed until now that is there and could not be read? Pango draws boxes in its place, and prints a warning. */
bool cn__figure_lacks_font(void);

CN_CHECK cn_status cn__figure_write_svg(const cn__figure *figure, double width, const char *path);
CN_CHECK cn_status cn__figure_write_pdf(const cn__figure *figure, double width, const char *path);
CN_CHECK cn_status cn__figure_write_png(const cn__figure *figure, double width, double scale,
                                        const char *path);

/* Into a page: x, y, width and height in the context's units, taken as points. Height 0: as high as the
 * figure wants to be (cn__figure_page_height); another height stretches or shrinks plots, then scales. */
CN_CHECK cn_status cn__figure_draw(const cn__figure *figure, cairo_t *cr, double x, double y, double width,
                                   double height);
/* The height in points that a figure takes at a width in points. */
CN_CHECK cn_status cn__figure_page_height(const cn__figure *figure, double width, double *height);
/* That height, and those between which its plots can be stretched without looking odd; all the same where they cannot. */
CN_CHECK cn_status cn__figure_page_range(const cn__figure *figure, double width, double *natural,
                                         double *least, double *most);
/* The height in pixels at a width in pixels. */
CN_CHECK cn_status cn__figure_height(const cn__figure *figure, double width, double *height);

/* ---- data ------------------------------------------------------------------------------------------------- */

/* {"data": […], "layout": {…}}: the content of application/vnd.plotly.v1+json. JSON_REAL_PRECISION(7) keeps it and
 * the hover data short. */
CN_CHECK cn_status cn__figure_plotly(const cn__figure *figure, json_t **out);

/* What a page needs to show values under the pointer; positions are those of cn__figure_svg at the same width:
 *   {"width", "height", "series": [{"id", "name", "colour": as in --cn-COLOUR}], "panels": [P, …]}, where P has
 *   "kind", "title", "x_title", "y_title", "decimals", "plot": [x, y, width, height] and
 *   lines, bars, histogram: "across": true where groups follow each other from top to bottom,
 *     "groups": [{"at": position of the group on its axis, "label", "values": [[series, value, position], …]}];
 *   scatter: "points": [[series, x, y, x position, y position], …], none when there are more than 5000;
 *   heat: "rows", "columns" (names), "x", "y" (edges of the cells), "values" [[…], …];
 *   images: "titles", "cells": [[x, y, width, height], …];
 *   network: "titles" and "cells" of its boxes. */
CN_CHECK cn_status cn__figure_hover(const cn__figure *figure, double width, json_t **out);

/* ---- helpers for who fills a figure -------------------------------------------------------------------------- */

/* Where two series cross, by straight lines between their points; at most `capacity` (x, y) pairs into `out`. Returns how
 * many there are. */
size_t cn__series_crossings(const cn__series *a, const cn__series *b, double (*out)[2], size_t capacity);

/* `bins` equal bins from the least to the greatest of n values (NaN and infinity left out): bins + 1 edges, bins
 * counts. */
void cn__histogram_count(const double *values, size_t n, size_t bins, double *edges, double *counts);
/* The same with equal factors from edge to edge, of values over 0. */
void cn__histogram_count_log(const double *values, size_t n, size_t bins, double *edges, double *counts);

/* A box of n sorted values, for CN_PANEL_BOXES: whiskers, the last values within 1.5 times the distance of the quartiles,
 * quartiles and median, then values beyond the whiskers, those farthest out first. Returns how many numbers `out` has, at most
 * `capacity`; 0: there are no values. */
size_t cn__box_of(const double *values, size_t n, size_t capacity, double *out);

#endif
