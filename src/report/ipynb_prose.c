/* Prose for a notebook, in the Markdown that Jupyter draws: formulas stay TeX; pictures go with the cell, with their width
 * and caption; references become their text, callouts quotations with a title, footnotes numbers with the notes behind the
 * cell's text. Lines of code stay as they are. */
#include <ctype.h>
#include <string.h>

#include "data/files/json.h"
#include "figure/canvas/canvas.h"
#include "report/document.h"
#include "report/ipynb.h"
#include "report/markdown/markdown.h"

enum { MOST_NOTES = 200, MOST_NAME = 200 };

typedef struct prose {
    const cn__document *document;
    cn__notebook_count *count;
    cn__text *out;
    json_t *attachments;
    const char *text; /* the whole */
    cn__arena arena;
    cn__formula_scan scan;
    cn__formula_span formula;      /* the next one; begins at NULL: there is none */
    const char *notes[MOST_NOTES]; /* where the definitions begin, in the order of their first references */
    int note_count;
} prose;

/* ---- pictures ------------------------------------------------------------------------------------------------------- */

/* The picture that the text names behind "](". */
static const cn__report_image *image_at(const cn__report *report, const char *p)
{
    for (size_t i = 0; i < report->image_count; i++) {
        const size_t n = strlen(report->images[i].url);
        if (strncmp(p, report->images[i].url, n) == 0 && strchr(") \"", p[n])) return &report->images[i];
    }
    return NULL;
}

/* Its name in the cell: the address without slashes, so that files of two folders have two names. */
static void add_name(cn__text *out, const char *url)
{
    for (; *url; url++) cn__text_add_bytes(out, *url == '/' ? "-" : url, 1);
}

static void attach(const prose *s, const cn__report_image *image)
{
    cn__text base64 = {0}, name = {0};
    cn__add_base64(&base64, image->data, image->size);
    add_name(&name, image->url);
    const char *mime = cn__image_mime(cn__image_type_of(image->data, image->size));
    if (name.failed) s->out->failed = true;
    else
        cn__json_set(s->attachments, name.data, base64.failed ? NULL : json_pack("{s:s}", mime, base64.data));
    cn__text_free(&name);
    cn__text_free(&base64);
}

/* "![Caption](a.png){width=50%}" */
typedef struct prose_picture {
    const cn__report_image *image;
    const char *title;   /* what follows the address, up to the bracket */
    const char *close;   /* the bracket */
    const char *end;     /* behind all of it */
    double width, share; /* as cn__extra has them */
} prose_picture;

static bool picture_at(const prose *s, const char *p, prose_picture *out)
{
    const char *middle = strncmp(p, "![", 2) == 0 ? strstr(p, "](") : NULL;
    const char *line = p + strcspn(p, "\n");
    *out = (prose_picture){0};
    if (!middle || middle > line || !(out->image = image_at(&s->document->report, middle + 2))) return false;
    out->title = middle + 2 + strlen(out->image->url);
    out->close = strchr(out->title, ')');
    if (!out->close || out->close > line) return false;
    out->end = out->close + 1 + cn__picture_width(out->close + 1, &out->width, &out->share);
    return true;
}

static void add_picture(const prose *s, const char *p, const prose_picture *picture)
{
    const char *middle = strstr(p, "](");
    attach(s, picture->image);
    cn__text_add_bytes(s->out, p, (size_t)(middle - p));
    cn__text_add(s->out, "](attachment:");
    add_name(s->out, picture->image->url);
    cn__text_add_bytes(s->out, picture->title, (size_t)(picture->close + 1 - picture->title));
}

/* Markdown has no widths: an element around the picture has. */
static void add_frame(cn__text *out, const prose_picture *picture, const char *open)
{
    if (picture->share > 0) cn__text_printf(out, "%swidth:%g%%\">", open, 100 * picture->share);
    else cn__text_printf(out, "%swidth:%gpx\">", open, picture->width);
}

static bool has_width(const prose_picture *picture) { return picture->share > 0 || picture->width > 0; }

static const char *add_picture_within(const prose *s, const char *p, const prose_picture *picture)
{
    if (has_width(picture)) add_frame(s->out, picture, "<span style=\"display:inline-block;");
    add_picture(s, p, picture);
    if (has_width(picture)) cn__text_add(s->out, "</span>");
    return picture->end;
}

/* The next figure of the prose with this picture. */
static const cn__extra *find_figure(const prose *s, const cn__report_image *image)
{
    const cn__extra *best = NULL;
    for (const cn__extra *e = s->document->references; e; e = e->next)
        if (e->kind == CN_EXTRA_FIGURE && e->image == image && e->number > s->count->figures &&
            (!best || e->number < best->number))
            best = e;
    return best;
}

static bool is_blank_line(const char *p) { return !p[strspn(p, " \t\r")] || p[strspn(p, " \t\r")] == '\n'; }

/* A picture that is a paragraph of its own, with its number and caption; NULL: p begins none. */
static const char *add_figure(const prose *s, const char *p, bool after_blank)
{
    prose_picture picture;
    if (!after_blank || !picture_at(s, p, &picture) || !is_blank_line(picture.end)) return NULL;
    const char *next = picture.end + strcspn(picture.end, "\n");
    const cn__extra *figure = !*next || is_blank_line(next + 1) ? find_figure(s, picture.image) : NULL;
    if (!figure) return NULL;
    s->count->figures = figure->number;
    if (has_width(&picture)) {
        add_frame(s->out, &picture, "<div style=\"");
        cn__text_add(s->out, "\n\n");
    }
    add_picture(s, p, &picture);
    if (has_width(&picture)) cn__text_add(s->out, "\n\n</div>");
    cn__text_printf(s->out, "\n\n%s %d.", s->document->words->figure, figure->number);
    if (figure->text) {
        cn__text_add(s->out, " ");
        cn__markdown_escape(s->out, figure->text);
    }
    return next;
}

/* ---- references and notes -------------------------------------------------------------------------------------------- */

static const char *reference_text(const cn__document *d, const char *at, size_t size)
{
    for (const cn__extra *e = d->references; e; e = e->next)
        if (e->kind == CN_EXTRA_REFERENCE && strlen(e->name) == size - 1 &&
            strncmp(e->name, at + 1, size - 1) == 0)
            return e->text;
    return NULL;
}

static const char *add_reference(const prose *s, const char *p, bool inside)
{
    size_t size = 0;
    const char *at = cn__reference_find(p, &size);
    const char *text = at == p && !inside ? reference_text(s->document, p, size) : NULL;
    cn__text_add_bytes(s->out, text ? text : p, text ? strlen(text) : 1);
    return p + (text ? size : 1);
}

/* The definition of the note that "[^name]" at p refers to; NULL: there is none. */
static const char *find_note(const prose *s, const char *p, size_t size)
{
    for (const char *q = s->document->notes; q && *q; q += *q == '\n') {
        if (strncmp(q, p, size) == 0 && q[size] == ':') return q;
        q += strcspn(q, "\n");
    }
    return NULL;
}

static const char *add_note(prose *s, const char *p)
{
    const size_t size = strcspn(p, "]\n") + 1;
    const char *note = size < MOST_NAME && p[size - 1] == ']' ? find_note(s, p, size) : NULL;
    int i = 0;
    while (i < s->note_count && s->notes[i] != note) i++;
    if (!note || i == MOST_NOTES) {
        cn__text_add_bytes(s->out, p, 1);
        return p + 1;
    }
    if (i == s->note_count) s->notes[s->note_count++] = note;
    cn__text_printf(s->out, "<sup>%d</sup>", s->count->notes + i + 1);
    return p + size;
}

/* ---- text ------------------------------------------------------------------------------------------------------------ */

static void next_formula(prose *s)
{
    if (!cn__formula_next(&s->scan, &s->formula)) s->formula.begin = NULL;
}

static void scan_formulas(prose *s, const char *text)
{
    s->scan = cn__formula_scan_of(&s->arena, text);
    next_formula(s);
}

/* A formula, or a dollar sign that Jupyter would take for the begin of one. */
static const char *add_dollar(prose *s, const char *p)
{
    while (s->formula.begin && s->formula.begin < p) next_formula(s);
    const bool formula = s->formula.begin == p;
    cn__text_add_bytes(s->out, formula ? p : "\\$", formula ? (size_t)(s->formula.end - p) : 2);
    return formula ? s->formula.end : p + 1;
}

/* One piece of a text; returns what is behind it. */
static const char *add_piece(prose *s, const char *p)
{
    const bool inside = p != s->text && isalnum((unsigned char)p[-1]);
    prose_picture picture;
    if (*p == '`' || (*p == '\\' && p[1])) {
        const char *end = *p == '`' ? cn__code_span_end(p) : p + 2;
        cn__text_add_bytes(s->out, p, (size_t)(end - p));
        return end;
    }
    if (*p == '$') return add_dollar(s, p);
    if (*p == '@') return add_reference(s, p, inside);
    if (p[0] == '[' && p[1] == '^') return add_note(s, p);
    if (picture_at(s, p, &picture)) return add_picture_within(s, p, &picture);
    cn__text_add_bytes(s->out, p, 1);
    return p + 1;
}

/* "> [!NOTE] Title" as a quotation that begins with its title; NULL: p begins none. */
static const char *add_callout(prose *s, const char *p, const char *above)
{
    const char *mark = p + strspn(p, " ");
    if (*mark != '>' || (above && above[strspn(above, " ")] == '>')) return NULL;
    mark += 1 + strspn(mark + 1, " ");
    size_t size;
    const size_t kind = cn__callout_kind(mark, &size);
    if (kind == CN_CALLOUTS) return NULL;
    const char *own = mark + size + strspn(mark + size, " "), *end = own + strcspn(own, "\n"), *last = end;
    while (last > own && isspace((unsigned char)last[-1])) last--;
    const char *title = cn__callout_title(&s->arena, s->document->words, kind,
                                          cn__arena_format(&s->arena, "%.*s", (int)(last - own), own));
    if (!title) s->out->failed = true;
    cn__text_printf(s->out, "> **%s**\n>", title ? title : "");
    return end;
}

/* The line that ends before p, where a line begins; NULL: p is in the first. */
static const char *line_above(const prose *s, const char *p)
{
    if (p == s->text) return NULL;
    for (p--; p > s->text && p[-1] != '\n';) p--;
    return p;
}

/* A line, or what else begins at p; returns what is behind it. */
static const char *add_line(prose *s, const char *p, bool code)
{
    const bool begins = p == s->text || p[-1] == '\n';
    const char *end = p + strcspn(p, "\n"), *above = begins ? line_above(s, p) : NULL, *behind = NULL;
    end += *end == '\n';
    if (code) {
        cn__text_add_bytes(s->out, p, (size_t)(end - p));
        return end;
    }
    if (begins && s->document->notes) behind = cn__note_end(p); /* it stands behind the text */
    if (begins && !behind) behind = add_callout(s, p, above);
    if (begins && !behind) behind = add_figure(s, p, !above || is_blank_line(above));
    if (behind) return behind;
    while (p < end) p = add_piece(s, p);
    return p;
}

static void add_lines(prose *s, const bool *code)
{
    size_t line = 1;
    for (const char *p = s->text, *next; *p;) {
        next = add_line(s, p, code[line]);
        for (; p < next; p++) line += *p == '\n';
    }
}

/* The notes that the text refers to, as it numbers them; they may refer to others. */
static void add_notes(prose *s)
{
    for (int i = 0; i < s->note_count; i++) {
        const char *p = strstr(s->notes[i], "]:") + 2, *end = cn__note_end(s->notes[i]);
        while (s->out->size && s->out->data[s->out->size - 1] == '\n') s->out->size--;
        cn__text_printf(s->out, "\n\n<sup>%d</sup> ", s->count->notes + i + 1);
        p += strspn(p, " ");
        scan_formulas(s, p);
        while (end > p && end[-1] == '\n') end--;
        while (p < end) p = add_piece(s, p);
        cn__text_add(s->out, "\n");
    }
    s->count->notes += s->note_count;
}

void cn__notebook_prose(const cn__document *document, cn__notebook_count *count, const char *text,
                        cn__text *out, json_t *attachments)
{
    prose s = {.document = document, .count = count, .out = out, .attachments = attachments, .text = text};
    const bool *code = cn__code_lines(&s.arena, text);
    cn__text_add(out, "");
    scan_formulas(&s, text);
    if (code) add_lines(&s, code);
    else out->failed = true;
    if (!out->failed) add_notes(&s);
    cn__arena_free(&s.arena);
}
