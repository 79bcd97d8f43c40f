/* Positions and values for a page's script, from the same layout that the SVG has. */
#include <math.h>

#include "base/text/text.h"
#include "figure/draw.h"

static json_t *series_list(cn__fig_stage *stage)
{
    json_t *list = json_array();
    for (size_t i = 0; i < stage->entry_count; i++)
        cn__hover_append(stage, list,
                         json_pack("{s:i, s:o, s:s}", "id", (int)i, "name",
                                   cn__json_text(stage->entries[i].name), "colour",
                                   cn__colour_name(stage->entries[i].style.colour)));
    return list;
}

static json_t *panel_object(cn__fig_stage *stage, const cn__placed *placed)
{
    const cn__panel *panel = placed->panel;
    const cn__panel_ops *ops = cn__panel_ops_of(panel);
    json_t *object = json_pack("{s:s, s:o, s:o, s:o, s:i, s:[o, o, o, o]}", "kind", ops->word, "title",
                               cn__json_text(panel->title), "x_title", cn__json_text(panel->x.title),
                               "y_title", cn__json_text(panel->y.title), "decimals", cn__decimals(panel),
                               "plot", cn__json_pixel(placed->plot_x), cn__json_pixel(placed->plot_y),
                               cn__json_pixel(placed->plot_width), cn__json_pixel(placed->plot_height));
    if (object) ops->hover(stage, placed, object);
    return object;
}

cn_status cn__figure_hover(const cn__figure *figure, double width, json_t **out)
{
    cn__fig_stage stage;
    *out = NULL;
    cn_status status = cn__stage_begin(&stage, figure, width, 0);
    if (status == CN_OK) {
        json_t *panels = json_array();
        for (size_t i = 0; i < figure->panel_count; i++)
            cn__hover_append(&stage, panels, panel_object(&stage, &stage.placed[i]));
        *out = json_pack("{s:o, s:o, s:o, s:o}", "width", cn__json_pixel(stage.width), "height",
                         cn__json_pixel(stage.height), "series", series_list(&stage), "panels", panels);
        if (!*out || stage.failed) status = cn__fail_memory(stage.arena.used, "a figure's values");
    }
    if (status != CN_OK) {
        json_decref(*out);
        *out = NULL;
    }
    cn__stage_end(&stage);
    return status;
}
