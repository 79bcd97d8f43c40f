/* Pictures of a text and their attributes: ![A caption](url){#fig-loss width=50%}. */
#include <stdlib.h>
#include <string.h>

#include "report/markdown/extra.h"
#include "report/markdown/markdown_memory.h"

/* ---- attributes ---------------------------------------------------------------------------------------------------------- */

typedef struct attributes {
    char id[80];
    double width, share;
    size_t size; /* bytes of the text */
} attributes;

static cn_status read_width(const char *word, const char *end, attributes *out)
{
    char *behind;
    const double value = strtod(word, &behind);
    const bool percent = behind < end && *behind == '%',
               pixels = behind + 2 == end && memcmp(behind, "px", 2) == 0;
    if (!(value > 0) || (percent ? behind + 1 != end || value > 100 : behind != end && !pixels) ||
        value > 10000)
        return cn__fail(CN_ERROR_ARGUMENT,
                        "width=%.*s, expected pixels or a share, as in width=300 or width=50%%",
                        (int)(end - word), word);
    if (percent) out->share = value / 100;
    else out->width = value;
    return CN_OK;
}

static cn_status read_attribute(const char *word, const char *end, attributes *out)
{
    static const char width[] = "width=";
    if (*word == '#' && end - word > 1 && (size_t)(end - word) < sizeof out->id) {
        cn__format(out->id, sizeof out->id, "%.*s", (int)(end - word) - 1, word + 1);
        if (strncmp(out->id, "fig-", 4) == 0) return CN_OK;
        return cn__fail(CN_ERROR_ARGUMENT, "#%s, expected a name like #fig-%s", out->id, out->id);
    }
    if ((size_t)(end - word) > sizeof width - 1 && strncmp(word, width, sizeof width - 1) == 0)
        return read_width(word + sizeof width - 1, end, out);
    return cn__fail(CN_ERROR_ARGUMENT, "'%.*s' in the braces of a picture, expected #fig-NAME or width=50%%",
                    (int)(end - word), word);
}

/* Of the text behind a picture. */
static cn_status read_attributes(const char *text, attributes *out)
{
    *out = (attributes){0};
    const char *close = text && *text == '{' ? strchr(text, '}') : NULL;
    if (!close) return CN_OK;
    out->size = (size_t)(close + 1 - text);
    for (const char *p = text + 1; p < close;) {
        p += strspn(p, " ");
        const size_t n = strcspn(p, " }");
        if (n) CN_TRY(read_attribute(p, p + n, out));
        p += n ? n : 1;
        if (p > close) break;
    }
    return CN_OK;
}

size_t cn__picture_width(const char *text, double *width, double *share)
{
    attributes a;
    const bool read = read_attributes(text, &a) == CN_OK;
    *width = read ? a.width : 0, *share = read ? a.share : 0;
    return read ? a.size : 0;
}

static const char *text_behind(cmark_node *node)
{
    cmark_node *next = cmark_node_next(node);
    return next && cmark_node_get_type(next) == CMARK_NODE_TEXT ? cmark_node_get_literal(next) : NULL;
}

/* Pictures elsewhere are links to them: a page asks nobody for anything. */
static bool is_local(const char *url) { return url && *url && !url[strcspn(url, ":")] && url[0] != '#'; }

/* ---- pictures ----------------------------------------------------------------------------------------------------------- */

static const cn__report_image *find_image(const cn__report *report, const char *url)
{
    for (size_t i = 0; i < report->image_count; i++)
        if (strcmp(report->images[i].url, url) == 0) return &report->images[i];
    return NULL;
}

static cn_status caption_of(cn__document *d, cmark_node *image, const char **out)
{
    const char *title = cmark_node_get_title(image);
    cn__text text = {0};
    cn__text_add(&text, title ? title : "");
    if (!text.size) cn__add_plain(&text, image);
    *out = text.failed ? NULL : cn__arena_strdup(&d->arena, text.data);
    const bool failed = !*out;
    cn__text_free(&text);
    if (*out && !**out) *out = NULL;
    return failed ? CN_ERROR_MEMORY : CN_OK;
}

/* An image that is all of its paragraph is a figure with a number. */
cn_status cn__picture_place(cn__document *d, cmark_node *image)
{
    const char *url = cmark_node_get_url(image);
    const cn__report_image *file = is_local(url) ? find_image(&d->report, url) : NULL;
    attributes a;
    if (!file) return CN_OK;
    cn__extra *extra = cn__extra_new(d, CN_EXTRA_PICTURE);
    if (!extra) return CN_ERROR_MEMORY;
    extra->image = file;
    cmark_node *behind = cmark_node_next(image);
    if (read_attributes(text_behind(image), &a) == CN_OK && a.size)
        CN_TRY(cn__text_node_keep(&d->arena, behind, cmark_node_get_literal(behind) + a.size));
    extra->width = a.width, extra->share = a.share;
    cmark_node_set_user_data(image, extra);
    cmark_node *parent = cmark_node_parent(image);
    const bool alone = cmark_node_get_type(parent) == CMARK_NODE_PARAGRAPH && !cmark_node_next(image) &&
                       !cmark_node_previous(image);
    CN_TRY(caption_of(d, image, &extra->text));
    if (!alone) return CN_OK;
    extra->kind = CN_EXTRA_FIGURE;
    extra->number = ++d->figure_count;
    extra->name = *a.id ? cn__arena_strdup(&d->arena, a.id) : NULL;
    if (*a.id && !extra->name) return CN_ERROR_MEMORY;
    cmark_node_set_user_data(parent, extra);
    extra->next = d->references; /* to be found by its name */
    d->references = extra;
    return CN_OK;
}

void cn__picture_look(const cn__markdown_watch *watch, cmark_node *image)
{
    attributes a;
    const char *url = cmark_node_get_url(image);
    cmark_node *block = image;
    while (block && cmark_node_get_type(block) != CMARK_NODE_PARAGRAPH) block = cmark_node_parent(block);
    const size_t line =
        block && cmark_node_get_start_line(block) > 0 ? (size_t)cmark_node_get_start_line(block) - 1 : 0;
    if (!is_local(url)) return;
    if (watch->picture(watch->user, url) != CN_OK) watch->problem(watch->user, line, url);
    else if (read_attributes(text_behind(image), &a) != CN_OK) watch->problem(watch->user, line, url);
}
