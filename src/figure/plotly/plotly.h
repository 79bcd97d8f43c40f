/* Plotly's JSON while it is made: what the traces of all kinds share. */
#ifndef CN_FIGURE_PLOTLY_H
#define CN_FIGURE_PLOTLY_H

#include "figure/draw.h"

/* The place of a pair of axes, as shares of the page; y counts from below. */
typedef struct cn__domain {
    double x0, x1, y0, y1;
} cn__domain;

typedef struct cn__sheet {
    cn__fig_stage *stage;
    json_t *data, *layout, *shapes, *annotations;
    int axes;        /* pairs given */
    bool *in_legend; /* by ID: has one of its traces an entry in the legend? */
    bool failed;
} cn__sheet;

/* Into an object, at the end of an array; they take the value over, and NULL is a failure. */
void cn__sheet_set(cn__sheet *s, json_t *object, const char *key, json_t *value);
void cn__sheet_append(cn__sheet *s, json_t *array, json_t *value);
json_t *cn__sheet_format(cn__sheet *s, const char *pattern, ...) __attribute__((format(printf, 2, 3)));
/* Plotly shows a few marks of HTML in its texts, links among them: here they are shown as they stand. */
json_t *cn__sheet_text(const char *text);
json_t *cn__sheet_numbers(cn__sheet *s, const double *values, size_t n);
/* A value as the panel writes it. */
json_t *cn__sheet_value(cn__sheet *s, const cn__panel *panel, double value);

/* "x", "x2", …: the pair of axes that is made now. */
json_t *cn__sheet_axis_name(cn__sheet *s, char letter);
json_t *cn__sheet_axis(cn__sheet *s, char letter, const cn__domain *d);
void cn__sheet_set_axis(cn__sheet *s, char letter, json_t *axis);
void cn__sheet_set_axes(cn__sheet *s, json_t *trace);
/* A trace of a series: its name, its entry in the legend once, its axes. An ID of -1 is of no entry. */
json_t *cn__sheet_trace(cn__sheet *s, const char *type, const char *name, int id);
/* Over the axes' upper edge, at x from 0 to 1. */
void cn__sheet_title(cn__sheet *s, const char *text, double x, const char *x_anchor, double shift);
/* A horizontal line with its name at the right end. */
void cn__sheet_line(cn__sheet *s, const cn__limit *limit);
/* Of equal x and y, between two values. */
void cn__sheet_diagonal(cn__sheet *sheet, double low, double high);

/* One panel, in its place. */
void cn__plotly_lines(cn__sheet *s, const cn__placed *placed, const cn__domain *d);
void cn__plotly_bars(cn__sheet *s, const cn__placed *placed, const cn__domain *d);
void cn__plotly_histogram(cn__sheet *s, const cn__placed *placed, const cn__domain *d);
void cn__plotly_boxes(cn__sheet *s, const cn__placed *placed, const cn__domain *d);
void cn__plotly_heat(cn__sheet *s, const cn__placed *placed, const cn__domain *d);
void cn__plotly_images(cn__sheet *s, const cn__placed *placed, const cn__domain *d);
void cn__plotly_network(cn__sheet *s, const cn__placed *placed, const cn__domain *d);

#endif
