/* The pieces of a sheet of Plotly: traces, axes, titles, lines. */
#include "figure/plotly/plotly.h"

#include "base/text/text.h"

/* ---- small pieces --------------------------------------------------------------------------------------- */

void cn__sheet_set(cn__sheet *s, json_t *object, const char *key, json_t *value)
{
    if (json_object_set_new(object, key, value) != 0) s->failed = true;
}

void cn__sheet_append(cn__sheet *s, json_t *array, json_t *value)
{
    if (json_array_append_new(array, value) != 0) s->failed = true;
}

json_t *cn__sheet_format(cn__sheet *s, const char *pattern, ...)
{
    char text[128];
    va_list arguments;
    va_start(arguments, pattern);
    int n = cn__vformat(text, sizeof text, pattern, arguments);
    va_end(arguments);
    if (n < 0) s->failed = true;
    return json_string(text);
}

json_t *cn__sheet_text(const char *text)
{
    if (!text) return json_null();
    cn__text marked = {0};
    cn__text_add(&marked, "");
    cn__svg_escape(&marked, text);
    json_t *json = marked.failed ? NULL : json_string(marked.data);
    cn__text_free(&marked);
    return json;
}

json_t *cn__sheet_axis_name(cn__sheet *s, char letter)
{
    return s->axes == 1 ? cn__sheet_format(s, "%c", letter) : cn__sheet_format(s, "%c%d", letter, s->axes);
}

/* "x2 domain": positions from 0 to 1 along that axis. */
static json_t *domain_name(cn__sheet *s, char letter)
{
    return s->axes == 1 ? cn__sheet_format(s, "%c domain", letter)
                        : cn__sheet_format(s, "%c%d domain", letter, s->axes);
}

json_t *cn__sheet_numbers(cn__sheet *s, const double *values, size_t n)
{
    json_t *list = json_array();
    for (size_t i = 0; i < n; i++)
        cn__sheet_append(s, list, cn__is_drawable(values[i]) ? json_real(values[i]) : json_null());
    return list;
}

json_t *cn__sheet_value(cn__sheet *s, const cn__panel *panel, double value)
{
    char text[64];
    return cn__is_drawable(value)
               ? cn__sheet_format(s, "%s", cn__panel_number(panel, value, text, sizeof text))
               : json_string("");
}

void cn__sheet_set_axes(cn__sheet *s, json_t *trace)
{
    cn__sheet_set(s, trace, "xaxis", cn__sheet_axis_name(s, 'x'));
    cn__sheet_set(s, trace, "yaxis", cn__sheet_axis_name(s, 'y'));
}

json_t *cn__sheet_trace(cn__sheet *s, const char *type, const char *name, int id)
{
    json_t *trace = json_pack("{s:s}", "type", type);
    bool shown = name && id >= 0 && !s->in_legend[id];
    if (name) cn__sheet_set(s, trace, "name", cn__sheet_text(name));
    if (id >= 0) cn__sheet_set(s, trace, "legendgroup", cn__sheet_format(s, "%d", id));
    cn__sheet_set(s, trace, "showlegend", json_boolean(shown));
    if (shown) s->in_legend[id] = true;
    cn__sheet_set_axes(s, trace);
    return trace;
}

static void annotate(cn__sheet *s, const char *text, double x, const char *x_anchor, double y, json_t *y_axis,
                     double shift)
{
    cn__sheet_append(s, s->annotations,
                     json_pack("{s:o, s:f, s:f, s:s, s:s, s:b, s:f, s:o, s:o}", "text", cn__sheet_text(text),
                               "x", x, "y", y, "xanchor", x_anchor, "yanchor", "bottom", "showarrow", 0,
                               "yshift", shift, "xref", domain_name(s, 'x'), "yref", y_axis));
}

void cn__sheet_title(cn__sheet *s, const char *text, double x, const char *x_anchor, double shift)
{
    if (text && *text) annotate(s, text, x, x_anchor, 1, domain_name(s, 'y'), shift);
}

void cn__sheet_line(cn__sheet *s, const cn__limit *limit)
{
    cn__sheet_append(s, s->shapes,
                     json_pack("{s:s, s:f, s:f, s:f, s:f, s:{s:s, s:f}, s:o, s:o}", "type", "line", "x0", 0.0,
                               "x1", 1.0, "y0", limit->value, "y1", limit->value, "line", "color",
                               cn__colour_hex(CN_COLOUR_NOTE), "width", 1.25, "xref", domain_name(s, 'x'),
                               "yref", cn__sheet_axis_name(s, 'y')));
    if (limit->name) annotate(s, limit->name, 1, "right", limit->value, cn__sheet_axis_name(s, 'y'), 0);
}

void cn__sheet_diagonal(cn__sheet *s, double low, double high)
{
    if (!(low < high)) return;
    cn__sheet_append(s, s->shapes,
                     json_pack("{s:s, s:f, s:f, s:f, s:f, s:{s:s, s:f}, s:o, s:o}", "type", "line", "x0", low,
                               "x1", high, "y0", low, "y1", high, "line", "color",
                               cn__colour_hex(CN_COLOUR_NOTE), "width", 1.25, "xref",
                               cn__sheet_axis_name(s, 'x'), "yref", cn__sheet_axis_name(s, 'y')));
}

/* ---- axes ----------------------------------------------------------------------------------------------- */

json_t *cn__sheet_axis(cn__sheet *s, char letter, const cn__domain *d)
{
    double from = letter == 'x' ? d->x0 : d->y0, to = letter == 'x' ? d->x1 : d->y1;
    return json_pack("{s:[f, f], s:o}", "domain", from, to, "anchor",
                     cn__sheet_axis_name(s, letter == 'x' ? 'y' : 'x'));
}

void cn__sheet_set_axis(cn__sheet *s, char letter, json_t *axis)
{
    char key[32];
    if (s->axes == 1) cn__format(key, sizeof key, "%caxis", letter);
    else cn__format(key, sizeof key, "%caxis%d", letter, s->axes);
    cn__sheet_set(s, s->layout, key, axis);
}
