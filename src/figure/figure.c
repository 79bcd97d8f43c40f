/* The ways out of a figure: SVG text, PDF and PNG bytes, a place on a page, files. */
#include "figure/figure.h"

#include <errno.h>
#include <math.h>
#include <pthread.h>
#include <zlib.h>

#include "base/arena.h"
#include "base/files/checksum.h"
#include "base/files/file.h"
#include "base/text/text.h"
#include "figure/draw.h"

enum { MARGIN = 12 }; /* around the figures that are files of their own */

static const char *alternative(const cn__figure *figure)
{
    return figure->alt ? figure->alt : figure->title ? figure->title : "";
}

/* Lays a figure out inside a margin of a sheet that is `width` wide. */
static cn_status begin_on_sheet(cn__fig_stage *stage, const cn__figure *figure, double width, double margin)
{
    *stage = (cn__fig_stage){0};
    if (margin > 0 && !(width - 2 * margin >= CN_LEAST_WIDTH))
        return cn__fail(CN_ERROR_ARGUMENT, "a figure's width is %g pixels at least, not %g",
                        CN_LEAST_WIDTH + 2 * margin, width);
    return cn__stage_begin(stage, figure, width - 2 * margin, 0);
}

/* ---- SVG ------------------------------------------------------------------------------------------------ */

void cn__figure_style(cn__text *out)
{
    cn__palette_style(out);
    cn__text_add(out,
                 ".cn-figure{font-family:system-ui,-apple-system,\"Segoe UI\",\"Noto Sans\",\"DejaVu Sans\","
                 "sans-serif;font-variant-numeric:tabular-nums}\n"
                 ".cn-figure .off{display:none}.cn-figure .legend.off{display:inline;opacity:.35}\n");
}

static void svg_head(cn__text *out, const cn__figure *figure, double margin, const cn__fig_stage *stage)
{
    double width = stage->width + 2 * margin, height = stage->height + 2 * margin;
    cn__text_printf(out,
                    "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"cn-figure\" role=\"img\" viewBox=\"");
    const double numbers[] = {-margin, -margin, width, height};
    for (int i = 0; i < 4; i++) {
        if (i) cn__text_add(out, " ");
        cn__svg_number(out, numbers[i]);
    }
    cn__text_add(out, "\" width=\"");
    cn__svg_number(out, width);
    cn__text_add(out, "\" height=\"");
    cn__svg_number(out, height);
    cn__text_add(out, "\" font-family=\"sans-serif\" aria-label=\"");
    cn__svg_escape(out, alternative(figure));
    cn__text_add(out, "\">\n");
}

static void svg_paper(cn__svg_canvas *svg, const cn__fig_stage *stage)
{
    cn__text_add(svg->out, "<style>\n");
    cn__figure_style(svg->out);
    cn__text_add(svg->out, "</style>\n");
    svg->canvas.ops->rect(&svg->canvas, -MARGIN, -MARGIN, stage->width + 2 * MARGIN,
                          stage->height + 2 * MARGIN, &(cn__pen){.fill = CN_COLOUR_PAPER});
}

cn_status cn__figure_svg(const cn__figure *figure, double width, cn__svg_form form, cn__text *out)
{
    cn__fig_stage stage;
    double margin = form == CN_SVG_FILE ? MARGIN : 0;
    cn_status status = begin_on_sheet(&stage, figure, width, margin);
    if (status == CN_OK) {
        cn__svg_canvas svg = cn__svg_canvas_on(out, form == CN_SVG_FILE);
        if (form == CN_SVG_FILE) cn__text_add(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
        svg_head(out, figure, margin, &stage);
        if (form == CN_SVG_FILE) svg_paper(&svg, &stage);
        status = cn__stage_draw(&stage, &svg.canvas);
        cn__text_add(out, "</svg>\n");
        if (status == CN_OK && out->failed) status = cn__fail_memory(out->size, "SVG");
    }
    cn__stage_end(&stage);
    return status;
}

/* ---- cairo ---------------------------------------------------------------------------------------------- */

static cn_status check_cairo(cairo_status_t status, const char *what)
{
    if (status == CAIRO_STATUS_SUCCESS) return CN_OK;
    return cn__fail(status == CAIRO_STATUS_NO_MEMORY ? CN_ERROR_MEMORY : CN_ERROR_ARGUMENT, "%s: %s", what,
                    cairo_status_to_string(status));
}

/* cairo, pixman and FreeType leave out what they get no memory for, and do not always report it; errno, set to 0 before, tells. */
static cn_status check_memory(cn_status status, const char *what)
{
    return status == CN_OK && errno == ENOMEM ? cn__fail_memory(0, what) : status;
}

static cn_status draw_on(cn__fig_stage *stage, cairo_t *cr)
{
    cn__cairo_canvas canvas = cn__cairo_canvas_on(cr, stage->ruler);
    CN_TRY(cn__stage_draw(stage, &canvas.canvas));
    return check_cairo(cairo_status(cr), "drawing a figure");
}

/* White paper, then the figure inside its margin. */
static cn_status draw_sheet(cn__fig_stage *stage, cairo_t *cr)
{
    cairo_set_source_rgb(cr, 1, 1, 1);
    cairo_paint(cr);
    cairo_translate(cr, MARGIN, MARGIN);
    return draw_on(stage, cr);
}

/* The drawing lies in memory of our own, which becomes the PNG. */
static cn_status draw_pixels(cn__fig_stage *stage, double scale, cn__pixels *pixels)
{
    int stride = (int)(4 * pixels->width);
    cairo_surface_t *surface = cairo_image_surface_create_for_data(
        (unsigned char *)pixels->argb, CAIRO_FORMAT_RGB24, (int)pixels->width, (int)pixels->height, stride);
    cairo_t *cr = cairo_create(surface);
    cairo_scale(cr, scale, scale);
    cn_status status = draw_sheet(stage, cr);
    cairo_destroy(cr);
    cairo_surface_flush(surface);
    if (status == CN_OK) status = check_cairo(cairo_surface_status(surface), "a PNG");
    cairo_surface_destroy(surface);
    return status;
}

cn_status cn__figure_png(const cn__figure *figure, double width, double scale, cn__text *out)
{
    cn__fig_stage stage;
    if (!(scale >= 0.1 && scale <= 16))
        return cn__fail(CN_ERROR_ARGUMENT, "scale is %g; it must be 0.1 to 16", scale);
    errno = 0;
    cn_status status = begin_on_sheet(&stage, figure, width, MARGIN);
    if (status == CN_OK) {
        cn__pixels pixels = {.width = (size_t)ceil(width * scale),
                             .height = (size_t)ceil((stage.height + 2 * MARGIN) * scale),
                             .opaque = true};
        pixels.argb = cn__calloc(pixels.width * pixels.height, sizeof *pixels.argb);
        status = pixels.argb ? draw_pixels(&stage, scale, &pixels) : CN_ERROR_MEMORY;
        status = check_memory(status, "a PNG");
        if (status == CN_OK) status = cn__pixels_png(&pixels, out);
        cn__free(pixels.argb);
    }
    cn__stage_end(&stage);
    return status;
}

static cairo_status_t add_bytes(void *closure, const unsigned char *bytes, unsigned size)
{
    cn__text *out = closure;
    cn__text_add_bytes(out, bytes, size);
    return out->failed ? CAIRO_STATUS_NO_MEMORY : CAIRO_STATUS_SUCCESS;
}

/* A date in the file would make each run's bytes differ, so it is always the same one. */
static cn_status describe(cairo_surface_t *surface, const cn__figure *figure)
{
    cn__text title = {0};
    cn__add_clean(&title, figure->title ? figure->title : alternative(figure));
    cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_CREATE_DATE, "1970-01-01T00:00:00Z");
    cn_status status = title.failed ? cn__fail_memory(title.size, "a title") : CN_OK;
    if (title.data && status == CN_OK)
        cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_TITLE, title.data);
    cn__text_free(&title);
    return status;
}

cn_status cn__figure_pdf(const cn__figure *figure, double width, cn__text *out)
{
    cn__fig_stage stage;
    errno = 0;
    cn_status status = begin_on_sheet(&stage, figure, width, MARGIN);
    if (status == CN_OK) {
        double height = stage.height + 2 * MARGIN;
        cairo_surface_t *surface = cairo_pdf_surface_create_for_stream(
            add_bytes, out, width * CN_POINTS_PER_PIXEL, height * CN_POINTS_PER_PIXEL);
        cairo_t *cr = cairo_create(surface);
        cairo_scale(cr, CN_POINTS_PER_PIXEL, CN_POINTS_PER_PIXEL);
        status = describe(surface, figure);
        if (status == CN_OK) status = draw_sheet(&stage, cr);
        cairo_destroy(cr);
        cairo_surface_finish(surface);
        if (status == CN_OK) status = check_cairo(cairo_surface_status(surface), "PDF");
        cairo_surface_destroy(surface);
    }
    cn__stage_end(&stage);
    return check_memory(status, "a PDF");
}

cn_status cn__figure_draw(const cn__figure *figure, cairo_t *cr, double x, double y, double width,
                          double height)
{
    cn__fig_stage stage;
    double pixels = width / CN_POINTS_PER_PIXEL, wanted = height / CN_POINTS_PER_PIXEL;
    cn_status status = cn__stage_begin(&stage, figure, pixels, wanted);
    if (status == CN_OK) {
        double scale = wanted > 0 && stage.height > wanted ? wanted / stage.height : 1;
        cairo_save(cr);
        cairo_translate(cr, x + (1 - scale) * width / 2, y);
        cairo_scale(cr, CN_POINTS_PER_PIXEL * scale, CN_POINTS_PER_PIXEL * scale);
        status = draw_on(&stage, cr);
        cairo_restore(cr);
    }
    cn__stage_end(&stage);
    return status;
}

cn_status cn__figure_height(const cn__figure *figure, double width, double *height)
{
    cn__fig_stage stage;
    cn_status status = cn__stage_begin(&stage, figure, width, 0);
    *height = status == CN_OK ? stage.height : 0;
    cn__stage_end(&stage);
    return status;
}

cn_status cn__figure_page_height(const cn__figure *figure, double width, double *height)
{
    cn_status status = cn__figure_height(figure, width / CN_POINTS_PER_PIXEL, height);
    *height *= CN_POINTS_PER_PIXEL;
    return status;
}

cn_status cn__figure_page_range(const cn__figure *figure, double width, double *natural, double *least,
                                double *most)
{
    const bool wide = figure->panel_count == 1; /* it is tall already, and has more to give */
    const double flat = wide ? 0.6 : 0.82, tall = wide ? 1.2 : 1.35;
    cn__fig_stage stage;
    cn_status status = cn__stage_begin(&stage, figure, width / CN_POINTS_PER_PIXEL, 0);
    double own = stage.height, low = own, high = own;
    if (status == CN_OK) status = cn__stage_height(&stage, own * flat, &low);
    if (status == CN_OK) status = cn__stage_height(&stage, own * tall, &high);
    *natural = own * CN_POINTS_PER_PIXEL;
    *least = fmin(low, own) * CN_POINTS_PER_PIXEL;
    *most = fmax(high, own) * CN_POINTS_PER_PIXEL;
    cn__stage_end(&stage);
    return status;
}

/* A few letters as they are drawn now, as a number: fonts, their hints and how edges are smoothed. A font's file that
 * cannot be read is replaced by another one, and nothing fails. */
static uint64_t draw_sample(void)
{
    enum { WIDTH = 320, HEIGHT = 40 };
    cairo_surface_t *surface = cairo_image_surface_create(CAIRO_FORMAT_ARGB32, WIDTH, HEIGHT);
    cairo_t *cr = cairo_create(surface);
    PangoLayout *layout = pango_cairo_create_layout(cr);
    PangoFontDescription *font = pango_font_description_from_string("sans-serif 15");
    pango_layout_set_font_description(layout, font);
    pango_layout_set_markup(layout, "Agñ 0.8 % <b>Bx</b> ââ", -1);
    pango_cairo_show_layout(cr, layout);
    pango_font_description_free(font);
    g_object_unref(layout);
    cairo_destroy(cr);
    cairo_surface_flush(surface);
    const unsigned char *pixels = cairo_image_surface_get_data(surface);
    uint64_t sum =
        pixels ? cn__checksum(pixels, (size_t)cairo_image_surface_get_stride(surface) * HEIGHT, 0) : 0;
    cairo_surface_destroy(surface);
    return sum;
}

static uint64_t sample;
static void take_sample(void) { sample = draw_sample(); }

void cn__figure_drawn_by(char *out, size_t size)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    if (cn__cairo_load() != CN_OK) { /* nothing can be drawn */
        cn__format(out, size, "zlib %s", zlibVersion());
        return;
    }
    pthread_once(&once, take_sample);
    cn__format(out, size, "cairo %s, pango %s, zlib %s, letters %016llx", cairo_version_string(),
               pango_version_string(), zlibVersion(), (unsigned long long)sample);
}

/* ---- files ---------------------------------------------------------------------------------------------- */

static cn_status write_text(cn_status status, cn__text *text, const char *path)
{
    if (status == CN_OK && text->failed) status = cn__fail_memory(text->size, path);
    if (status == CN_OK) status = cn__file_write(path, text->data, text->size);
    cn__text_free(text);
    return status;
}

cn_status cn__figure_write_svg(const cn__figure *figure, double width, const char *path)
{
    cn__text text = {0};
    return write_text(cn__figure_svg(figure, width, CN_SVG_FILE, &text), &text, path);
}

cn_status cn__figure_write_pdf(const cn__figure *figure, double width, const char *path)
{
    cn__text text = {0};
    return write_text(cn__figure_pdf(figure, width, &text), &text, path);
}

cn_status cn__figure_write_png(const cn__figure *figure, double width, double scale, const char *path)
{
    cn__text text = {0};
    return write_text(cn__figure_png(figure, width, scale, &text), &text, path);
}
