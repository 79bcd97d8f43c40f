/* Prose for a notebook: formulas stay TeX, which Jupyter draws; pictures go with the cell, references become their text. */
#include <string.h>

#include "data/json.h"
#include "figure/canvas/canvas.h"
#include "report/document.h"
#include "report/ipynb.h"
#include "report/markdown/markdown.h"

static const char *base_name(const char *url)
{
    const char *slash = strrchr(url, '/');
    return slash ? slash + 1 : url;
}

/* The picture that the text names behind "](". */
static const cn__report_image *image_at(const cn__report *report, const char *p)
{
    for (size_t i = 0; i < report->image_count; i++) {
        const size_t n = strlen(report->images[i].url);
        if (strncmp(p, report->images[i].url, n) == 0 && strchr(") \"", p[n])) return &report->images[i];
    }
    return NULL;
}

static void attach(json_t *attachments, const cn__report_image *image)
{
    cn__text base64 = {0};
    cn__add_base64(&base64, image->data, image->size);
    const char *mime = cn__image_mime(cn__image_type_of(image->data, image->size));
    cn__json_set(attachments, base_name(image->url),
                 base64.failed ? NULL : json_pack("{s:s}", mime, base64.data));
    cn__text_free(&base64);
}

static const char *reference_text(const cn__document *d, const char *at, size_t size)
{
    for (const cn__extra *e = d->references; e; e = e->next)
        if (e->kind == CN_EXTRA_REFERENCE && strlen(e->name) == size - 1 &&
            strncmp(e->name, at + 1, size - 1) == 0)
            return e->text;
    return NULL;
}

/* Behind a picture's address: its width is for the other reports. */
static const char *pass_attributes(const char *p)
{
    const char *close = strchr(p, ')');
    if (!close || close[1] != '{') return NULL;
    const char *brace = strchr(close, '}');
    return brace ? brace + 1 : NULL;
}

static const char *add_image(const cn__document *d, const char *p, cn__text *out, json_t *attachments)
{
    const cn__report_image *image = image_at(&d->report, p + 2);
    if (!image) {
        cn__text_add_bytes(out, p, 2);
        return p + 2;
    }
    attach(attachments, image);
    cn__text_printf(out, "](attachment:%s", base_name(image->url));
    p += 2 + strlen(image->url);
    const char *behind = pass_attributes(p);
    if (!behind) return p;
    cn__text_add_bytes(out, p, (size_t)(strchr(p, ')') + 1 - p));
    return behind;
}

static const char *add_reference(const cn__document *d, const char *p, cn__text *out)
{
    size_t size = 0;
    const char *at = cn__reference_find(p, &size), *text = at == p ? reference_text(d, p, size) : NULL;
    cn__text_add_bytes(out, text ? text : p, text ? strlen(text) : 1);
    return p + (text ? size : 1);
}

void cn__notebook_prose(const cn__document *d, const char *text, cn__text *out, json_t *attachments)
{
    cn__text_add(out, "");
    for (const char *p = text; *p;) {
        const char *code = *p == '`' ? cn__code_span_end(p) : NULL;
        if (code) cn__text_add_bytes(out, p, (size_t)(code - p)), p = code;
        else if (p[0] == ']' && p[1] == '(') p = add_image(d, p, out, attachments);
        else if (*p == '@') p = add_reference(d, p, out);
        else cn__text_add_bytes(out, p++, 1);
    }
}
