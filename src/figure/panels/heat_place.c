/* Sums of a confusion matrix, and where cells, names and margins stand. */
#include <math.h>

#include "figure/panels/heat.h"

enum {
    TITLE_ROOM = 21,
    WIDEST_CELL = 62,
    MANY_CLASSES = 20,
    LEAST_CELL_HEIGHT = 27,
    STACKED_CELL_HEIGHT = 33,
    MOST_HEIGHT = 420
};
#define SMALL_LINE (CN_SIZE_SMALL * CN_LINE_HEIGHT)
#define AXIS_LINE (CN_SIZE_AXIS * CN_LINE_HEIGHT)

bool cn__is_confusion(const cn__placed *placed) { return placed->panel->heat.form == CN_HEAT_CONFUSION; }

double cn__heat_value(const cn__heat *data, size_t row, size_t column)
{
    double value = data->values[row * data->columns + column];
    return cn__is_drawable(value) ? value : (double)NAN;
}

/* ---- sums of a confusion -------------------------------------------------------------------------------- */

double cn__heat_row_sum(const cn__heat *data, size_t row)
{
    double sum = 0;
    for (size_t c = 0; c < data->columns; c++)
        sum += isnan(cn__heat_value(data, row, c)) ? 0 : cn__heat_value(data, row, c);
    return sum;
}

double cn__heat_column_sum(const cn__heat *data, size_t column)
{
    double sum = 0;
    for (size_t r = 0; r < data->rows; r++)
        sum += isnan(cn__heat_value(data, r, column)) ? 0 : cn__heat_value(data, r, column);
    return sum;
}

const char *cn__heat_text(const cn__panel *panel, double value, char *out, size_t size)
{
    if (panel->heat.form == CN_HEAT_CONFUSION)
        return cn__number_text(value, value == floor(value) ? 0 : 2, out, size);
    return cn__panel_number(panel, value, out, size);
}

/* ---- place ---------------------------------------------------------------------------------------------- */

double cn__small_extent(cn__fig_stage *stage, const char *text)
{
    return cn__text_extent(stage->ruler, text, CN_SIZE_SMALL, false);
}

static double widest_name(cn__fig_stage *stage, const char *const *names, size_t n)
{
    double widest = 0;
    for (size_t i = 0; names && i < n; i++) widest = fmax(widest, cn__small_extent(stage, names[i]));
    return widest;
}

static double widest_cell(cn__fig_stage *stage, const cn__panel *panel)
{
    char text[64];
    double widest = 0;
    const cn__heat *data = &panel->heat;
    if (data->rows * data->columns > CN_HEAT_MOST_RECTS) return INFINITY;
    for (size_t r = 0; r < data->rows; r++)
        for (size_t c = 0; c < data->columns; c++)
            if (!isnan(cn__heat_value(data, r, c)))
                widest = fmax(widest, cn__small_extent(stage, cn__heat_text(panel, cn__heat_value(data, r, c),
                                                                            text, sizeof text)));
    return widest;
}

static double widest_support(cn__fig_stage *stage, const cn__heat *data)
{
    char text[64];
    double widest = 0;
    for (size_t r = 0; r < data->rows; r++)
        widest =
            fmax(widest,
                 cn__small_extent(stage, cn__number_text(cn__heat_row_sum(data, r), 0, text, sizeof text)));
    return widest;
}

static void find_limits(const cn__heat *data, cn__heat_grid *own)
{
    cn__extent all = CN_EXTENT_NONE, diagonal = CN_EXTENT_NONE, errors = CN_EXTENT_NONE;
    for (size_t r = 0; r < data->rows; r++)
        for (size_t c = 0; c < data->columns; c++) {
            cn__extent_add(&all, cn__heat_value(data, r, c));
            cn__extent_add(r == c ? &diagonal : &errors, cn__heat_value(data, r, c));
        }
    if (cn__extent_is_empty(&all)) all = (cn__extent){0, 1};
    bool confusion = data->form == CN_HEAT_CONFUSION;
    own->low = confusion ? 0 : all.low;
    own->high = confusion ? diagonal.high : all.high;
    own->high_error = errors.high;
}

/* Room to the left of the cells, and to the right, in the form that `own` has. */
static double left_space(cn__fig_stage *stage, const cn__placed *placed, const cn__heat_grid *own)
{
    const cn__panel *panel = placed->panel;
    double names = own->names_width;
    if (cn__is_confusion(placed) && panel->heat.precision && !own->stacked)
        names = fmax(names, cn__small_extent(stage, panel->heat.precision));
    return (panel->y.title && *panel->y.title ? TITLE_ROOM : 0) +
           (names > 0 ? ceil(names) + CN_HEAT_NAME_GAP : 0);
}

double cn__heat_right_space(const cn__placed *placed, const cn__heat_grid *own)
{
    if (!cn__is_confusion(placed)) return own->scale_space;
    if (own->stacked) return CN_HEAT_MARGIN_GAP / 2.0 + fmax(own->support_width, own->recall_width);
    return (own->support_width > 0 ? CN_HEAT_MARGIN_GAP + own->support_width : 0) +
           (own->recall_width > 0 ? CN_HEAT_MARGIN_GAP + own->recall_width : 0);
}

/* The numbers beside the bar of colours. */
static void fit_scale(cn__fig_stage *stage, cn__heat_grid *own)
{
    double widest = 0;
    if (!(own->high > own->low)) return;
    cn__ticks_within(own->low, own->high, 5, false, &own->scale);
    for (size_t i = 0; i < own->scale.count; i++)
        widest = fmax(widest, cn__small_extent(stage, own->scale.text[i]));
    own->scale_space = CN_HEAT_BAR_GAP + CN_HEAT_BAR_WIDTH + CN_HEAT_BAR_LABEL_GAP + ceil(widest);
}

static void fit_cells(cn__fig_stage *stage, const cn__placed *placed, cn__heat_grid *own, bool stacked)
{
    const cn__heat *data = &placed->panel->heat;
    bool confusion = cn__is_confusion(placed);
    own->stacked = stacked;
    own->support_width = confusion && data->support ? widest_support(stage, data) : 0;
    own->recall_width = confusion && data->recall ? cn__small_extent(stage, "0.00") : 0;
    if (!stacked && own->support_width > 0)
        own->support_width = fmax(own->support_width, cn__small_extent(stage, data->support));
    if (!stacked && own->recall_width > 0)
        own->recall_width = fmax(own->recall_width, cn__small_extent(stage, data->recall));
    double space = placed->width - left_space(stage, placed, own) - cn__heat_right_space(placed, own) - 1;
    own->cell_width = space / (double)data->columns;
    if (confusion || data->annotated) own->cell_width = fmin(own->cell_width, WIDEST_CELL);
}

size_t cn__every_that_fits(double needed, double cell)
{
    size_t every = 1;
    while ((double)every * cell < needed) every++;
    return every;
}

static void fit_names(cn__fig_stage *stage, const cn__placed *placed, cn__heat_grid *own)
{
    const cn__heat *data = &placed->panel->heat;
    double widest = widest_name(stage, data->column_names, data->columns);
    own->upright = widest + 5 > own->cell_width;
    own->upright_precision = cn__small_extent(stage, "0.00") + 3 > own->cell_width;
    own->names_height = widest <= 0 ? 0 : own->upright ? fmin(widest, 110) + 6 : SMALL_LINE + 3;
    bool headings = own->support_width > 0 || own->recall_width > 0;
    if (headings && !own->stacked) own->names_height = fmax(own->names_height, SMALL_LINE + 3);
    own->every_column = own->upright ? cn__every_that_fits(CN_SIZE_SMALL + 2, own->cell_width) : 1;
    own->every_row = cn__every_that_fits(CN_SIZE_SMALL + 2, own->cell_height);
}

/* Of their height, as the page asks. */
#define LEAST_SHARE 0.8
#define MOST_SHARE 1.25

/* Cells too narrow for their text are made high enough to hold it upright. */
static double cell_height(const cn__placed *placed, const cn__heat_grid *own, double widest)
{
    const cn__heat *data = &placed->panel->heat;
    double square = own->cell_width, tall = MOST_HEIGHT / (double)data->rows;
    if (!cn__is_confusion(placed) && !data->annotated) return fmin(square, tall);
    double least = own->stacked ? STACKED_CELL_HEIGHT : LEAST_CELL_HEIGHT;
    double height =
        fmin(fmax(0.64 * square, least), 40) * fmax(LEAST_SHARE, fmin(placed->stretch, MOST_SHARE));
    if (square < widest + 1 && square >= CN_SIZE_SMALL + 2 && widest < 50) height = fmax(height, widest + 4);
    return data->rows > MANY_CLASSES ? fmin(height, fmax(tall, square)) : height;
}

double cn__heat_precision_height(const cn__heat_grid *own)
{
    return own->upright_precision ? 34 : SMALL_LINE + 4;
}

cn_status cn__heat_place(cn__fig_stage *stage, cn__placed *placed)
{
    const cn__panel *panel = placed->panel;
    const cn__heat *data = &panel->heat;
    cn__heat_grid *own = cn__arena_alloc(&stage->arena, sizeof *own);
    if (!own) return CN_ERROR_MEMORY;
    placed->own = own;
    find_limits(data, own);
    own->names_width = fmin(widest_name(stage, data->row_names, data->rows), 0.3 * placed->width);
    double widest = widest_cell(stage, panel);
    if (!cn__is_confusion(placed)) fit_scale(stage, own);
    fit_cells(stage, placed, own, false);
    double least = data->rows > MANY_CLASSES ? 8 : widest + 5;
    if (cn__is_confusion(placed) && own->cell_width < least) fit_cells(stage, placed, own, true);
    own->cell_height = cell_height(placed, own, widest);
    fit_names(stage, placed, own);
    bool x_title = panel->x.title && *panel->x.title;

    placed->plot_x = placed->x + left_space(stage, placed, own);
    placed->plot_y = placed->y + cn__head_height(placed) + (x_title || own->stacked ? AXIS_LINE + 4 : 0) +
                     own->names_height;
    placed->plot_width = own->cell_width * (double)data->columns;
    placed->plot_height = own->cell_height * (double)data->rows;
    double foot = 4;
    if (cn__is_confusion(placed) && data->precision)
        foot += cn__heat_precision_height(own) + 2 + (own->stacked ? SMALL_LINE : 0);
    placed->height = placed->plot_y + placed->plot_height + foot - placed->y;
    return CN_OK;
}
