/* Text is measured without hinting and without rounding to pixels, so that a width does not depend on
 * where the text will stand. A layout is tried several times with the same texts, so their widths are kept. */
#include <math.h>
#include <string.h>

#include "base/text/text.h"
#include "figure/canvas/canvas.h"

#define ELLIPSIS "\u2026"

typedef struct measured {
    const char *text; /* NULL: a free place */
    double size, width;
    bool bold;
} measured;

struct cn__ruler {
    PangoContext *context;
    PangoLayout *layout;
    cn__text clean; /* the text that the layout holds */
    double size;
    bool bold;
    measured
        *widths; /* found by hash, from there on to the next free place; half of them are free at least */
    size_t count, capacity;
    cn__arena arena; /* of their texts */
};

cn__ruler *cn__ruler_new(void)
{
    cn__ruler *ruler = cn__calloc(1, sizeof *ruler);
    if (!ruler) return NULL;
    cairo_font_options_t *options = cairo_font_options_create();
    cairo_font_options_set_hint_style(options, CAIRO_HINT_STYLE_NONE);
    cairo_font_options_set_hint_metrics(options, CAIRO_HINT_METRICS_OFF);
    cairo_font_options_set_antialias(options, CAIRO_ANTIALIAS_GRAY);
    ruler->context = pango_font_map_create_context(pango_cairo_font_map_get_default());
    pango_cairo_context_set_font_options(ruler->context, options);
    pango_cairo_context_set_resolution(ruler->context, 96);
    pango_context_set_round_glyph_positions(ruler->context, FALSE);
    pango_context_set_language(ruler->context, pango_language_from_string("en")); /* not the user's locale */
    cairo_font_options_destroy(options);
    ruler->layout = pango_layout_new(ruler->context);
    pango_layout_set_single_paragraph_mode(ruler->layout, TRUE);
    return ruler;
}

void cn__ruler_free(cn__ruler *ruler)
{
    if (!ruler) return;
    g_object_unref(ruler->layout);
    g_object_unref(ruler->context);
    cn__text_free(&ruler->clean);
    cn__arena_free(&ruler->arena);
    cn__free(ruler->widths);
    cn__free(ruler);
}

static void set_font(cn__ruler *ruler, double size, bool bold)
{
    if (size == ruler->size && bold == ruler->bold) return;
    PangoFontDescription *font = pango_font_description_new();
    pango_font_description_set_family(font, "sans-serif");
    pango_font_description_set_weight(font, bold ? PANGO_WEIGHT_SEMIBOLD : PANGO_WEIGHT_NORMAL);
    pango_font_description_set_absolute_size(font, size * PANGO_SCALE);
    pango_layout_set_font_description(ruler->layout, font);
    pango_font_description_free(font);
    ruler->size = size;
    ruler->bold = bold;
}

PangoLayout *cn__ruler_layout(cn__ruler *ruler, const char *text, double size, bool bold)
{
    set_font(ruler, size, bold);
    ruler->clean.size = 0;
    cn__text_add(&ruler->clean, "");
    cn__add_clean(&ruler->clean, text);
    pango_layout_set_text(ruler->layout, ruler->clean.data ? ruler->clean.data : "", -1);
    return ruler->layout;
}

/* ---- widths -------------------------------------------------------------------------------------------- */

/* The place of a text, or the free one that it would take. */
static measured *find(const cn__ruler *ruler, const char *text, double size, bool bold)
{
    size_t hash = 14695981039346656037u; /* FNV-1a */
    for (const char *p = text; *p; p++) hash = (hash ^ (unsigned char)*p) * 1099511628211u;
    for (size_t i = hash;; i++) {
        measured *m = &ruler->widths[i & (ruler->capacity - 1)];
        if (!m->text || (m->size == size && m->bold == bold && strcmp(m->text, text) == 0)) return m;
    }
}

static bool grow(cn__ruler *ruler)
{
    cn__ruler larger = *ruler;
    larger.capacity = ruler->capacity ? 2 * ruler->capacity : 64;
    larger.widths = cn__calloc(larger.capacity, sizeof *larger.widths);
    if (!larger.widths) return false;
    for (size_t i = 0; i < ruler->capacity; i++) {
        const measured *m = &ruler->widths[i];
        if (m->text) *find(&larger, m->text, m->size, m->bold) = *m;
    }
    cn__free(ruler->widths);
    ruler->widths = larger.widths;
    ruler->capacity = larger.capacity;
    return true;
}

static double measure(cn__ruler *ruler, const char *text, double size, bool bold)
{
    int width, height;
    pango_layout_get_size(cn__ruler_layout(ruler, text, size, bold), &width, &height);
    return (double)width / PANGO_SCALE;
}

/* A width that cannot be kept is measured again. */
double cn__text_extent(cn__ruler *ruler, const char *text, double size, bool bold)
{
    if (!text || !*text) return 0;
    if (2 * ruler->count >= ruler->capacity && !grow(ruler)) return measure(ruler, text, size, bold);
    measured *m = find(ruler, text, size, bold);
    if (m->text) return m->width;
    double width = measure(ruler, text, size, bold);
    const char *own = cn__arena_strdup(&ruler->arena, text);
    if (!own) return width;
    *m = (measured){own, size, width, bold};
    ruler->count++;
    return width;
}

/* ---- clean text --------------------------------------------------------------------------------------- */

/* Bytes of the character at `s`, 0 if it is none. */
static size_t character(const char *s, unsigned *code)
{
    const unsigned char *p = (const unsigned char *)s;
    size_t size = p[0] < 0x80 ? 1 : p[0] >> 5 == 6 ? 2 : p[0] >> 4 == 14 ? 3 : p[0] >> 3 == 30 ? 4 : 0;
    static const unsigned least[5] = {0, 0, 0x80, 0x800, 0x10000};
    if (!size) return 0;
    *code = size == 1 ? p[0] : p[0] & (0x7Fu >> size);
    for (size_t i = 1; i < size; i++) {
        if (p[i] >> 6 != 2) return 0;
        *code = *code << 6 | (p[i] & 0x3Fu);
    }
    bool surrogate = *code >= 0xD800 && *code <= 0xDFFF;
    return *code < least[size] || *code > 0x10FFFF || surrogate ? 0 : size;
}

void cn__add_clean(cn__text *out, const char *text)
{
    while (*text) {
        unsigned code;
        size_t size = character(text, &code);
        if (!size || code == 0xFFFE || code == 0xFFFF) cn__text_add(out, "\uFFFD");
        else if (code < 0x20 || (code >= 0x7F && code < 0xA0) || code == 0x2028 || code == 0x2029)
            cn__text_add(out, " ");
        else cn__text_add_bytes(out, text, size);
        text += size ? size : 1;
    }
}

/* ---- fitting ------------------------------------------------------------------------------------------ */

/* The first n characters of `text` and an ellipsis. */
static char *beginning(cn__arena *arena, const char *text, size_t bytes)
{
    while (bytes && text[bytes - 1] == ' ') bytes--;
    return cn__arena_format(arena, "%.*s" ELLIPSIS, (int)bytes, text);
}

/* Bytes before the character that ends at `bytes`. */
static size_t one_less(const char *text, size_t bytes)
{
    if (bytes) bytes--;
    while (bytes && ((unsigned char)text[bytes] >> 6) == 2) bytes--;
    return bytes;
}

const char *cn__text_fit(cn__ruler *ruler, cn__arena *arena, const char *text, double size, bool bold,
                         double width)
{
    if (!text || cn__text_extent(ruler, text, size, bold) <= width) return text;
    size_t low = 0, high = strlen(text); /* bytes that fit, bytes that do not */
    char *best = cn__arena_strdup(arena, ELLIPSIS);
    while (best && high > low) {
        size_t middle = low + (high - low + 1) / 2;
        while (middle < high && ((unsigned char)text[middle] >> 6) == 2) middle++;
        if (middle == high) middle = one_less(text, high);
        if (middle <= low) break;
        char *candidate = beginning(arena, text, middle);
        if (!candidate) return NULL;
        if (cn__text_extent(ruler, candidate, size, bold) <= width) best = candidate, low = middle;
        else high = middle;
    }
    return best;
}

/* The end of the longest run of whole words from `text` that fits, at least one word. `scratch` holds the line. */
static const char *line_end(cn__ruler *ruler, const char *text, double size, bool bold, double width,
                            cn__text *scratch)
{
    const char *end = NULL;
    for (const char *p = text;; p++) {
        if (*p && *p != ' ') continue;
        scratch->size = 0;
        cn__text_add_bytes(scratch, text, (size_t)(p - text));
        if (scratch->failed) return end ? end : p;
        if (end && cn__text_extent(ruler, scratch->data, size, bold) > width) return end;
        end = p;
        if (!*p) return end;
        while (p[1] == ' ') p++;
    }
}

size_t cn__text_wrap(cn__ruler *ruler, cn__arena *arena, const char *text, double size, bool bold,
                     double width, size_t most, const char **lines)
{
    cn__text scratch = {0};
    size_t count = 0;
    while (text && *text == ' ') text++;
    while (text && *text && count < most) {
        const char *end = line_end(ruler, text, size, bold, width, &scratch);
        const char *line =
            count + 1 == most ? text : cn__arena_format(arena, "%.*s", (int)(end - text), text);
        line = cn__text_fit(ruler, arena, line, size, bold, width);
        if (!line || scratch.failed) {
            count = 0;
            break;
        }
        lines[count++] = line;
        for (text = end; *text == ' ';) text++;
    }
    cn__text_free(&scratch);
    return count;
}

bool cn__text_wraps(cn__ruler *ruler, const char *text, double size, bool bold, double width, size_t most)
{
    cn__text scratch = {0};
    bool fits = true;
    for (size_t i = 0; fits && text && *text; i++) {
        const char *end = line_end(ruler, text, size, bold, width, &scratch);
        scratch.size = 0;
        cn__text_add_bytes(&scratch, text, (size_t)(end - text));
        fits = i < most && !scratch.failed && cn__text_extent(ruler, scratch.data, size, bold) <= width;
        for (text = end; *text == ' ';) text++;
    }
    cn__text_free(&scratch);
    return fits;
}
