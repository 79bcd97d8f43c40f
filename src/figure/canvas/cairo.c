/* The same shapes with cairo, in the light colours */
#include <math.h>
#include <stdatomic.h>

#include "base/text/text.h"
#include "figure/canvas/canvas.h"
#include "figure/figure.h"

static cairo_t *context(cn__canvas *canvas) { return ((cn__cairo_canvas *)(void *)canvas)->cr; }

static void set_colour(cairo_t *cr, cn__colour colour, double alpha)
{
    double rgb[3];
    cn__colour_rgb(colour, rgb);
    if (alpha > 0) cairo_set_source_rgba(cr, rgb[0], rgb[1], rgb[2], alpha);
    else cairo_set_source_rgb(cr, rgb[0], rgb[1], rgb[2]);
}

/* Paints the path that is there, and forgets it. */
static void paint(cairo_t *cr, const cn__pen *pen)
{
    if (pen->fill) {
        set_colour(cr, pen->fill, pen->fill_alpha);
        cairo_fill_preserve(cr);
    }
    if (pen->stroke) {
        double lengths[4];
        size_t n = cn__dash_lengths(pen->dash, pen->width, lengths);
        cairo_set_dash(cr, lengths, (int)n, 0);
        cairo_set_line_cap(cr, n && pen->dash != CN_DASH_LONG ? CAIRO_LINE_CAP_ROUND : CAIRO_LINE_CAP_BUTT);
        cairo_set_line_join(cr, CAIRO_LINE_JOIN_ROUND);
        cairo_set_line_width(cr, pen->width);
        set_colour(cr, pen->stroke, pen->stroke_alpha);
        cairo_stroke_preserve(cr);
    }
    cairo_new_path(cr);
}

static void polygon(cn__canvas *canvas, const cn__point *points, size_t n, bool closed, const cn__pen *pen)
{
    cairo_t *cr = context(canvas);
    for (size_t i = 0; i < n; i++) cairo_line_to(cr, points[i].x, points[i].y);
    if (closed) cairo_close_path(cr);
    paint(cr, pen);
}

static void rect(cn__canvas *canvas, double x, double y, double width, double height, const cn__pen *pen)
{
    cairo_rectangle(context(canvas), x, y, width, height);
    paint(context(canvas), pen);
}

static void circle(cn__canvas *canvas, double x, double y, double radius, const cn__pen *pen)
{
    cairo_new_sub_path(context(canvas));
    cairo_arc(context(canvas), x, y, radius, 0, 2 * G_PI);
    paint(context(canvas), pen);
}

static void dots(cn__canvas *canvas, const cn__point *points, size_t n, double radius, cn__colour colour,
                 double alpha)
{
    cairo_t *cr = context(canvas);
    for (size_t i = 0; i < n; i++) {
        cairo_move_to(cr, points[i].x, points[i].y);
        cairo_close_path(cr);
    }
    cairo_set_dash(cr, NULL, 0, 0);
    cairo_set_line_cap(cr, CAIRO_LINE_CAP_ROUND);
    cairo_set_line_width(cr, 2 * radius);
    set_colour(cr, colour, alpha);
    cairo_stroke(cr);
}

static atomic_bool lacks_font;

bool cn__figure_lacks_font(void) { return atomic_load(&lacks_font); }

static void check_fonts(const PangoLayoutLine *line)
{
    for (const GSList *run = line->runs; run; run = run->next) {
        const PangoGlyphItem *glyphs = run->data;
        PangoCairoFont *font = (PangoCairoFont *)glyphs->item->analysis.font;
        cairo_scaled_font_t *scaled = font ? pango_cairo_font_get_scaled_font(font) : NULL;
        if (!scaled || cairo_scaled_font_status(scaled) != CAIRO_STATUS_SUCCESS)
            atomic_store(&lacks_font, true);
    }
}

static void text(cn__canvas *canvas, double x, double y, const char *string, const cn__lettering *lettering)
{
    cairo_t *cr = context(canvas);
    if (!*string) return;
    PangoLayout *layout = cn__ruler_layout(((cn__cairo_canvas *)(void *)canvas)->ruler, string,
                                           lettering->size, lettering->bold);
    PangoLayoutLine *line = pango_layout_get_line_readonly(layout, 0);
    int width, height;
    pango_layout_get_size(layout, &width, &height);
    static const double shares[] = {0, 0.5, 1};
    cairo_save(cr);
    cairo_translate(cr, x, y);
    if (lettering->upright) cairo_rotate(cr, -G_PI / 2);
    cairo_move_to(cr, -shares[lettering->anchor] * width / PANGO_SCALE, 0);
    if (lettering->halo) {
        pango_cairo_layout_line_path(cr, line);
        paint(cr, &(cn__pen){.stroke = CN_COLOUR_PAPER, .width = 3});
        cairo_move_to(cr, -shares[lettering->anchor] * width / PANGO_SCALE, 0);
    }
    set_colour(cr, lettering->colour, 0);
    pango_cairo_show_layout_line(cr, line);
    check_fonts(line);
    cairo_new_path(cr);
    cairo_restore(cr);
}

static cairo_surface_t *surface_of(const cn__pixels *pixels)
{
    cairo_format_t format = pixels->opaque ? CAIRO_FORMAT_RGB24 : CAIRO_FORMAT_ARGB32;
    return cairo_image_surface_create_for_data((unsigned char *)pixels->argb, format, (int)pixels->width,
                                               (int)pixels->height, (int)(4 * pixels->width));
}

/* Every image pixel becomes a square, never a blur. */
static void image(cn__canvas *canvas, double x, double y, double width, double height,
                  const cn__pixels *pixels)
{
    cairo_t *cr = context(canvas);
    cairo_surface_t *surface = surface_of(pixels);
    cairo_save(cr);
    cairo_translate(cr, x, y);
    cairo_scale(cr, width / (double)pixels->width, height / (double)pixels->height);
    cairo_set_source_surface(cr, surface, 0, 0);
    cairo_pattern_set_filter(cairo_get_source(cr), CAIRO_FILTER_NEAREST);
    cairo_rectangle(cr, 0, 0, (double)pixels->width, (double)pixels->height);
    cairo_fill(cr);
    cairo_restore(cr);
    cairo_surface_destroy(surface);
}

static void open_group(cn__canvas *canvas, const cn__group *group) { (void)canvas, (void)group; }

static void close_group(cn__canvas *canvas) { (void)canvas; }

static const cn__canvas_ops ops = {
    .polygon = polygon,
    .rect = rect,
    .circle = circle,
    .dots = dots,
    .text = text,
    .image = image,
    .open = open_group,
    .close = close_group,
};

cn__cairo_canvas cn__cairo_canvas_on(cairo_t *cr, cn__ruler *ruler)
{
    return (cn__cairo_canvas){.canvas = {&ops}, .cr = cr, .ruler = ruler};
}

size_t cn__dash_lengths(cn__dash dash, double width, double lengths[4])
{
    static const double tables[][4] = {{0}, {3.5, 2}, {0.05, 2}, {3.5, 2, 0.05, 2}};
    static const size_t counts[] = {0, 2, 2, 4};
    for (size_t i = 0; i < counts[dash]; i++) lengths[i] = tables[dash][i] * width;
    return counts[dash];
}

/* ---- images in text ---------------------------------------------------------------------------------------------- */

void cn__add_base64(cn__text *out, const void *bytes, size_t size)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const unsigned char *p = bytes;
    for (size_t i = 0; i < size; i += 3) {
        unsigned group = (unsigned)p[i] << 16 | (i + 1 < size ? (unsigned)p[i + 1] << 8 : 0) |
                         (i + 2 < size ? p[i + 2] : 0u);
        char four[4];
        for (int j = 0; j < 4; j++) four[j] = digits[group >> (18 - 6 * j) & 63];
        if (i + 1 >= size) four[2] = '=';
        if (i + 2 >= size) four[3] = '=';
        cn__text_add_bytes(out, four, 4);
    }
}

cn_status cn__pixels_url(const cn__pixels *pixels, cn__text *out)
{
    cn__text png = {0};
    cn_status status = cn__pixels_png(pixels, &png);
    if (status == CN_OK) {
        cn__text_add(out, "data:image/png;base64,");
        cn__add_base64(out, png.data, png.size);
    }
    cn__text_free(&png);
    return status;
}
