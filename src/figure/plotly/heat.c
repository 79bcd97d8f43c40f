/* Heat maps and images. */
#include <math.h>

#include "base/text/text.h"
#include "figure/plotly/plotly.h"

/* ---- heat maps ------------------------------------------------------------------------------------------ */

/* The hue mixed with white, as "rgb(…)": Plotly's scales of colours know no alpha. */
static json_t *mixed(cn__sheet *s, cn__colour colour, double alpha)
{
    double rgb[3];
    int byte[3];
    cn__colour_rgb(colour, rgb);
    for (int i = 0; i < 3; i++) byte[i] = (int)lround(255 * (1 - alpha + alpha * rgb[i]));
    return cn__sheet_format(s, "rgb(%d,%d,%d)", byte[0], byte[1], byte[2]);
}

static json_t *names_or_numbers(cn__sheet *s, const char *const *names, size_t n)
{
    json_t *list = json_array();
    for (size_t i = 0; i < n; i++)
        cn__sheet_append(s, list, names ? cn__sheet_text(names[i]) : json_integer((json_int_t)i));
    return list;
}

typedef enum part { PART_ALL, PART_DIAGONAL, PART_ERRORS } part;

static bool is_shown(const cn__heat *data, part which, size_t row, size_t column)
{
    double value = data->values[row * data->columns + column];
    if (!cn__is_drawable(value)) return false;
    if (which == PART_ALL) return true;
    return value != 0 && (row == column) == (which == PART_DIAGONAL);
}

static void fill_cells(cn__sheet *s, const cn__panel *panel, part which, json_t *trace)
{
    const cn__heat *data = &panel->heat;
    json_t *z = json_array(), *texts = json_array();
    for (size_t r = 0; r < data->rows; r++) {
        json_t *row = json_array(), *row_texts = json_array();
        for (size_t c = 0; c < data->columns; c++) {
            double value = data->values[r * data->columns + c];
            bool shown = is_shown(data, which, r, c);
            char text[64];
            cn__sheet_append(s, row, shown ? json_real(value) : json_null());
            if (!shown) cn__sheet_append(s, row_texts, json_string(""));
            else if (which == PART_ALL) cn__sheet_append(s, row_texts, cn__sheet_value(s, panel, value));
            else
                cn__sheet_append(
                    s, row_texts,
                    json_string(cn__number_text(value, value == floor(value) ? 0 : 2, text, 64)));
        }
        cn__sheet_append(s, z, row);
        cn__sheet_append(s, texts, row_texts);
    }
    cn__sheet_set(s, trace, "z", z);
    if (which == PART_ALL && !data->annotated) {
        json_decref(texts);
        return;
    }
    cn__sheet_set(s, trace, "text", texts);
    cn__sheet_set(s, trace, "texttemplate", json_string("%{text}"));
}

/* Colours from `low` to `high` alpha of one hue, or over white from one hue to another. */
static json_t *colour_scale(cn__sheet *s, part which, bool both_signs, bool annotated)
{
    cn__colour hue = which == PART_ERRORS ? CN_COLOUR_VALIDATION : CN_COLOUR_TRAINING;
    double strongest = which != PART_ALL || annotated ? 0.62 : 1;
    if (both_signs)
        return json_pack("[[f, o], [f, o], [f, o]]", 0.0, mixed(s, CN_COLOUR_VALIDATION, strongest), 0.5,
                         mixed(s, CN_COLOUR_TRAINING, 0), 1.0, mixed(s, CN_COLOUR_TRAINING, strongest));
    return json_pack("[[f, o], [f, o]]", 0.0, mixed(s, hue, which == PART_ALL ? 0.05 : 0.1), 1.0,
                     mixed(s, hue, strongest));
}

static void set_limits(cn__sheet *s, const cn__heat *data, part which, json_t *trace)
{
    cn__extent extent = CN_EXTENT_NONE;
    for (size_t r = 0; r < data->rows; r++)
        for (size_t c = 0; c < data->columns; c++)
            if (is_shown(data, which, r, c)) cn__extent_add(&extent, data->values[r * data->columns + c]);
    if (cn__extent_is_empty(&extent)) extent = (cn__extent){0, 1};
    bool both_signs = extent.low < 0 && extent.high > 0;
    double magnitude = fmax(fabs(extent.low), fabs(extent.high));
    if (both_signs) extent = (cn__extent){-magnitude, magnitude};
    if (which != PART_ALL) extent.low = 0;
    cn__sheet_set(s, trace, "zmin", json_real(extent.low));
    cn__sheet_set(s, trace, "zmax", json_real(extent.high));
    cn__sheet_set(s, trace, "colorscale", colour_scale(s, which, both_signs, data->annotated));
}

static void add_cells(cn__sheet *s, const cn__panel *panel, part which, const cn__domain *d)
{
    const cn__heat *data = &panel->heat;
    json_t *trace = json_pack("{s:s, s:b}", "type", "heatmap", "showscale", which == PART_ALL);
    cn__sheet_set_axes(s, trace);
    cn__sheet_set(s, trace, "x",
                  names_or_numbers(s, which == PART_ALL ? data->column_names : NULL, data->columns));
    cn__sheet_set(s, trace, "y", names_or_numbers(s, which == PART_ALL ? data->row_names : NULL, data->rows));
    if (data->rows * data->columns <= 3000)
        cn__sheet_set(s, trace, "xgap", json_integer(1)), cn__sheet_set(s, trace, "ygap", json_integer(1));
    set_limits(s, data, which, trace);
    fill_cells(s, panel, which, trace);
    if (which == PART_ALL)
        cn__sheet_set(s, trace, "colorbar",
                      json_pack("{s:f, s:f, s:f, s:i}", "x", d->x1 + 0.01, "y", (d->y0 + d->y1) / 2, "len",
                                d->y1 - d->y0, "thickness", 12));
    cn__sheet_append(s, s->data, trace);
}

static double sum_of(const cn__heat *data, size_t i, bool row)
{
    double sum = 0;
    for (size_t j = 0; j < data->rows; j++) {
        double value = data->values[row ? i * data->columns + j : j * data->columns + i];
        if (cn__is_drawable(value)) sum += value;
    }
    return sum;
}

/* The margins of a confusion stand beside the names: "3 · 0.98 · 1010"; joined_title says what they are. */
static json_t *margin_names(cn__sheet *s, const cn__heat *data, bool rows)
{
    const char *const *names = rows ? data->row_names : data->column_names;
    const char *gap = rows ? " \u00b7 " : "<br>";
    json_t *list = json_array();
    for (size_t i = 0; i < data->rows; i++) {
        double sum = sum_of(data, i, rows), right = data->values[i * data->columns + i];
        cn__text text = {0};
        char number[64];
        cn__text_add(&text, "");
        if (names) cn__svg_escape(&text, names[i]);
        if (rows ? data->recall : data->precision)
            cn__text_printf(&text, "%s%s", gap,
                            sum > 0 ? cn__number_text(right / sum, 2, number, sizeof number) : "\u2013");
        if (rows && data->support)
            cn__text_printf(&text, "%s%s", gap, cn__number_text(sum, 0, number, sizeof number));
        cn__sheet_append(s, list, text.failed ? NULL : json_string(text.data));
        cn__text_free(&text);
    }
    return list;
}

/* "True · recall · support" */
static json_t *joined_title(cn__sheet *s, const char *title, const char *second, const char *third)
{
    const char *const parts[] = {title, second, third};
    cn__text text = {0};
    cn__text_add(&text, "");
    for (int i = 0; i < 3; i++) {
        if (!parts[i]) continue;
        if (text.size) cn__text_add(&text, " \u00b7 ");
        cn__text_add(&text, parts[i]);
    }
    json_t *object = text.failed ? NULL : json_pack("{s:o}", "text", cn__sheet_text(text.data));
    if (!object) s->failed = true;
    cn__text_free(&text);
    return object;
}

static void heat_axes(cn__sheet *s, const cn__panel *panel, const cn__domain *d)
{
    const cn__heat *data = &panel->heat;
    bool confusion = data->form == CN_HEAT_CONFUSION;
    json_t *x = cn__sheet_axis(s, 'x', d), *y = cn__sheet_axis(s, 'y', d);
    cn__sheet_set(s, x, "title", joined_title(s, panel->x.title, confusion ? data->precision : NULL, NULL));
    cn__sheet_set(
        s, y, "title",
        joined_title(s, panel->y.title, confusion ? data->recall : NULL, confusion ? data->support : NULL));
    cn__sheet_set(s, y, "autorange", json_string("reversed"));
    cn__sheet_set(s, x, "showgrid", json_false());
    cn__sheet_set(s, y, "showgrid", json_false());
    cn__sheet_set(s, x, "zeroline", json_false());
    cn__sheet_set(s, y, "zeroline", json_false());
    cn__sheet_set(s, y, "automargin", json_true());
    if (!confusion && panel->heat.column_names) cn__sheet_set(s, x, "type", json_string("category"));
    if (!confusion && panel->heat.row_names) cn__sheet_set(s, y, "type", json_string("category"));
    if (confusion) {
        cn__sheet_set(s, x, "tickvals", names_or_numbers(s, NULL, panel->heat.columns));
        cn__sheet_set(s, x, "ticktext", margin_names(s, &panel->heat, false));
        cn__sheet_set(s, y, "tickvals", names_or_numbers(s, NULL, panel->heat.rows));
        cn__sheet_set(s, y, "ticktext", margin_names(s, &panel->heat, true));
    }
    cn__sheet_set_axis(s, 'x', x);
    cn__sheet_set_axis(s, 'y', y);
    cn__sheet_title(s, panel->title, 0, "left", 6);
}

/* A plain map leaves room for its bar of colours. */
void cn__plotly_heat(cn__sheet *s, const cn__placed *placed, const cn__domain *d)
{
    bool plain = placed->panel->heat.form == CN_HEAT_PLAIN;
    cn__domain cells = *d;
    if (plain) cells.x1 -= 0.12;
    heat_axes(s, placed->panel, &cells);
    if (plain) add_cells(s, placed->panel, PART_ALL, &cells);
    else add_cells(s, placed->panel, PART_ERRORS, d), add_cells(s, placed->panel, PART_DIAGONAL, d);
}

/* ---- images --------------------------------------------------------------------------------------------- */

static cn__domain cell_domain(const cn__domain *d, size_t columns, size_t rows, size_t i)
{
    double width = (d->x1 - d->x0) / (double)columns, height = (d->y1 - d->y0) / (double)rows;
    double x = d->x0 + width * (double)(i % columns), y = d->y1 - height * (double)(i / columns + 1);
    return (cn__domain){x + 0.04 * width, x + 0.96 * width, y + 0.02 * height, y + 0.82 * height};
}

static void add_image(cn__sheet *s, const cn__images *images, size_t i, const cn__domain *d)
{
    cn__pixels pixels;
    cn__text url = {0};
    if (cn__image_pixels(&s->stage->arena, images, i, &pixels) != CN_OK ||
        cn__pixels_url(&pixels, &url) != CN_OK || url.failed) {
        cn__text_free(&url);
        s->failed = true;
        return;
    }
    json_t *x = cn__sheet_axis(s, 'x', d), *y = cn__sheet_axis(s, 'y', d);
    cn__sheet_set(s, x, "visible", json_false());
    cn__sheet_set(s, y, "visible", json_false());
    cn__sheet_set(s, y, "scaleanchor", cn__sheet_axis_name(s, 'x'));
    cn__sheet_set(s, y, "autorange", json_string("reversed"));
    cn__sheet_set(s, x, "constrain", json_string("domain"));
    cn__sheet_set(s, y, "constrain", json_string("domain"));
    cn__sheet_set_axis(s, 'x', x);
    cn__sheet_set_axis(s, 'y', y);
    json_t *trace = json_pack("{s:s, s:s#, s:s}", "type", "image", "source", url.data, (int)url.size,
                              "hoverinfo", "skip");
    cn__sheet_set_axes(s, trace);
    cn__sheet_append(s, s->data, trace);
    cn__sheet_title(s, images->items[i].title, 0.5, "center", 1);
    cn__text_free(&url);
}

void cn__plotly_images(cn__sheet *s, const cn__placed *placed, const cn__domain *d)
{
    const cn__images *images = &placed->panel->images;
    size_t columns = images->columns ? images->columns : (size_t)ceil(sqrt((double)images->count));
    if (columns > images->count) columns = images->count;
    size_t rows = columns ? (images->count + columns - 1) / columns : 0;
    for (size_t i = 0; i < images->count && !s->failed; i++) {
        cn__domain cell = cell_domain(d, columns, rows, i);
        if (i) s->axes++;
        add_image(s, images, i, &cell);
    }
}
