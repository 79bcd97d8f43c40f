/* Values of the hover layer as JSON. */
#include <math.h>

#include "base/text/text.h"
#include "figure/draw.h"

json_t *cn__json_text(const char *text)
{
    if (!text) return json_null();
    cn__text clean = {0};
    cn__add_clean(&clean, text);
    json_t *json = clean.failed ? NULL : json_stringn(clean.data ? clean.data : "", clean.size);
    cn__text_free(&clean);
    return json;
}

json_t *cn__json_number(double value) { return isfinite(value) ? json_real(value) : json_null(); }

json_t *cn__json_pixel(double value)
{
    if (!isfinite(value)) return json_null();
    double rounded = round(value * 100) / 100;
    bool whole = rounded == floor(rounded) && fabs(rounded) < 1e15;
    return whole ? json_integer((json_int_t)rounded) : json_real(rounded);
}

void cn__hover_set(cn__fig_stage *stage, json_t *object, const char *key, json_t *value)
{
    if (json_object_set_new(object, key, value) != 0) stage->failed = true;
}

void cn__hover_append(cn__fig_stage *stage, json_t *array, json_t *value)
{
    if (json_array_append_new(array, value) != 0) stage->failed = true;
}

void cn__hover_cell(cn__fig_stage *stage, json_t *cells, double x, double y, double width, double height)
{
    cn__hover_append(stage, cells,
                     json_pack("[o, o, o, o]", cn__json_pixel(x), cn__json_pixel(y), cn__json_pixel(width),
                               cn__json_pixel(height)));
}
