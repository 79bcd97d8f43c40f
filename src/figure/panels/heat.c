/* Heat maps: a table of values by hue. A confusion matrix has the diagonal in one hue and errors in
 * another, each by its own largest count, zeros blank, and as margins what each class comes to. */
#include <math.h>

#include "figure/panels/heat.h"

#define STRONGEST 0.62 /* alpha of a cell: ink can be read on it, on light paper and on dark */
#define SMALL_LINE (CN_SIZE_SMALL * CN_LINE_HEIGHT)

static cn_status check(const cn__panel *panel)
{
    const cn__heat *data = &panel->heat;
    if (!data->rows || !data->columns || !data->values)
        return cn__fail(CN_ERROR_ARGUMENT, "a heat map of %zu by %zu values%s", data->rows, data->columns,
                        data->values ? "" : ", which are NULL");
    if (data->form == CN_HEAT_CONFUSION && data->rows != data->columns)
        return cn__fail(CN_ERROR_SHAPE, "a confusion matrix of %zu by %zu; it must be square", data->rows,
                        data->columns);
    for (size_t i = 0; data->form == CN_HEAT_CONFUSION && i < data->rows * data->columns; i++)
        if (data->values[i] < 0)
            return cn__fail(CN_ERROR_DATA, "a confusion matrix holds counts, and %g is one", data->values[i]);
    return CN_OK;
}

/* "0.98", or a dash where there is nothing to divide by. */
static const char *ratio_text(double part, double whole, char *out, size_t size)
{
    if (!(whole > 0) || isnan(part)) cn__format(out, size, "\u2013");
    else cn__number_text(part / whole, 2, out, size);
    return out;
}

/* ---- cells ---------------------------------------------------------------------------------------------- */

typedef struct tone {
    cn__colour colour; /* none: blank */
    double alpha;
} tone;

static tone confusion_tone(const cn__heat_grid *own, double value, bool diagonal)
{
    double highest = diagonal ? own->high : own->high_error;
    if (value == 0 || !(highest > 0)) return (tone){CN_COLOUR_NONE, 0};
    return (tone){diagonal ? CN_COLOUR_TRAINING : CN_COLOUR_VALIDATION,
                  0.1 + (STRONGEST - 0.1) * value / highest};
}

/* Values of both signs have two hues that meet at zero. */
static tone plain_tone(const cn__heat *data, const cn__heat_grid *own, double value)
{
    double strongest = data->annotated ? STRONGEST : 1;
    double magnitude = fmax(fabs(own->low), fabs(own->high));
    if (own->low < 0 && own->high > 0)
        return (tone){value < 0 ? CN_COLOUR_VALIDATION : CN_COLOUR_TRAINING,
                      fmax(strongest * fabs(value) / magnitude, 0.001)};
    double share = own->high > own->low ? (value - own->low) / (own->high - own->low) : 1;
    return (tone){CN_COLOUR_TRAINING, 0.05 + (strongest - 0.05) * share};
}

static tone tone_at(const cn__placed *placed, size_t row, size_t column)
{
    const cn__heat_grid *own = placed->own;
    double value = cn__heat_value(&placed->panel->heat, row, column);
    if (isnan(value)) return (tone){CN_COLOUR_NONE, 0};
    return cn__is_confusion(placed) ? confusion_tone(own, value, row == column)
                                    : plain_tone(&placed->panel->heat, own, value);
}

static void draw_cell(const cn__placed *placed, size_t row, size_t column, cn__canvas *canvas)
{
    const cn__heat_grid *own = placed->own;
    tone t = tone_at(placed, row, column);
    double x = placed->plot_x + own->cell_width * (double)column,
           y = placed->plot_y + own->cell_height * (double)row;
    double gap = own->cell_width > 8 && own->cell_height > 8 ? 1 : 0;
    if (t.colour == CN_COLOUR_NONE) t = (tone){CN_COLOUR_GRID, 0.4};
    canvas->ops->rect(canvas, x + gap / 2, y + gap / 2, own->cell_width - gap, own->cell_height - gap,
                      &(cn__pen){.fill = t.colour, .fill_alpha = t.alpha});
}

static void draw_cell_text(cn__fig_stage *stage, const cn__placed *placed, size_t row, size_t column,
                           cn__canvas *canvas)
{
    const cn__heat_grid *own = placed->own;
    double value = cn__heat_value(&placed->panel->heat, row, column);
    char text[64];
    if (isnan(value) || tone_at(placed, row, column).colour == CN_COLOUR_NONE) return;
    double extent = cn__small_extent(stage, cn__heat_text(placed->panel, value, text, sizeof text));
    bool level = extent + 1 <= own->cell_width && CN_SIZE_SMALL <= own->cell_height;
    bool upright = extent + 1 <= own->cell_height && CN_SIZE_SMALL + 1 <= own->cell_width;
    if (!level && !upright) return;
    double x = placed->plot_x + own->cell_width * ((double)column + 0.5);
    double y = placed->plot_y + own->cell_height * ((double)row + 0.5), shift = CN_BASE_LINE * CN_SIZE_SMALL;
    canvas->ops->text(
        canvas, level ? x : x + shift, level ? y + shift : y, text,
        &(cn__lettering){
            .size = CN_SIZE_SMALL, .colour = CN_COLOUR_INK, .anchor = CN_ANCHOR_MIDDLE, .upright = !level});
}

/* Many cells become one image, a pixel each. */
static void draw_as_image(cn__fig_stage *stage, const cn__placed *placed, cn__canvas *canvas)
{
    const cn__heat *data = &placed->panel->heat;
    cn__pixels pixels = {.width = data->columns, .height = data->rows};
    pixels.argb = cn__arena_array(&stage->arena, data->rows * data->columns, sizeof *pixels.argb);
    if (!pixels.argb) {
        stage->failed = true;
        return;
    }
    for (size_t r = 0; r < data->rows; r++)
        for (size_t c = 0; c < data->columns; c++) {
            tone t = tone_at(placed, r, c);
            pixels.argb[r * data->columns + c] =
                t.colour == CN_COLOUR_NONE ? 0 : cn__pixel_of(t.colour, t.alpha);
        }
    canvas->ops->image(canvas, placed->plot_x, placed->plot_y, placed->plot_width, placed->plot_height,
                       &pixels);
}

static void draw_cells(cn__fig_stage *stage, const cn__placed *placed, cn__canvas *canvas)
{
    const cn__heat *data = &placed->panel->heat;
    if (data->rows * data->columns > CN_HEAT_MOST_RECTS) {
        draw_as_image(stage, placed, canvas);
        return;
    }
    for (size_t r = 0; r < data->rows; r++)
        for (size_t c = 0; c < data->columns; c++) {
            draw_cell(placed, r, c, canvas);
            if (data->annotated || cn__is_confusion(placed)) draw_cell_text(stage, placed, r, c, canvas);
        }
}

/* ---- names, margins, scale ------------------------------------------------------------------------------ */

static void draw_row_names(cn__fig_stage *stage, const cn__placed *placed, cn__canvas *canvas)
{
    const cn__heat *data = &placed->panel->heat;
    const cn__heat_grid *own = placed->own;
    const cn__lettering name = {.size = CN_SIZE_SMALL, .colour = CN_COLOUR_INK, .anchor = CN_ANCHOR_END};
    for (size_t r = 0; data->row_names && r < data->rows; r += own->every_row)
        canvas->ops->text(
            canvas, placed->plot_x - CN_HEAT_NAME_GAP,
            placed->plot_y + own->cell_height * ((double)r + 0.5) + CN_BASE_LINE * CN_SIZE_SMALL,
            cn__shown(stage, data->row_names[r], CN_SIZE_SMALL, false, own->names_width + 0.5), &name);
}

static void draw_column_names(cn__fig_stage *stage, const cn__placed *placed, cn__canvas *canvas)
{
    const cn__heat *data = &placed->panel->heat;
    const cn__heat_grid *own = placed->own;
    cn__lettering name = {.size = CN_SIZE_SMALL, .colour = CN_COLOUR_INK, .upright = own->upright};
    name.anchor = own->upright ? CN_ANCHOR_START : CN_ANCHOR_MIDDLE;
    double shift = own->upright ? CN_BASE_LINE * CN_SIZE_SMALL : 0;
    for (size_t c = 0; data->column_names && c < data->columns; c += own->every_column)
        canvas->ops->text(canvas, placed->plot_x + own->cell_width * ((double)c + 0.5) + shift,
                          placed->plot_y - 5,
                          cn__shown(stage, data->column_names[c], CN_SIZE_SMALL, false, 110.5), &name);
}

/* The heading of both margins in one column: "Support / Recall"; NULL without, or when out of memory. */
static const char *stacked_heading(cn__fig_stage *stage, const cn__placed *placed)
{
    const cn__heat *data = &placed->panel->heat;
    const cn__heat_grid *own = placed->own;
    if (!own->stacked || !(data->support || data->recall)) return NULL;
    const char *heading =
        cn__arena_format(&stage->arena, "%s%s%s", data->support ? data->support : "",
                         data->support && data->recall ? " / " : "", data->recall ? data->recall : "");
    if (!heading) stage->failed = true;
    return heading ? cn__shown(stage, heading, CN_SIZE_SMALL, false, 0.6 * placed->width) : NULL;
}

/* The title of the columns, and on its line the heading of stacked margins. */
static void draw_top_titles(cn__fig_stage *stage, const cn__placed *placed, cn__canvas *canvas)
{
    const char *title = placed->panel->x.title, *heading = stacked_heading(stage, placed);
    double end = placed->plot_x + placed->plot_width + cn__heat_right_space(placed, placed->own),
           space = placed->plot_width;
    double y = placed->plot_y - ((const cn__heat_grid *)placed->own)->names_height - 6;
    if (heading) {
        space = end - cn__small_extent(stage, heading) - 12 - placed->plot_x;
        canvas->ops->text(
            canvas, end, y, heading,
            &(cn__lettering){.size = CN_SIZE_SMALL, .colour = CN_COLOUR_MUTED, .anchor = CN_ANCHOR_END});
    }
    if (title && *title)
        canvas->ops->text(canvas, placed->plot_x, y, cn__shown(stage, title, CN_SIZE_AXIS, false, space),
                          &(cn__lettering){.size = CN_SIZE_AXIS, .colour = CN_COLOUR_MUTED});
}

static void draw_side_title(cn__fig_stage *stage, const cn__placed *placed, cn__canvas *canvas)
{
    const char *title = placed->panel->y.title;
    if (!title || !*title) return;
    canvas->ops->text(
        canvas, placed->x + CN_SIZE_AXIS, placed->plot_y + placed->plot_height / 2,
        cn__shown(stage, title, CN_SIZE_AXIS, false, placed->plot_height),
        &(cn__lettering){
            .size = CN_SIZE_AXIS, .colour = CN_COLOUR_MUTED, .anchor = CN_ANCHOR_MIDDLE, .upright = true});
}

/* Support and recall of each row, in columns of their own or one over the other. */
static void draw_row_margins(const cn__placed *placed, cn__canvas *canvas)
{
    const cn__heat *data = &placed->panel->heat;
    const cn__heat_grid *own = placed->own;
    const cn__lettering number = {.size = CN_SIZE_SMALL, .colour = CN_COLOUR_MUTED, .anchor = CN_ANCHOR_END};
    double cells_end = placed->plot_x + placed->plot_width,
           support_end = cells_end + CN_HEAT_MARGIN_GAP + own->support_width;
    double recall_end =
        (own->support_width > 0 ? support_end : cells_end) + CN_HEAT_MARGIN_GAP + own->recall_width;
    if (own->stacked) support_end = recall_end = cells_end + cn__heat_right_space(placed, own);
    bool both = own->stacked && own->support_width > 0 && own->recall_width > 0;
    size_t every = cn__every_that_fits(both ? 2 * SMALL_LINE - 1 : CN_SIZE_SMALL + 2, own->cell_height);
    for (size_t r = 0; r < data->rows; r += every) {
        char text[64];
        double sum = cn__heat_row_sum(data, r);
        double y = placed->plot_y + own->cell_height * ((double)r + 0.5) + CN_BASE_LINE * CN_SIZE_SMALL;
        double shift = both ? SMALL_LINE / 2 - 0.5 : 0;
        if (own->support_width > 0)
            canvas->ops->text(canvas, support_end, y - shift, cn__number_text(sum, 0, text, sizeof text),
                              &number);
        if (own->recall_width > 0)
            canvas->ops->text(canvas, recall_end, y + shift,
                              ratio_text(cn__heat_value(data, r, r), sum, text, sizeof text), &number);
    }
    if (own->stacked) return;
    if (own->support_width > 0)
        canvas->ops->text(canvas, support_end, placed->plot_y - 5, data->support, &number);
    if (own->recall_width > 0)
        canvas->ops->text(canvas, recall_end, placed->plot_y - 5, data->recall, &number);
}

static void draw_precision(cn__fig_stage *stage, const cn__placed *placed, cn__canvas *canvas)
{
    const cn__heat *data = &placed->panel->heat;
    const cn__heat_grid *own = placed->own;
    cn__lettering number = {.size = CN_SIZE_SMALL, .colour = CN_COLOUR_MUTED, .anchor = CN_ANCHOR_MIDDLE};
    double bottom = placed->plot_y + placed->plot_height,
           middle = bottom + 4 + cn__heat_precision_height(own) / 2;
    double shift = CN_BASE_LINE * CN_SIZE_SMALL;
    size_t every = cn__every_that_fits(own->upright_precision ? CN_SIZE_SMALL + 2 : 0, own->cell_width);
    number.upright = own->upright_precision;
    for (size_t c = 0; c < data->columns; c += every) {
        char text[64];
        double x = placed->plot_x + own->cell_width * ((double)c + 0.5);
        ratio_text(cn__heat_value(data, c, c), cn__heat_column_sum(data, c), text, sizeof text);
        canvas->ops->text(canvas, number.upright ? x + shift : x, number.upright ? middle : middle + shift,
                          text, &number);
    }
    number.upright = false;
    number.anchor = own->stacked ? CN_ANCHOR_START : CN_ANCHOR_END;
    canvas->ops->text(
        canvas, own->stacked ? placed->plot_x : placed->plot_x - CN_HEAT_NAME_GAP,
        own->stacked ? bottom + 4 + cn__heat_precision_height(own) + CN_SIZE_SMALL : middle + shift,
        own->stacked ? cn__shown(stage, data->precision, CN_SIZE_SMALL, false, placed->plot_width)
                     : data->precision,
        &number);
}

/* The scale of a plain map: a bar with its round numbers. */
static void draw_scale(const cn__placed *placed, cn__canvas *canvas)
{
    const cn__heat_grid *own = placed->own;
    double x = placed->plot_x + placed->plot_width + CN_HEAT_BAR_GAP, height = fmin(placed->plot_height, 200),
           y = placed->plot_y;
    enum { STEPS = 40 };
    if (!(own->high > own->low)) return;
    for (int i = 0; i < STEPS; i++) {
        double value = own->high - (own->high - own->low) * (i + 0.5) / STEPS;
        tone t = plain_tone(&placed->panel->heat, own, value);
        canvas->ops->rect(canvas, x, y + height * i / STEPS, CN_HEAT_BAR_WIDTH, height / STEPS,
                          &(cn__pen){.fill = t.colour, .fill_alpha = t.alpha});
    }
    const cn__scale scale = {.low = own->low, .high = own->high, .from = y + height, .to = y};
    size_t every = height > 80 ? 1 : 2;
    for (size_t i = 0; i < own->scale.count; i += every)
        canvas->ops->text(canvas, x + CN_HEAT_BAR_WIDTH + CN_HEAT_BAR_LABEL_GAP,
                          cn__scale_at(&scale, own->scale.at[i]) + CN_BASE_LINE * CN_SIZE_SMALL,
                          own->scale.text[i],
                          &(cn__lettering){.size = CN_SIZE_SMALL, .colour = CN_COLOUR_MUTED});
}

static void draw(cn__fig_stage *stage, const cn__placed *placed, cn__canvas *canvas)
{
    cn__title_draw(stage, placed, canvas);
    draw_top_titles(stage, placed, canvas);
    draw_side_title(stage, placed, canvas);
    draw_cells(stage, placed, canvas);
    draw_row_names(stage, placed, canvas);
    draw_column_names(stage, placed, canvas);
    if (!cn__is_confusion(placed)) {
        draw_scale(placed, canvas);
        return;
    }
    draw_row_margins(placed, canvas);
    if (placed->panel->heat.precision) draw_precision(stage, placed, canvas);
}

/* ---- hover ---------------------------------------------------------------------------------------------- */

static json_t *edges(cn__fig_stage *stage, double from, double step, size_t n)
{
    json_t *list = json_array();
    for (size_t i = 0; i <= n; i++) cn__hover_append(stage, list, cn__json_pixel(from + step * (double)i));
    return list;
}

static json_t *name_list(cn__fig_stage *stage, const char *const *names, size_t n)
{
    if (!names) return json_null();
    json_t *list = json_array();
    for (size_t i = 0; i < n; i++) cn__hover_append(stage, list, cn__json_text(names[i]));
    return list;
}

static void hover(cn__fig_stage *stage, const cn__placed *placed, json_t *object)
{
    const cn__heat *data = &placed->panel->heat;
    const cn__heat_grid *own = placed->own;
    bool few = data->rows * data->columns <= CN_HEAT_MOST_RECTS;
    json_t *rows = json_array();
    for (size_t r = 0; few && r < data->rows; r++) {
        json_t *row = json_array();
        for (size_t c = 0; c < data->columns; c++)
            cn__hover_append(stage, row, cn__json_number(cn__heat_value(data, r, c)));
        cn__hover_append(stage, rows, row);
    }
    cn__hover_set(stage, object, "rows", name_list(stage, data->row_names, data->rows));
    cn__hover_set(stage, object, "columns", name_list(stage, data->column_names, data->columns));
    cn__hover_set(stage, object, "x", edges(stage, placed->plot_x, own->cell_width, few ? data->columns : 0));
    cn__hover_set(stage, object, "y", edges(stage, placed->plot_y, own->cell_height, few ? data->rows : 0));
    cn__hover_set(stage, object, "values", rows);
}

const cn__panel_ops cn__panel_heat = {.word = "heat",
                                      .least_width = 330,
                                      .shrinks = true,
                                      .check = check,
                                      .place = cn__heat_place,
                                      .draw = draw,
                                      .hover = hover};
