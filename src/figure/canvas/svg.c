/* SVG as text. A colour is a class, so that a page's style decides it; in a file that stands alone the
 * light set is also written plainly, for readers without CSS variables. */
#include <math.h>

#include "base/text/escape.h"
#include "figure/canvas/canvas.h"

void cn__svg_number(cn__text *out, double value)
{
    long long hundredths = isfinite(value) && fabs(value) < 1e12 ? llround(value * 100) : 0;
    bool negative = hundredths < 0;
    if (negative) hundredths = -hundredths;
    char digits[24],
        *p = digits + sizeof digits; /* from the last one on: a drawing has thousands of numbers */
    for (int i = 0; i < 2; i++, hundredths /= 10)
        if (hundredths % 10 || p < digits + sizeof digits) *--p = (char)('0' + hundredths % 10);
    if (p < digits + sizeof digits) *--p = '.';
    do *--p = (char)('0' + hundredths % 10);
    while (hundredths /= 10);
    if (negative) *--p = '-';
    cn__text_add_bytes(out, p, (size_t)(digits + sizeof digits - p));
}

void cn__svg_escape(cn__text *out, const char *text)
{
    cn__text clean = {0};
    cn__add_clean(&clean, text);
    if (clean.data) cn__html_escape(out, clean.data);
    if (clean.failed) out->failed = true;
    cn__text_free(&clean);
}

static cn__svg_canvas *own(cn__canvas *canvas) { return (cn__svg_canvas *)(void *)canvas; }

static void attribute(cn__text *out, const char *name, double value)
{
    cn__text_printf(out, " %s=\"", name);
    cn__svg_number(out, value);
    cn__text_add(out, "\"");
}

/* class="f-training s-axis" and, where asked for, the colours themselves. */
static void colours(cn__svg_canvas *svg, cn__colour fill, cn__colour stroke)
{
    cn__text *out = svg->out;
    if (fill || stroke) {
        cn__text_add(out, " class=\"");
        if (fill) cn__text_printf(out, "f-%s", cn__colour_name(fill));
        if (stroke) cn__text_printf(out, "%ss-%s", fill ? " " : "", cn__colour_name(stroke));
        cn__text_add(out, "\"");
    }
    if (!fill) cn__text_add(out, " fill=\"none\"");
    else if (svg->plain_colours) cn__text_printf(out, " fill=\"%s\"", cn__colour_hex(fill));
    if (stroke && svg->plain_colours) cn__text_printf(out, " stroke=\"%s\"", cn__colour_hex(stroke));
}

static void dash(cn__text *out, cn__dash kind, double width)
{
    double lengths[4];
    size_t n = cn__dash_lengths(kind, width, lengths);
    if (!n) return;
    cn__text_add(out, " stroke-dasharray=\"");
    for (size_t i = 0; i < n; i++) {
        if (i) cn__text_add(out, " ");
        cn__svg_number(out, lengths[i]);
    }
    cn__text_add(out, "\"");
    if (kind != CN_DASH_LONG) cn__text_add(out, " stroke-linecap=\"round\"");
}

static void pen_attributes(cn__svg_canvas *svg, const cn__pen *pen)
{
    cn__text *out = svg->out;
    colours(svg, pen->fill, pen->stroke);
    if (pen->fill && pen->fill_alpha > 0) attribute(out, "fill-opacity", pen->fill_alpha);
    if (!pen->stroke) return;
    if (pen->width != 1) attribute(out, "stroke-width", pen->width);
    if (pen->stroke_alpha > 0) attribute(out, "stroke-opacity", pen->stroke_alpha);
    dash(out, pen->dash, pen->width);
}

static void pair(cn__text *out, cn__point p)
{
    cn__svg_number(out, p.x);
    cn__text_add(out, " ");
    cn__svg_number(out, p.y);
}

static void polygon(cn__canvas *canvas, const cn__point *points, size_t n, bool closed, const cn__pen *pen)
{
    cn__svg_canvas *svg = own(canvas);
    if (!n) return;
    cn__text_add(svg->out, "<path d=\"M");
    for (size_t i = 0; i < n; i++) {
        if (i) cn__text_add(svg->out, "L");
        pair(svg->out, points[i]);
    }
    cn__text_add(svg->out, closed ? "Z\"" : "\"");
    pen_attributes(svg, pen);
    if (n > 2 && pen->stroke) cn__text_add(svg->out, " stroke-linejoin=\"round\"");
    cn__text_add(svg->out, "/>\n");
}

static void rect(cn__canvas *canvas, double x, double y, double width, double height, const cn__pen *pen)
{
    cn__svg_canvas *svg = own(canvas);
    cn__text_add(svg->out, "<rect");
    attribute(svg->out, "x", x);
    attribute(svg->out, "y", y);
    attribute(svg->out, "width", width);
    attribute(svg->out, "height", height);
    pen_attributes(svg, pen);
    cn__text_add(svg->out, "/>\n");
}

static void circle(cn__canvas *canvas, double x, double y, double radius, const cn__pen *pen)
{
    cn__svg_canvas *svg = own(canvas);
    cn__text_add(svg->out, "<circle");
    attribute(svg->out, "cx", x);
    attribute(svg->out, "cy", y);
    attribute(svg->out, "r", radius);
    pen_attributes(svg, pen);
    cn__text_add(svg->out, "/>\n");
}

/* One path for thousands of dots: strokes of no length with round ends. */
static void dots(cn__canvas *canvas, const cn__point *points, size_t n, double radius, cn__colour colour,
                 double alpha)
{
    cn__svg_canvas *svg = own(canvas);
    if (!n) return;
    cn__text_add(svg->out, "<path d=\"");
    for (size_t i = 0; i < n; i++) {
        cn__text_add(svg->out, "M");
        pair(svg->out, points[i]);
        cn__text_add(svg->out, "h0");
    }
    cn__text_add(svg->out, "\" stroke-linecap=\"round\"");
    pen_attributes(svg, &(cn__pen){.stroke = colour, .width = 2 * radius, .stroke_alpha = alpha});
    cn__text_add(svg->out, "/>\n");
}

static void text(cn__canvas *canvas, double x, double y, const char *string, const cn__lettering *lettering)
{
    static const char *const anchors[] = {"", " text-anchor=\"middle\"", " text-anchor=\"end\""};
    cn__svg_canvas *svg = own(canvas);
    cn__text *out = svg->out;
    if (!*string) return;
    cn__text_add(out, "<text");
    if (lettering->upright) {
        cn__text_add(out, " transform=\"translate(");
        pair(out, (cn__point){x, y});
        cn__text_add(out, ") rotate(-90)\"");
    } else {
        attribute(out, "x", x);
        attribute(out, "y", y);
    }
    attribute(out, "font-size", lettering->size);
    cn__text_add(out, anchors[lettering->anchor]);
    if (lettering->bold) cn__text_add(out, " font-weight=\"600\"");
    colours(svg, lettering->colour, lettering->halo ? CN_COLOUR_PAPER : CN_COLOUR_NONE);
    if (lettering->halo)
        cn__text_add(out, " stroke-width=\"3\" stroke-linejoin=\"round\" paint-order=\"stroke\"");
    cn__text_add(out, ">");
    cn__svg_escape(out, string);
    cn__text_add(out, "</text>\n");
}

static void image(cn__canvas *canvas, double x, double y, double width, double height,
                  const cn__pixels *pixels)
{
    cn__svg_canvas *svg = own(canvas);
    cn__text_add(svg->out, "<image");
    attribute(svg->out, "x", x);
    attribute(svg->out, "y", y);
    attribute(svg->out, "width", width);
    attribute(svg->out, "height", height);
    cn__text_add(svg->out, " preserveAspectRatio=\"none\" style=\"image-rendering:pixelated\" href=\"");
    if (cn__pixels_url(pixels, svg->out) != CN_OK) svg->out->failed = true;
    cn__text_add(svg->out, "\"/>\n");
}

static void open_group(cn__canvas *canvas, const cn__group *group)
{
    cn__svg_canvas *svg = own(canvas);
    cn__text_printf(svg->out, "<g class=\"%s\"", group->name);
    if (group->key) cn__text_printf(svg->out, " data-%s=\"%d\"", group->key, group->value);
    cn__text_add(svg->out, ">\n");
}

static void close_group(cn__canvas *canvas) { cn__text_add(own(canvas)->out, "</g>\n"); }

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

cn__svg_canvas cn__svg_canvas_on(cn__text *out, bool plain_colours)
{
    return (cn__svg_canvas){.canvas = {&ops}, .out = out, .plain_colours = plain_colours};
}
