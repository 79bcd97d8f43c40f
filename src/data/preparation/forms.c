/* What the cells of one input become. */
#include <math.h>

#include "base/dmath.h"
#include "data/preparation/preparation.h"

static double date_value(const cn__input *in, const cn__column *c, size_t row)
{
    cn__date date;
    if (c->kind != CN_COLUMN_CATEGORY || c->codes[row] == CN_TABLE_MISSING) return (double)NAN;
    bool read = cn__date_read(c->categories[c->codes[row]], in->day_first, &date);
    return read ? cn__date_value(&date, in->part) : (double)NAN;
}

static double ordinal_value(const cn__column *c, const uint32_t *places, size_t row)
{
    if (c->kind != CN_COLUMN_CATEGORY || c->codes[row] == CN_TABLE_MISSING) return (double)NAN;
    uint32_t place = places[c->codes[row]];
    return place == CN_TABLE_MISSING ? -1 : (double)place;
}

double cn__input_value(const cn__input *in, const cn__column *c, const uint32_t *places, size_t row)
{
    if (in->form == CN_FORM_DATE) return date_value(in, c, row);
    if (in->form == CN_FORM_ORDINAL) return ordinal_value(c, places, row);
    if (c->kind != CN_COLUMN_NUMBER) return (double)NAN;
    return cn__column_number(c, row);
}

double cn__input_prepared(const cn__input *in, double v)
{
    if (in->log) v = cn__log1p(v);
    return in->shift != 0 || in->scale != 1 ? (v - in->shift) / in->scale : v;
}

/* As Keras has it, in float32. */
size_t cn__input_bin(const cn__input *in, double value)
{
    const float v = (float)value;
    size_t bin = 0;
    while (bin + 1 < in->count && v >= (float)in->cuts[bin]) bin++;
    return bin;
}

const char *cn__input_label(cn__arena *arena, const cn__input *in)
{
    if (in->form != CN_FORM_DATE) return in->name;
    return cn__arena_format(arena, "%s.%s", in->name, cn__date_part_name(in->part));
}
