/* Heat maps: a table of values by hue. A confusion matrix has the diagonal in one hue and errors in
 * another, each by its own largest count, zeros blank, and as margins what each class comes to. */
#include <math.h>

#include "figure/draw.h"

enum {
    MOST_RECTS = 3000,
    TITLE_ROOM = 18,
    NAME_GAP = 6,
    MARGIN_GAP = 12,
    BAR_GAP = 10,
    BAR_WIDTH = 12,
    BAR_LABEL_GAP = 5
};
enum {
    WIDEST_CELL = 62,
    MANY_CLASSES = 20,
    LEAST_CELL_HEIGHT = 27,
    STACKED_CELL_HEIGHT = 33,
    MOST_HEIGHT = 420
};
#define STRONGEST 0.62 /* alpha of a cell: ink can be read on it, on light paper and on dark */
#define SMALL_LINE (CN_SIZE_SMALL * CN_LINE_HEIGHT)
#define AXIS_LINE (CN_SIZE_AXIS * CN_LINE_HEIGHT)

typedef struct heat {
    double names_width, names_height; /* of row names, of column names */
    bool upright;                     /* column names */
    size_t every_row, every_column;   /* names each so many */
    double cell_width, cell_height;
    bool stacked; /* support over recall, in one column */
    bool upright_precision;
    double support_width, recall_width;
    cn__ticks scale; /* of a plain map, and the room it takes beside the cells */
    double scale_room;
    double low, high; /* of the values; of a confusion: 0 and the largest on the diagonal */
    double high_error;
} heat;

static bool is_confusion(const cn__placed *placed) { return placed->panel->heat.form == CN_HEAT_CONFUSION; }

static double value_at(const cn__heat *data, size_t row, size_t column)
{
    double value = data->values[row * data->columns + column];
    return cn__is_drawable(value) ? value : (double)NAN;
}

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

/* ---- sums of a confusion -------------------------------------------------------------------------------- */

static double row_sum(const cn__heat *data, size_t row)
{
    double sum = 0;
    for (size_t c = 0; c < data->columns; c++)
        sum += isnan(value_at(data, row, c)) ? 0 : value_at(data, row, c);
    return sum;
}

static double column_sum(const cn__heat *data, size_t column)
{
    double sum = 0;
    for (size_t r = 0; r < data->rows; r++)
        sum += isnan(value_at(data, r, column)) ? 0 : value_at(data, r, column);
    return sum;
}

/* "0.98", or a dash where there is nothing to divide by. */
static const char *ratio_text(double part, double whole, char *out, size_t size)
{
    if (!(whole > 0) || isnan(part)) cn__format(out, size, "\u2013");
    else cn__number_text(part / whole, 2, out, size);
    return out;
}

/* Counts are whole; other values as the panel writes them. */
static const char *cell_text(const cn__panel *panel, double value, char *out, size_t size)
{
    if (panel->heat.form == CN_HEAT_CONFUSION)
        return cn__number_text(value, value == floor(value) ? 0 : 2, out, size);
    return cn__panel_number(panel, value, out, size);
}

/* ---- place ---------------------------------------------------------------------------------------------- */

static double small_extent(cn__stage *stage, const char *text)
{
    return cn__text_extent(stage->ruler, text, CN_SIZE_SMALL, false);
}

static double widest_name(cn__stage *stage, const char *const *names, size_t n)
{
    double widest = 0;
    for (size_t i = 0; names && i < n; i++) widest = fmax(widest, small_extent(stage, names[i]));
    return widest;
}

static double widest_cell(cn__stage *stage, const cn__panel *panel)
{
    char text[64];
    double widest = 0;
    const cn__heat *data = &panel->heat;
    if (data->rows * data->columns > MOST_RECTS) return INFINITY;
    for (size_t r = 0; r < data->rows; r++)
        for (size_t c = 0; c < data->columns; c++)
            if (!isnan(value_at(data, r, c)))
                widest = fmax(widest,
                              small_extent(stage, cell_text(panel, value_at(data, r, c), text, sizeof text)));
    return widest;
}

static double widest_support(cn__stage *stage, const cn__heat *data)
{
    char text[64];
    double widest = 0;
    for (size_t r = 0; r < data->rows; r++)
        widest = fmax(widest, small_extent(stage, cn__number_text(row_sum(data, r), 0, text, sizeof text)));
    return widest;
}

static void find_limits(const cn__heat *data, heat *own)
{
    cn__extent all = CN_EXTENT_NONE, diagonal = CN_EXTENT_NONE, errors = CN_EXTENT_NONE;
    for (size_t r = 0; r < data->rows; r++)
        for (size_t c = 0; c < data->columns; c++) {
            cn__extent_add(&all, value_at(data, r, c));
            cn__extent_add(r == c ? &diagonal : &errors, value_at(data, r, c));
        }
    if (cn__extent_is_empty(&all)) all = (cn__extent){0, 1};
    bool confusion = data->form == CN_HEAT_CONFUSION;
    own->low = confusion ? 0 : all.low;
    own->high = confusion ? diagonal.high : all.high;
    own->high_error = errors.high;
}

/* Room to the left of the cells, and to the right, in the form that `own` has. */
static double left_room(cn__stage *stage, const cn__placed *placed, const heat *own)
{
    const cn__panel *panel = placed->panel;
    double names = own->names_width;
    if (is_confusion(placed) && panel->heat.precision && !own->stacked)
        names = fmax(names, small_extent(stage, panel->heat.precision));
    return (panel->y.title && *panel->y.title ? TITLE_ROOM : 0) + (names > 0 ? ceil(names) + NAME_GAP : 0);
}

static double right_room(const cn__placed *placed, const heat *own)
{
    if (!is_confusion(placed)) return own->scale_room;
    if (own->stacked) return MARGIN_GAP / 2.0 + fmax(own->support_width, own->recall_width);
    return (own->support_width > 0 ? MARGIN_GAP + own->support_width : 0) +
           (own->recall_width > 0 ? MARGIN_GAP + own->recall_width : 0);
}

/* The numbers beside the bar of colours. */
static void fit_scale(cn__stage *stage, heat *own)
{
    double widest = 0;
    if (!(own->high > own->low)) return;
    cn__ticks_within(own->low, own->high, 5, false, &own->scale);
    for (size_t i = 0; i < own->scale.count; i++)
        widest = fmax(widest, small_extent(stage, own->scale.text[i]));
    own->scale_room = BAR_GAP + BAR_WIDTH + BAR_LABEL_GAP + ceil(widest);
}

static void fit_cells(cn__stage *stage, const cn__placed *placed, heat *own, bool stacked)
{
    const cn__heat *data = &placed->panel->heat;
    bool confusion = is_confusion(placed);
    own->stacked = stacked;
    own->support_width = confusion && data->support ? widest_support(stage, data) : 0;
    own->recall_width = confusion && data->recall ? small_extent(stage, "0.00") : 0;
    if (!stacked && own->support_width > 0)
        own->support_width = fmax(own->support_width, small_extent(stage, data->support));
    if (!stacked && own->recall_width > 0)
        own->recall_width = fmax(own->recall_width, small_extent(stage, data->recall));
    double room = placed->width - left_room(stage, placed, own) - right_room(placed, own) - 1;
    own->cell_width = room / (double)data->columns;
    if (confusion || data->annotated) own->cell_width = fmin(own->cell_width, WIDEST_CELL);
}

static size_t every_that_fits(double needed, double cell)
{
    size_t every = 1;
    while ((double)every * cell < needed) every++;
    return every;
}

static void fit_names(cn__stage *stage, const cn__placed *placed, heat *own)
{
    const cn__heat *data = &placed->panel->heat;
    double widest = widest_name(stage, data->column_names, data->columns);
    own->upright = widest + 5 > own->cell_width;
    own->upright_precision = small_extent(stage, "0.00") + 3 > own->cell_width;
    own->names_height = widest <= 0 ? 0 : own->upright ? fmin(widest, 110) + 6 : SMALL_LINE + 3;
    bool headings = own->support_width > 0 || own->recall_width > 0;
    if (headings && !own->stacked) own->names_height = fmax(own->names_height, SMALL_LINE + 3);
    own->every_column = own->upright ? every_that_fits(CN_SIZE_SMALL + 2, own->cell_width) : 1;
    own->every_row = every_that_fits(CN_SIZE_SMALL + 2, own->cell_height);
}

/* Cells too narrow for their text are made high enough to hold it upright. */
static double cell_height(const cn__placed *placed, const heat *own, double widest)
{
    const cn__heat *data = &placed->panel->heat;
    double square = own->cell_width, tall = MOST_HEIGHT / (double)data->rows;
    if (!is_confusion(placed) && !data->annotated) return fmin(square, tall);
    double least = own->stacked ? STACKED_CELL_HEIGHT : LEAST_CELL_HEIGHT;
    double height = fmin(fmax(0.64 * square, least), 40);
    if (square < widest + 1 && square >= CN_SIZE_SMALL + 2 && widest < 50) height = fmax(height, widest + 4);
    return data->rows > MANY_CLASSES ? fmin(height, fmax(tall, square)) : height;
}

static double precision_height(const heat *own) { return own->upright_precision ? 34 : SMALL_LINE + 4; }

static cn_status place(cn__stage *stage, cn__placed *placed)
{
    const cn__panel *panel = placed->panel;
    const cn__heat *data = &panel->heat;
    heat *own = cn__arena_alloc(&stage->arena, sizeof *own);
    if (!own) return CN_ERROR_MEMORY;
    placed->own = own;
    find_limits(data, own);
    own->names_width = fmin(widest_name(stage, data->row_names, data->rows), 0.3 * placed->width);
    double widest = widest_cell(stage, panel);
    if (!is_confusion(placed)) fit_scale(stage, own);
    fit_cells(stage, placed, own, false);
    double least = data->rows > MANY_CLASSES ? 8 : widest + 5;
    if (is_confusion(placed) && own->cell_width < least) fit_cells(stage, placed, own, true);
    own->cell_height = cell_height(placed, own, widest);
    fit_names(stage, placed, own);
    bool x_title = panel->x.title && *panel->x.title;

    placed->plot_x = placed->x + left_room(stage, placed, own);
    placed->plot_y = placed->y + cn__head_height(placed) + (x_title || own->stacked ? AXIS_LINE + 4 : 0) +
                     own->names_height;
    placed->plot_width = own->cell_width * (double)data->columns;
    placed->plot_height = own->cell_height * (double)data->rows;
    double foot = 4;
    if (is_confusion(placed) && data->precision)
        foot += precision_height(own) + 2 + (own->stacked ? SMALL_LINE : 0);
    placed->height = placed->plot_y + placed->plot_height + foot - placed->y;
    return CN_OK;
}

/* ---- cells ---------------------------------------------------------------------------------------------- */

typedef struct tone {
    cn__colour colour; /* none: blank */
    double alpha;
} tone;

static tone confusion_tone(const heat *own, double value, bool diagonal)
{
    double highest = diagonal ? own->high : own->high_error;
    if (value == 0 || !(highest > 0)) return (tone){CN_COLOUR_NONE, 0};
    return (tone){diagonal ? CN_COLOUR_TRAINING : CN_COLOUR_VALIDATION,
                  0.1 + (STRONGEST - 0.1) * value / highest};
}

/* Values of both signs have two hues that meet at zero. */
static tone plain_tone(const cn__heat *data, const heat *own, double value)
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
    const heat *own = placed->own;
    double value = value_at(&placed->panel->heat, row, column);
    if (isnan(value)) return (tone){CN_COLOUR_NONE, 0};
    return is_confusion(placed) ? confusion_tone(own, value, row == column)
                                : plain_tone(&placed->panel->heat, own, value);
}

static void draw_cell(const cn__placed *placed, size_t row, size_t column, cn__canvas *canvas)
{
    const heat *own = placed->own;
    tone t = tone_at(placed, row, column);
    double x = placed->plot_x + own->cell_width * (double)column,
           y = placed->plot_y + own->cell_height * (double)row;
    double gap = own->cell_width > 8 && own->cell_height > 8 ? 1 : 0;
    if (t.colour == CN_COLOUR_NONE) t = (tone){CN_COLOUR_GRID, 0.4};
    canvas->ops->rect(canvas, x + gap / 2, y + gap / 2, own->cell_width - gap, own->cell_height - gap,
                      &(cn__pen){.fill = t.colour, .fill_alpha = t.alpha});
}

static void draw_cell_text(cn__stage *stage, const cn__placed *placed, size_t row, size_t column,
                           cn__canvas *canvas)
{
    const heat *own = placed->own;
    double value = value_at(&placed->panel->heat, row, column);
    char text[64];
    if (isnan(value) || tone_at(placed, row, column).colour == CN_COLOUR_NONE) return;
    double extent = small_extent(stage, cell_text(placed->panel, value, text, sizeof text));
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
static void draw_as_image(cn__stage *stage, const cn__placed *placed, cn__canvas *canvas)
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

static void draw_cells(cn__stage *stage, const cn__placed *placed, cn__canvas *canvas)
{
    const cn__heat *data = &placed->panel->heat;
    if (data->rows * data->columns > MOST_RECTS) {
        draw_as_image(stage, placed, canvas);
        return;
    }
    for (size_t r = 0; r < data->rows; r++)
        for (size_t c = 0; c < data->columns; c++) {
            draw_cell(placed, r, c, canvas);
            if (data->annotated || is_confusion(placed)) draw_cell_text(stage, placed, r, c, canvas);
        }
}

/* ---- names, margins, scale ------------------------------------------------------------------------------ */

static void draw_row_names(cn__stage *stage, const cn__placed *placed, cn__canvas *canvas)
{
    const cn__heat *data = &placed->panel->heat;
    const heat *own = placed->own;
    const cn__lettering name = {.size = CN_SIZE_SMALL, .colour = CN_COLOUR_INK, .anchor = CN_ANCHOR_END};
    for (size_t r = 0; data->row_names && r < data->rows; r += own->every_row)
        canvas->ops->text(
            canvas, placed->plot_x - NAME_GAP,
            placed->plot_y + own->cell_height * ((double)r + 0.5) + CN_BASE_LINE * CN_SIZE_SMALL,
            cn__shown(stage, data->row_names[r], CN_SIZE_SMALL, false, own->names_width + 0.5), &name);
}

static void draw_column_names(cn__stage *stage, const cn__placed *placed, cn__canvas *canvas)
{
    const cn__heat *data = &placed->panel->heat;
    const heat *own = placed->own;
    cn__lettering name = {.size = CN_SIZE_SMALL, .colour = CN_COLOUR_INK, .upright = own->upright};
    name.anchor = own->upright ? CN_ANCHOR_START : CN_ANCHOR_MIDDLE;
    double shift = own->upright ? CN_BASE_LINE * CN_SIZE_SMALL : 0;
    for (size_t c = 0; data->column_names && c < data->columns; c += own->every_column)
        canvas->ops->text(canvas, placed->plot_x + own->cell_width * ((double)c + 0.5) + shift,
                          placed->plot_y - 5,
                          cn__shown(stage, data->column_names[c], CN_SIZE_SMALL, false, 110.5), &name);
}

/* The heading of both margins in one column: "Support / Recall"; NULL without, or when out of memory. */
static const char *stacked_heading(cn__stage *stage, const cn__placed *placed)
{
    const cn__heat *data = &placed->panel->heat;
    const heat *own = placed->own;
    if (!own->stacked || !(data->support || data->recall)) return NULL;
    const char *heading =
        cn__arena_format(&stage->arena, "%s%s%s", data->support ? data->support : "",
                         data->support && data->recall ? " / " : "", data->recall ? data->recall : "");
    if (!heading) stage->failed = true;
    return heading ? cn__shown(stage, heading, CN_SIZE_SMALL, false, 0.6 * placed->width) : NULL;
}

/* The title of the columns, and on its line the heading of stacked margins. */
static void draw_top_titles(cn__stage *stage, const cn__placed *placed, cn__canvas *canvas)
{
    const char *title = placed->panel->x.title, *heading = stacked_heading(stage, placed);
    double end = placed->plot_x + placed->plot_width + right_room(placed, placed->own),
           room = placed->plot_width;
    double y = placed->plot_y - ((const heat *)placed->own)->names_height - 6;
    if (heading) {
        room = end - small_extent(stage, heading) - 12 - placed->plot_x;
        canvas->ops->text(
            canvas, end, y, heading,
            &(cn__lettering){.size = CN_SIZE_SMALL, .colour = CN_COLOUR_MUTED, .anchor = CN_ANCHOR_END});
    }
    if (title && *title)
        canvas->ops->text(canvas, placed->plot_x, y, cn__shown(stage, title, CN_SIZE_AXIS, false, room),
                          &(cn__lettering){.size = CN_SIZE_AXIS, .colour = CN_COLOUR_MUTED});
}

static void draw_side_title(cn__stage *stage, const cn__placed *placed, cn__canvas *canvas)
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
    const heat *own = placed->own;
    const cn__lettering number = {.size = CN_SIZE_SMALL, .colour = CN_COLOUR_MUTED, .anchor = CN_ANCHOR_END};
    double cells_end = placed->plot_x + placed->plot_width,
           support_end = cells_end + MARGIN_GAP + own->support_width;
    double recall_end = (own->support_width > 0 ? support_end : cells_end) + MARGIN_GAP + own->recall_width;
    if (own->stacked) support_end = recall_end = cells_end + right_room(placed, own);
    bool both = own->stacked && own->support_width > 0 && own->recall_width > 0;
    size_t every = every_that_fits(both ? 2 * SMALL_LINE - 1 : CN_SIZE_SMALL + 2, own->cell_height);
    for (size_t r = 0; r < data->rows; r += every) {
        char text[64];
        double sum = row_sum(data, r);
        double y = placed->plot_y + own->cell_height * ((double)r + 0.5) + CN_BASE_LINE * CN_SIZE_SMALL;
        double shift = both ? SMALL_LINE / 2 - 0.5 : 0;
        if (own->support_width > 0)
            canvas->ops->text(canvas, support_end, y - shift, cn__number_text(sum, 0, text, sizeof text),
                              &number);
        if (own->recall_width > 0)
            canvas->ops->text(canvas, recall_end, y + shift,
                              ratio_text(value_at(data, r, r), sum, text, sizeof text), &number);
    }
    if (own->stacked) return;
    if (own->support_width > 0)
        canvas->ops->text(canvas, support_end, placed->plot_y - 5, data->support, &number);
    if (own->recall_width > 0)
        canvas->ops->text(canvas, recall_end, placed->plot_y - 5, data->recall, &number);
}

static void draw_precision(cn__stage *stage, const cn__placed *placed, cn__canvas *canvas)
{
    const cn__heat *data = &placed->panel->heat;
    const heat *own = placed->own;
    cn__lettering number = {.size = CN_SIZE_SMALL, .colour = CN_COLOUR_MUTED, .anchor = CN_ANCHOR_MIDDLE};
    double bottom = placed->plot_y + placed->plot_height, middle = bottom + 4 + precision_height(own) / 2;
    double shift = CN_BASE_LINE * CN_SIZE_SMALL;
    size_t every = every_that_fits(own->upright_precision ? CN_SIZE_SMALL + 2 : 0, own->cell_width);
    number.upright = own->upright_precision;
    for (size_t c = 0; c < data->columns; c += every) {
        char text[64];
        double x = placed->plot_x + own->cell_width * ((double)c + 0.5);
        ratio_text(value_at(data, c, c), column_sum(data, c), text, sizeof text);
        canvas->ops->text(canvas, number.upright ? x + shift : x, number.upright ? middle : middle + shift,
                          text, &number);
    }
    number.upright = false;
    number.anchor = own->stacked ? CN_ANCHOR_START : CN_ANCHOR_END;
    canvas->ops->text(canvas, own->stacked ? placed->plot_x : placed->plot_x - NAME_GAP,
                      own->stacked ? bottom + 4 + precision_height(own) + CN_SIZE_SMALL : middle + shift,
                      own->stacked
                          ? cn__shown(stage, data->precision, CN_SIZE_SMALL, false, placed->plot_width)
                          : data->precision,
                      &number);
}

/* The scale of a plain map: a bar with its round numbers. */
static void draw_scale(const cn__placed *placed, cn__canvas *canvas)
{
    const heat *own = placed->own;
    double x = placed->plot_x + placed->plot_width + BAR_GAP, height = fmin(placed->plot_height, 200),
           y = placed->plot_y;
    enum { STEPS = 40 };
    if (!(own->high > own->low)) return;
    for (int i = 0; i < STEPS; i++) {
        double value = own->high - (own->high - own->low) * (i + 0.5) / STEPS;
        tone t = plain_tone(&placed->panel->heat, own, value);
        canvas->ops->rect(canvas, x, y + height * i / STEPS, BAR_WIDTH, height / STEPS,
                          &(cn__pen){.fill = t.colour, .fill_alpha = t.alpha});
    }
    const cn__scale scale = {.low = own->low, .high = own->high, .from = y + height, .to = y};
    size_t every = height > 80 ? 1 : 2;
    for (size_t i = 0; i < own->scale.count; i += every)
        canvas->ops->text(canvas, x + BAR_WIDTH + BAR_LABEL_GAP,
                          cn__scale_at(&scale, own->scale.at[i]) + CN_BASE_LINE * CN_SIZE_SMALL,
                          own->scale.text[i],
                          &(cn__lettering){.size = CN_SIZE_SMALL, .colour = CN_COLOUR_MUTED});
}

static void draw(cn__stage *stage, const cn__placed *placed, cn__canvas *canvas)
{
    cn__title_draw(stage, placed, canvas);
    draw_top_titles(stage, placed, canvas);
    draw_side_title(stage, placed, canvas);
    draw_cells(stage, placed, canvas);
    draw_row_names(stage, placed, canvas);
    draw_column_names(stage, placed, canvas);
    if (!is_confusion(placed)) {
        draw_scale(placed, canvas);
        return;
    }
    draw_row_margins(placed, canvas);
    if (placed->panel->heat.precision) draw_precision(stage, placed, canvas);
}

/* ---- hover ---------------------------------------------------------------------------------------------- */

static json_t *edges(double from, double step, size_t n)
{
    json_t *list = json_array();
    for (size_t i = 0; i <= n; i++) json_array_append_new(list, cn__json_pixel(from + step * (double)i));
    return list;
}

static json_t *name_list(const char *const *names, size_t n)
{
    if (!names) return json_null();
    json_t *list = json_array();
    for (size_t i = 0; i < n; i++) json_array_append_new(list, cn__json_text(names[i]));
    return list;
}

static cn_status hover(cn__stage *stage, const cn__placed *placed, json_t *object)
{
    (void)stage;
    const cn__heat *data = &placed->panel->heat;
    const heat *own = placed->own;
    bool few = data->rows * data->columns <= MOST_RECTS;
    json_t *rows = json_array();
    for (size_t r = 0; few && r < data->rows; r++) {
        json_t *row = json_array();
        for (size_t c = 0; c < data->columns; c++)
            json_array_append_new(row, cn__json_number(value_at(data, r, c)));
        json_array_append_new(rows, row);
    }
    json_object_set_new(object, "rows", name_list(data->row_names, data->rows));
    json_object_set_new(object, "columns", name_list(data->column_names, data->columns));
    json_object_set_new(object, "x", edges(placed->plot_x, own->cell_width, few ? data->columns : 0));
    json_object_set_new(object, "y", edges(placed->plot_y, own->cell_height, few ? data->rows : 0));
    return json_object_set_new(object, "values", rows) == 0 ? CN_OK : cn__fail_memory(0, "JSON");
}

const cn__panel_ops cn__panel_heat = {
    .word = "heat", .least_width = 330, .check = check, .place = place, .draw = draw, .hover = hover};
