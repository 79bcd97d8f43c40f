/* Bands of series, and where two series cross. */
#include <math.h>

#include "figure/draw.h"

double cn__band_edge(const cn__axis *axis, const cn__series *series, size_t i, int sign)
{
    double y = series->y[i], d = series->deviation ? fabs(series->deviation[i]) : 0;
    double edge = cn__is_drawable(d) ? y + sign * d : y;
    if (!(axis->floor < axis->ceiling)) return edge;
    return sign < 0 ? fmax(edge, fmin(y, axis->floor)) : fmin(edge, fmax(y, axis->ceiling));
}

/* The last difference of another sign than zero, and how many zeros came behind it: a crossing lies in
 * the middle of such a run. */
typedef struct sign_run {
    double sign;
    size_t at, zeros;
} sign_run;

static void crossing(const cn__series *a, const cn__series *b, const sign_run *last, size_t i, double out[2])
{
    double x = cn__series_x(a, i);
    if (last->zeros) {
        size_t middle = last->at + 1 + (last->zeros - 1) / 2;
        out[0] = cn__series_x(a, middle), out[1] = a->y[middle];
        return;
    }
    double before = a->y[last->at] - b->y[last->at], after = a->y[i] - b->y[i];
    double share = before / (before - after), x0 = cn__series_x(a, last->at);
    out[0] = x0 + share * (x - x0);
    out[1] = a->y[last->at] + share * (a->y[i] - a->y[last->at]);
}

size_t cn__series_crossings(const cn__series *a, const cn__series *b, double (*out)[2], size_t capacity)
{
    size_t n = a->count < b->count ? a->count : b->count, found = 0;
    sign_run last = {0};
    for (size_t i = 0; i < n; i++) {
        if (!cn__series_has(a, i) || !cn__series_has(b, i)) {
            last = (sign_run){0};
            continue;
        }
        double difference = a->y[i] - b->y[i], sign = (difference > 0) - (difference < 0);
        if (sign == 0) {
            last.zeros++;
            continue;
        }
        if (last.sign * sign < 0) {
            if (found < capacity) crossing(a, b, &last, i, out[found]);
            found++;
        }
        last = (sign_run){.sign = sign, .at = i};
    }
    return found;
}

bool cn__panel_crosses(const cn__panel *panel)
{
    if (panel->kind != CN_PANEL_LINES || !panel->crossings || !*panel->crossings || panel->series_count < 2)
        return false;
    return cn__series_crossings(&panel->series[0], &panel->series[1], NULL, 0) > 0;
}

size_t cn__panel_best(const cn__panel *panel)
{
    size_t i = 0;
    if (panel->kind != CN_PANEL_LINES || !panel->best || !*panel->best) return panel->series_count;
    while (i < panel->series_count && !panel->series[i].best) i++;
    return i;
}

void cn__draw_best_mark(cn__canvas *canvas, cn__point at, double radius, const cn__series_style *style)
{
    canvas->ops->circle(canvas, at.x, at.y, radius,
                        &(cn__pen){.fill = style->colour, .stroke = CN_COLOUR_INK, .width = 1.5});
}
