/* The drawing of a network as SVG. */
#include "base/text/escape.h"
#include "formats/drawing.h"
#include "model/model.h"

static void add_line_of_text(cn__text *out, double x, double y, const char *class_name, const char *text)
{
    cn__text clean = {0};
    cn__tag_escape(&clean, text);
    cn__text_printf(out, "<text x=\"%.1f\" y=\"%.1f\" class=\"%s\">", x, y, class_name);
    if (clean.data) cn__html_escape(out, clean.data);
    cn__text_add(out, "</text>\n");
    out->failed |= clean.failed;
    cn__text_free(&clean);
}

static void add_box(cn__text *out, const cn__drawing_box *b)
{
    cn__text_printf(out, "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%d\" rx=\"5\"/>\n",
                    b->x - b->width / 2, b->top, b->width, CN_DRAWING_BOX);
    add_line_of_text(out, b->x, b->top + 18, "n", b->title);
    add_line_of_text(out, b->x, b->top + 35, "s", b->detail);
}

static void add_line(cn__text *out, const cn__drawing_line *l)
{
    const double half = (l->y1 + l->y2) / 2;
    cn__text_printf(out, "<path d=\"M%.1f %.1fV%.1fC%.1f %.1f %.1f %.1f %.1f %.1f\"/>\n", l->x0, l->y0, l->y1,
                    l->x0, half, l->x1, half, l->x1, l->y2);
    if (l->head)
        cn__text_printf(out, "<path class=\"h\" d=\"M%.1f %.1fl-4 -8h8z\"/>\n", l->x1,
                        l->y2 + CN_DRAWING_HEAD);
}

static char *write(const cn__drawing *d, const char *model, bool standalone)
{
    cn__text out = {0}, name = {0};
    cn__tag_escape(&name, model);
    cn__text_printf(&out,
                    "<svg%s class=\"network\" role=\"img\" width=\"%.0f\" height=\"%.0f\" "
                    "viewBox=\"%.1f 0 %.1f %.1f\">\n<title>",
                    standalone ? " xmlns=\"http://www.w3.org/2000/svg\"" : "", d->width, d->height, d->left,
                    d->width, d->height);
    if (name.data) cn__html_escape(&out, name.data);
    cn__text_add(
        &out,
        "</title>\n<style>.network rect{fill:#f4f6fa;stroke:#5b6b86}"
        ".network path{fill:none;stroke:#5b6b86;stroke-width:1.3}.network .h{fill:#5b6b86;stroke:none}"
        ".network text{text-anchor:middle;font-family:sans-serif;fill:#1c2330}"
        ".network .n{font-size:12px;font-weight:600}.network .s{font-size:11px;fill:#4a566b}</style>\n");
    for (size_t i = 0; i < d->line_count; i++) add_line(&out, &d->lines[i]);
    for (size_t i = 0; i < d->box_count; i++) add_box(&out, &d->boxes[i]);
    cn__text_add(&out, "</svg>\n");
    const bool failed = out.failed || name.failed;
    cn__text_free(&name);
    if (!failed) return out.data;
    cn__fail_memory(out.size, "a drawing");
    cn__text_free(&out);
    return NULL;
}

char *cn__model_drawing(cn_model *model, bool standalone)
{
    cn__arena arena = {0};
    cn__drawing drawing;
    char *text =
        cn__drawing_make(model, &arena, &drawing) == CN_OK ? write(&drawing, model->name, standalone) : NULL;
    cn__arena_free(&arena);
    return text;
}

char *cn_model_to_svg(cn_model *model) { return cn__model_drawing(model, true); }
