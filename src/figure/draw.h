/* The inside of the figure room: how a figure is laid out (stage), what panels of every kind share, and
 * the table of kinds. A stage is made for one width, then drawn on any canvas, or asked for positions. */
#ifndef CN_FIGURE_DRAW_H
#define CN_FIGURE_DRAW_H

#include "figure/canvas/canvas.h"
#include "figure/figure.h"
#include "figure/ticks.h"

/* Sizes of text in pixels; the smallest, 11 px, are 8.25 points. */
#define CN_SIZE_TITLE 15
#define CN_SIZE_PANEL 13
#define CN_SIZE_AXIS 12
#define CN_SIZE_SMALL 11
#define CN_LINE_HEIGHT 1.3 /* of the size */
#define CN_BASE_LINE 0.36  /* of the size: from a text's middle down to its base line */
#define CN_RISE 0.74       /* of the size: the height of capitals and digits over the base line */

/* ---- styles of series ------------------------------------------------------------------------------------ */

typedef enum cn__marker {
    CN_MARKER_CIRCLE,
    CN_MARKER_SQUARE,
    CN_MARKER_TRIANGLE,
    CN_MARKER_DIAMOND
} cn__marker;

typedef struct cn__series_style {
    cn__colour colour;
    cn__dash dash;
    cn__marker marker;
} cn__series_style;

/* Of series `index` of a panel. */
cn__series_style cn__style_of_series(const cn__panel *panel, size_t index);
void cn__draw_marker(cn__canvas *canvas, cn__point at, double radius, const cn__series_style *style);

/* ---- legend --------------------------------------------------------------------------------------------- */

typedef enum cn__key { CN_KEY_LINE, CN_KEY_BAND, CN_KEY_BAR, CN_KEY_DOT, CN_KEY_RING, CN_KEY_BEST } cn__key;

typedef struct cn__entry {
    const char *name;
    cn__key key;
    cn__series_style style;
    bool marked;  /* with a marker on the line */
    double alpha; /* of a bar's key; 0 stands for 1 */
} cn__entry;

/* Entries in their places. */
typedef struct cn__spot {
    int entry;
    const char *shown; /* the name, cut to the width that there is */
    double x, y;       /* of the key's left end, and the base line; from the legend's corner */
} cn__spot;

typedef struct cn__legend {
    cn__spot *spots;
    size_t count;
    double height;
} cn__legend;

/* ---- a panel in its place ------------------------------------------------------------------------------- */

typedef struct cn__scale {
    double low, high; /* values */
    double from, to;  /* pixels */
    bool log;
} cn__scale;

double cn__scale_at(const cn__scale *scale, double value);
/* Is it inside, a hair's breadth forgiven? */
bool cn__scale_holds(const cn__scale *scale, double value);

enum { CN_TITLE_LINES = 3 };

typedef struct cn__placed {
    const cn__panel *panel;
    int index;
    const int *ids;                    /* of the series, for the legend and the hover */
    double x, y, width, height;        /* all of it */
    const char *title[CN_TITLE_LINES]; /* above the plot */
    size_t title_lines, head_lines;    /* lines it has, lines its row gives to titles */
    cn__legend legend;                 /* empty where the figure has one for all panels */
    double legend_height;              /* that its row gives to legends */
    bool has_caption;                  /* its row gives a line to titles of the y axes */
    double plot_x, plot_y, plot_width, plot_height;
    double stretch; /* of the plot's wished height */
    cn__scale sx, sy;
    cn__ticks tx, ty;
    double limit_space; /* beside the plot, for names of limits; 0: they stand over their lines */
    void *own;          /* of the kind */
} cn__placed;

typedef struct cn__fig_stage {
    const cn__figure *figure;
    cn__ruler *ruler;
    cn__arena arena;
    double width, height;
    const char *title[CN_TITLE_LINES];
    size_t title_lines;
    cn__entry *entries;
    size_t entry_count, series_count; /* series_count: ids given, those of unnamed series too */
    cn__legend legend;                /* of all panels; empty where panels have their own */
    bool common_legend;
    cn__placed *placed; /* figure->panel_count */
    double stretch, natural_stretchable;
    bool failed; /* out of memory while drawing */
} cn__fig_stage;

enum { CN_LEAST_WIDTH = 120 };

/* Checks the figure and lays it out. `height` 0: natural. End with cn__stage_end, also after a failure. */
CN_CHECK cn_status cn__stage_begin(cn__fig_stage *stage, const cn__figure *figure, double width,
                                   double height);
/* Lays it out anew; *height is what comes of the wanted one. */
CN_CHECK cn_status cn__stage_height(cn__fig_stage *stage, double wanted, double *height);
CN_CHECK cn_status cn__stage_draw(cn__fig_stage *stage, cn__canvas *canvas);
void cn__stage_end(cn__fig_stage *stage);

/* legend.c: the entries of all panels, the series' ids, and whether one legend serves all panels. */
CN_CHECK cn_status cn__legend_collect(cn__fig_stage *stage);
/* The entry of a panel's crossings, which hides them; -1: none. */
int cn__ring_id(const cn__fig_stage *stage, const cn__panel *panel);
/* The entries of one panel, or with NULL of all, in rows of a width. */
CN_CHECK cn_status cn__legend_place(cn__fig_stage *stage, const cn__placed *placed, double width,
                                    cn__legend *out);
void cn__legend_draw(const cn__fig_stage *stage, const cn__legend *legend, double x, double y,
                     cn__canvas *canvas);

/* ---- kinds ---------------------------------------------------------------------------------------------- */

typedef struct cn__panel_ops {
    const char *word;   /* in the hover data */
    double least_width; /* under it panels stand one under the other */
    bool stretches;     /* its plot takes any height */
    bool shrinks;       /* its plot can be made somewhat lower */
    cn_status (*check)(const cn__panel *panel);
    /* From x, y, width to the rest of the struct. */
    cn_status (*place)(cn__fig_stage *stage, cn__placed *placed);
    void (*draw)(cn__fig_stage *stage, const cn__placed *placed, cn__canvas *canvas);
    /* Adds the kind's members to a panel's hover object. */
    void (*hover)(cn__fig_stage *stage, const cn__placed *placed, json_t *object);
} cn__panel_ops;

extern const cn__panel_ops cn__panel_lines, cn__panel_scatter, cn__panel_bars, cn__panel_histogram,
    cn__panel_heat, cn__panel_images, cn__panel_network, cn__panel_boxes;
/* The axis of a bar panel's values: the y axis, or the x axis where the bars lie. */
const cn__scale *cn__bars_scale(const cn__placed *placed);
/* Values on an axis without zero are dots: a bar's length would say what is not so. */
bool cn__bars_are_dots(const cn__placed *placed);
/* NULL for a number that is no kind. */
const cn__panel_ops *cn__panel_ops_of(const cn__panel *panel);

/* ---- the frame of panels with two axes (axis.c) ----------------------------------------------------------- */

typedef struct cn__extent {
    double low, high; /* low > high: nothing yet */
} cn__extent;
#define CN_EXTENT_NONE ((cn__extent){1, 0})
void cn__extent_add(cn__extent *extent, double value);
bool cn__extent_is_empty(const cn__extent *extent);
/* With the axis's policy applied; an empty one becomes 0 … 1. */
cn__extent cn__extent_of_axis(const cn__axis *axis, cn__extent data, cn__axis_range automatic);
void cn__extent_add_limits(cn__extent *extent, const cn__panel *panel);

/* The y axis's title; NULL where there is none, or where it would repeat the panel's. */
const char *cn__y_title(const cn__panel *panel);
enum { CN_CAPTION_GAP = 9 }; /* from the y axis's title to the plot */
/* What lies over a plot: title and the y axis's title. */
double cn__head_height(const cn__placed *placed);
/* The wished height of a plot, for the width that the panel has. */
double cn__plot_height(const cn__placed *placed);
/* Moves the ends of a scale inwards, so that so many pixels are free before the least value and behind the greatest. */
void cn__scale_leave(cn__scale *scale, cn__extent values, double before, double behind);
/* Sets the plot's rectangle and the y scale with its ticks; `foot` pixels under the plot are the caller's
 * (categories). */
void cn__frame_place(cn__fig_stage *stage, cn__placed *placed, cn__extent y, double foot);
/* Then the x scale, for numbers: ticks as many as labels have room. `margin` pixels at both ends. */
void cn__frame_place_x(cn__fig_stage *stage, cn__placed *placed, cn__extent x, double margin);
/* The middle of a label under the plot: at `at`, but inside the panel. */
double cn__label_middle(cn__fig_stage *stage, const cn__placed *placed, const char *text, double at);
/* Do all labels of the x axis stand apart? */
bool cn__x_labels_fit(cn__fig_stage *stage, const cn__placed *placed);
/* How high the labels and the title of a numeric x axis are. */
double cn__x_axis_height(const cn__placed *placed);

void cn__frame_draw(cn__fig_stage *stage, const cn__placed *placed,
                    cn__canvas *canvas); /* grid, y labels, titles */
void cn__x_axis_draw(cn__fig_stage *stage, const cn__placed *placed, cn__canvas *canvas);
/* Title and legend. */
void cn__title_draw(const cn__fig_stage *stage, const cn__placed *placed, cn__canvas *canvas);
void cn__limits_draw(cn__fig_stage *stage, const cn__placed *placed, cn__canvas *canvas);
/* `text` cut to a width, for drawing; "" and stage->failed when out of memory. */
const char *cn__shown(cn__fig_stage *stage, const char *text, double size, bool bold, double width);
/* A panel without data: its title, and panel->empty in the middle. */
void cn__empty_draw(cn__fig_stage *stage, const cn__placed *placed, cn__canvas *canvas);

/* ---- small things ----------------------------------------------------------------------------------------- */

/* Series with more points than this have none of them marked on their lines, or all as round dots in a scatter. */
enum { CN_MOST_MARKED = 30, CN_MOST_SHAPED = 60 };

/* Has the panel rings to draw? */
bool cn__panel_crosses(const cn__panel *panel);
/* The first series with a marked point that the legend explains; panel->series_count: none. */
size_t cn__panel_best(const cn__panel *panel);
void cn__draw_best_mark(cn__canvas *canvas, cn__point at, double radius, const cn__series_style *style);
/* Of the bars of a histogram: several series can be seen through each other. 0 stands for 1. */
double cn__histogram_alpha(const cn__panel *panel);
double cn__series_x(const cn__series *series, size_t i);
/* Is point i to be drawn? */
bool cn__series_has(const cn__series *series, size_t i);
/* The edge of the band over (sign 1) or under (-1) a point; without a band the point. */
double cn__band_edge(const cn__axis *axis, const cn__series *series, size_t i, int sign);
int cn__decimals(const cn__panel *panel);
/* A value as it is written in the panel. */
char *cn__panel_number(const cn__panel *panel, double value, char *out, size_t size);
void cn__draw_line(cn__canvas *canvas, double x1, double y1, double x2, double y2, const cn__pen *pen);
/* A position on the grid of pixels, so that a thin line is sharp. */
double cn__sharp(double position);
void cn__open_series(const cn__placed *placed, cn__canvas *canvas, size_t series);

/* images: pixels of an array; heat maps too large for rectangles. Allocated from the arena. */
CN_CHECK cn_status cn__image_pixels(cn__arena *arena, const cn__images *images, size_t index,
                                    cn__pixels *out);
/* The hue with an alpha, as a pixel. */
uint32_t cn__pixel_of(cn__colour colour, double alpha);

/* Into JSON that the hover data are made of; they take the value over. NULL, or no memory: stage->failed. */
void cn__hover_set(cn__fig_stage *stage, json_t *object, const char *key, json_t *value);
void cn__hover_append(cn__fig_stage *stage, json_t *array, json_t *value);
/* Appends [x, y, width, height]. */
void cn__hover_cell(cn__fig_stage *stage, json_t *cells, double x, double y, double width, double height);

/* JSON that holds clean text; null for NULL. NULL when out of memory. */
json_t *cn__json_text(const char *text);
/* A number, null for NaN and infinity. */
json_t *cn__json_number(double value);
/* Rounded to hundredths of a pixel. */
json_t *cn__json_pixel(double value);

#endif
