/* Positions and values for a page's script, from the same layout that the SVG has. */
#include <math.h>

#include "base/text.h"
#include "figure/draw.h"

json_t *cn__json_text(const char *text)
{
    if (!text) return json_null();
    cn__text clean = {0};
    cn__add_clean(&clean, text);
    json_t *json = json_stringn(clean.data ? clean.data : "", clean.size);
    cn__text_free(&clean);
    return json;
}

json_t *cn__json_number(double value) { return isfinite(value) ? json_real(value) : json_null(); }

json_t *cn__json_pixel(double value)
{
    if (!isfinite(value)) return json_null();
    double rounded = round(value * 100) / 100;
    return rounded == floor(rounded) ? json_integer((json_int_t)rounded) : json_real(rounded);
}

static json_t *series_list(const cn__stage *stage)
{
    json_t *list = json_array();
    for (size_t i = 0; i < stage->entry_count; i++)
        json_array_append_new(list, json_pack("{s:i, s:o, s:s}", "id", (int)i, "name",
                                              cn__json_text(stage->entries[i].name), "colour",
                                              cn__colour_name(stage->entries[i].look.colour)));
    return list;
}

static cn_status add_panel(cn__stage *stage, const cn__placed *placed, json_t *panels)
{
    const cn__panel *panel = placed->panel;
    const cn__panel_ops *ops = cn__panel_ops_of(panel);
    json_t *object = json_pack("{s:s, s:o, s:o, s:o, s:i, s:[o, o, o, o]}", "kind", ops->word, "title",
                               cn__json_text(panel->title), "x_title", cn__json_text(panel->x.title),
                               "y_title", cn__json_text(panel->y.title), "decimals", cn__decimals(panel),
                               "plot", cn__json_pixel(placed->plot_x), cn__json_pixel(placed->plot_y),
                               cn__json_pixel(placed->plot_width), cn__json_pixel(placed->plot_height));
    if (json_array_append_new(panels, object) != 0) return cn__fail_memory(0, "JSON");
    return ops->hover(stage, placed, object);
}

cn_status cn__figure_hover(const cn__figure *figure, double width, json_t **out)
{
    cn__stage stage;
    *out = NULL;
    cn_status status = cn__stage_begin(&stage, figure, width, 0);
    json_t *panels = json_array();
    for (size_t i = 0; status == CN_OK && i < figure->panel_count; i++)
        status = add_panel(&stage, &stage.placed[i], panels);
    if (status == CN_OK) {
        *out = json_pack("{s:o, s:o, s:o, s:O}", "width", cn__json_pixel(stage.width), "height",
                         cn__json_pixel(stage.height), "series", series_list(&stage), "panels", panels);
        if (!*out) status = cn__fail_memory(0, "JSON");
    }
    json_decref(panels);
    cn__stage_end(&stage);
    return status;
}
