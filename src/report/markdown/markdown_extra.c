/* Pictures with their widths, references to figures and tables, callouts and footnotes: nodes of cmark-gfm's tree get what
 * it does not know of them. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "report/document.h"
#include "report/markdown/markdown.h"

const cn__extra *cn__extra_of(cmark_node *node)
{
    return cmark_node_get_type(node) == CMARK_NODE_HEADING ? NULL : cmark_node_get_user_data(node);
}

static cn__extra *new_extra(cn__document *d, cn__extra_kind kind)
{
    cn__extra *extra = cn__arena_alloc(&d->arena, sizeof *extra);
    if (extra) extra->kind = kind;
    return extra;
}

/* ---- attributes: {#fig-loss width=50%} ------------------------------------------------------------------------------ */

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

static cn_status cut_text(cn__document *d, cmark_node *text, size_t bytes)
{
    char *rest = cn__arena_strdup(&d->arena, cmark_node_get_literal(text) + bytes);
    if (!rest) return CN_ERROR_MEMORY;
    cmark_node_set_literal(text, rest);
    if (!*rest) cmark_node_free(text);
    return CN_OK;
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
static cn_status place_image(cn__document *d, cmark_node *image)
{
    const char *url = cmark_node_get_url(image);
    const cn__report_image *file = is_local(url) ? find_image(&d->report, url) : NULL;
    attributes a;
    if (!file) return CN_OK;
    cn__extra *extra = new_extra(d, CN_EXTRA_PICTURE);
    if (!extra) return CN_ERROR_MEMORY;
    extra->image = file;
    if (read_attributes(text_behind(image), &a) == CN_OK && a.size)
        CN_TRY(cut_text(d, cmark_node_next(image), a.size));
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

/* ---- references: @fig-history ---------------------------------------------------------------------------------------------- */

static size_t reference_size(const char *p)
{
    size_t n = strncmp(p, "@fig-", 5) == 0 || strncmp(p, "@tbl-", 5) == 0 ? 5 : 0;
    while (n && (isalnum((unsigned char)p[n]) ||
                 ((p[n] == '-' || p[n] == '_') && isalnum((unsigned char)p[n + 1]))))
        n++;
    return n > 5 ? n : 0;
}

const char *cn__reference_find(const char *text, size_t *size)
{
    for (const char *p = text; (p = strchr(p, '@')); p++)
        if ((p == text || !isalnum((unsigned char)p[-1])) && (*size = reference_size(p))) return p;
    return NULL;
}

static cmark_node *text_part(cn__arena *arena, const char *text, size_t size)
{
    char *copy = cn__arena_format(arena, "%.*s", (int)size, text);
    cmark_node *node = cmark_node_new(CMARK_NODE_TEXT);
    cmark_node_set_literal(node, copy ? copy : "");
    return node;
}

static cn_status place_references(cn__document *d, cmark_node *text)
{
    const char *literal = cmark_node_get_literal(text), *p = literal;
    size_t size = 0;
    for (const char *at; p && (at = cn__reference_find(p, &size)); p = at + size) {
        cn__extra *extra = new_extra(d, CN_EXTRA_REFERENCE);
        if (!extra || !(extra->name = cn__arena_format(&d->arena, "%.*s", (int)size - 1, at + 1)))
            return CN_ERROR_MEMORY;
        extra->table = at[1] == 't';
        extra->next = d->references;
        d->references = extra;
        cmark_node *node = cmark_node_new(CMARK_NODE_CODE);
        cmark_node_set_literal(node, "");
        cmark_node_set_user_data(node, extra);
        if (at > p) cmark_node_insert_before(text, text_part(&d->arena, p, (size_t)(at - p)));
        cmark_node_insert_before(text, node);
    }
    if (!p || p == literal) return CN_OK;
    char *rest = cn__arena_strdup(&d->arena, p);
    if (!rest) return CN_ERROR_MEMORY;
    cmark_node_set_literal(text, rest);
    if (!*rest) cmark_node_free(text);
    return CN_OK;
}

/* The number of what is called so: a picture of the prose, or what a cell shows. */
static int number_of(const cn__document *d, const cn__extra *reference)
{
    for (const cn__extra *e = d->references; e; e = e->next)
        if (e->kind == CN_EXTRA_FIGURE && e->name && !reference->table &&
            strcmp(e->name, reference->name) == 0)
            return e->number;
    for (size_t i = 0; i < d->report.block_count; i++)
        for (size_t k = 0; k < d->report.blocks[i].output_count; k++) {
            const cn__report_output *o = &d->report.blocks[i].outputs[k];
            const bool kind = o->kind == (reference->table ? CN_OUTPUT_TABLE : CN_OUTPUT_FIGURE);
            if (kind && o->id && strcmp(o->id, reference->name + 4) == 0)
                return d->parts[i].outputs[k].number;
        }
    return 0;
}

cn_status cn__references_resolve(cn__document *d)
{
    for (cn__extra *e = d->references; e; e = e->next) {
        if (e->kind != CN_EXTRA_REFERENCE) continue;
        e->number = number_of(d, e);
        const char *word = e->table ? d->words->table : d->words->figure;
        e->text = e->number ? cn__arena_format(&d->arena, "%s\u00A0%d", word, e->number)
                            : cn__arena_format(&d->arena, "?@%s", e->name);
        if (!e->text) return CN_ERROR_MEMORY;
    }
    return CN_OK;
}

/* ---- callouts: > [!NOTE] Title ------------------------------------------------------------------------------------------------ */

static const char *const callouts[CN_CALLOUTS] = {"note",    "tip",     "important",
                                                  "warning", "caution", "question"};

size_t cn__callout_kind(const char *text, size_t *size)
{
    for (size_t i = 0; text && i < CN_CALLOUTS; i++) {
        const size_t n = strlen(callouts[i]);
        size_t k = 0;
        if (text[0] != '[' || text[1] != '!') break;
        while (k < n && tolower((unsigned char)text[2 + k]) == callouts[i][k]) k++;
        *size = n + 3;
        if (k == n && text[2 + n] == ']') return i;
    }
    return CN_CALLOUTS;
}

const char *cn__callout_title(cn__arena *arena, const cn__report_words *words, size_t kind, const char *own)
{
    const bool question = strcmp(callouts[kind], "question") == 0;
    if (!own || !*own) return own ? words->callouts[kind] : NULL;
    return cn__arena_format(arena, question ? "%s %s" : "%.0s%s", words->callouts[kind], own);
}

/* The rest of the first line is the title; it goes out of the paragraph. */
static cn_status take_title(cn__document *d, cmark_node *paragraph, size_t kind, size_t skipped,
                            const char **out)
{
    cn__text title = {0};
    cmark_node *next;
    cn__text_add(&title, "");
    for (cmark_node *node = cmark_node_first_child(paragraph); node; node = next) {
        next = cmark_node_next(node);
        const cmark_node_type type = cmark_node_get_type(node);
        const bool ends = type == CMARK_NODE_SOFTBREAK || type == CMARK_NODE_LINEBREAK;
        if (!ends) cn__add_plain(&title, node);
        cmark_node_free(node);
        if (ends) break;
    }
    const char *own = title.failed ? NULL : title.data + skipped + strspn(title.data + skipped, " ");
    *out = cn__callout_title(&d->arena, d->words, kind, own);
    cn__text_free(&title);
    if (!cmark_node_first_child(paragraph)) cmark_node_free(paragraph);
    return *out ? CN_OK : CN_ERROR_MEMORY;
}

static cn_status place_callout(cn__document *d, cmark_node *quote)
{
    cmark_node *first = cmark_node_first_child(quote);
    size_t size = 0;
    if (!first || cmark_node_get_type(first) != CMARK_NODE_PARAGRAPH || !cmark_node_first_child(first))
        return CN_OK;
    const size_t kind = cn__callout_kind(cmark_node_get_literal(cmark_node_first_child(first)), &size);
    if (kind == CN_CALLOUTS) return CN_OK;
    cn__extra *extra = new_extra(d, CN_EXTRA_CALLOUT);
    if (!extra) return CN_ERROR_MEMORY;
    extra->name = callouts[kind];
    CN_TRY(take_title(d, first, kind, size, &extra->text));
    cmark_node_set_user_data(quote, extra);
    return CN_OK;
}

/* ---- footnotes ------------------------------------------------------------------------------------------------------------------- */

/* cmark-gfm numbers those of one text, from 1, and puts the definitions behind it in that order. */
static cn_status place_note(cn__document *d, cmark_node *node, int before, int *definitions)
{
    cn__extra *extra = new_extra(d, CN_EXTRA_NOTE);
    const char *literal = cmark_node_get_literal(node);
    if (!extra) return CN_ERROR_MEMORY;
    const bool reference = cmark_node_get_type(node) == CMARK_NODE_FOOTNOTE_REFERENCE;
    extra->number = before + (reference ? atoi(literal ? literal : "1") : ++*definitions);
    cmark_node_set_user_data(node, extra);
    return CN_OK;
}

/* "[^name]: text" and the lines that follow up to an empty one, or that are indented. */
static const char *definition_end(const char *p)
{
    for (bool blank = false;;) {
        p += strcspn(p, "\n");
        if (!*p) return p;
        p++;
        const bool empty = *p == '\n' || !*p, indented = strncmp(p, "    ", 4) == 0;
        if ((blank && !indented && !empty) || !*p || strncmp(p, "[^", 2) == 0) return p;
        blank = empty;
    }
}

const char *cn__note_end(const char *p)
{
    const char *close = strncmp(p, "[^", 2) == 0 ? strstr(p, "]:") : NULL;
    return close && close < p + strcspn(p, "\n") ? definition_end(p) : NULL;
}

static void collect_notes(const char *text, cn__text *out)
{
    for (const char *p = text; *p;) {
        const char *end = cn__note_end(p);
        if (end) {
            cn__text_add_bytes(out, p, (size_t)(end - p));
            cn__text_add(out, "\n");
            p = end;
            continue;
        }
        p += strcspn(p, "\n");
        p += *p == '\n';
    }
}

cn_status cn__notes_collect(cn__document *d)
{
    enum { MOST_NOTES = 1 << 16 };
    cn__text notes = {0};
    for (size_t i = 0; i < d->report.block_count; i++)
        if (d->report.blocks[i].kind == CN_BLOCK_PROSE) collect_notes(d->report.blocks[i].text, &notes);
    const bool any = notes.size > 0 && notes.size <= MOST_NOTES;
    if (any && !notes.failed) d->notes = cn__arena_strdup(&d->arena, notes.data);
    const bool failed = notes.failed || (any && !d->notes);
    cn__text_free(&notes);
    return failed ? CN_ERROR_MEMORY : CN_OK;
}

/* ---- all ------------------------------------------------------------------------------------------------------------------------- */

/* In turn: a step changes the nodes that the next one looks at. */
typedef enum step { NOTES, IMAGES, FORMULAS, REFERENCES, CALLOUTS, STEPS } step;

static bool is_of(step now, cmark_node *node)
{
    switch ((int)cmark_node_get_type(node)) {
    case CMARK_NODE_FOOTNOTE_REFERENCE:
    case CMARK_NODE_FOOTNOTE_DEFINITION: return now == NOTES;
    case CMARK_NODE_IMAGE: return now == IMAGES;
    case CMARK_NODE_TEXT: return now == FORMULAS || now == REFERENCES;
    case CMARK_NODE_BLOCK_QUOTE: return now == CALLOUTS;
    default: return false;
    }
}

/* The list stands still while nodes come and go. */
static cn_status list_nodes(cn__document *d, cmark_node *tree, step now, cmark_node ***out, size_t *count)
{
    for (int pass = 0; pass < 2; pass++) {
        cmark_iter *iter = cmark_iter_new(tree);
        *count = 0;
        for (cmark_event_type event; (event = cmark_iter_next(iter)) != CMARK_EVENT_DONE;) {
            cmark_node *node = cmark_iter_get_node(iter);
            if (event != CMARK_EVENT_ENTER || !is_of(now, node)) continue;
            if (pass) (*out)[*count] = node;
            ++*count;
        }
        cmark_iter_free(iter);
        if (!pass) *out = cn__arena_array(&d->arena, *count + 1, sizeof **out);
        if (!*out) return CN_ERROR_MEMORY;
    }
    return CN_OK;
}

static cn_status place_one(cn__document *d, step now, cmark_node *node, const cn__formula_spans *spans,
                           int *notes)
{
    switch (now) {
    case NOTES: return place_note(d, node, d->note_count, notes);
    case IMAGES: return place_image(d, node);
    case FORMULAS: return cn__formulas_place(&d->arena, node, spans);
    case REFERENCES: return place_references(d, node);
    case CALLOUTS: return place_callout(d, node);
    case STEPS: break;
    }
    return CN_OK;
}

static cn_status place_all(cn__document *d, cmark_node *tree, const cn__formula_spans *spans)
{
    cmark_node **nodes = NULL;
    size_t count;
    int notes = 0;
    cmark_consolidate_text_nodes(tree);
    for (step now = 0; now < STEPS; now++) {
        CN_TRY(list_nodes(d, tree, now, &nodes, &count));
        for (size_t i = 0; i < count; i++) CN_TRY(place_one(d, now, nodes[i], spans, &notes));
    }
    d->note_count += notes;
    return CN_OK;
}

/* Where footnotes are referred to, the whole document's definitions stand behind the text. */
static cn_status mark(cn__document *d, const char *text, cn__text *marked, cn__formula_spans *spans)
{
    cn__text whole = {0};
    size_t line;
    if (cn__markdown_check(text, strlen(text), &line) != CN_OK)
        return cn__fail_in("line %zu of a text", line);
    const bool notes = d->notes && strstr(text, "[^");
    cn__text_add(&whole, text);
    if (notes) cn__text_printf(&whole, "\n\n%s", d->notes);
    const char *copy = whole.failed ? NULL : cn__arena_strdup(&d->arena, whole.data);
    cn__text_free(&whole);
    return copy ? cn__formulas_mark(&d->arena, copy, marked, spans) : CN_ERROR_MEMORY;
}

cn_status cn__markdown_read(cn__document *d, const char *text, cmark_node **out)
{
    cn__text marked = {0};
    cn__formula_spans spans;
    *out = NULL;
    cn_status status = mark(d, text, &marked, &spans);
    if (status == CN_OK) status = cn__markdown_parse(marked.data, out);
    cn__text_free(&marked);
    return status == CN_OK ? place_all(d, *out, &spans) : status;
}

/* ---- before anything runs ----------------------------------------------------------------------------------------------------------- */

static void look_at_image(const cn__markdown_watch *watch, cmark_node *image)
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

static void look_at_references(const cn__markdown_watch *watch, cmark_node *text)
{
    enum { MOST = 200 };
    const char *p = cmark_node_get_literal(text);
    cmark_node *block = text;
    while (block && cmark_node_get_start_line(block) <= 0) block = cmark_node_parent(block);
    const size_t line = block ? (size_t)cmark_node_get_start_line(block) - 1 : 0;
    size_t size;
    for (; p && (p = cn__reference_find(p, &size)); p += size) {
        char source[MOST + 1];
        cn__format(source, sizeof source, "%.*s", (int)(size < MOST ? size : MOST), p);
        if (watch->reference(watch->user, source + 1) != CN_OK) watch->problem(watch->user, line, source);
    }
}

static cn_status look_at_formulas(const char *text, const cn__markdown_watch *watch, cn__arena *arena,
                                  cn__text *marked)
{
    cn__formula_spans spans;
    const char *counted = text;
    size_t line = 0;
    CN_TRY(cn__formulas_mark(arena, text, marked, &spans));
    for (size_t i = 0; i < spans.count; i++) {
        enum { SHOWN = 80 };
        const cn__formula_span *span = &spans.items[i];
        const cn__formula *formula;
        char source[SHOWN + 1];
        for (; counted < span->begin; counted++) line += *counted == '\n';
        const size_t size = (size_t)(span->end - span->begin);
        cn__format(source, sizeof source, "%.*s", (int)(size < SHOWN ? size : SHOWN), span->begin);
        if (cn__formula_read(arena, span->tex, span->size, &formula) != CN_OK)
            watch->problem(watch->user, line, source);
    }
    return CN_OK;
}

cn_status cn__markdown_look(const char *text, const cn__markdown_watch *watch)
{
    cn__arena arena = {0};
    cn__text marked = {0};
    cmark_node *tree = NULL;
    size_t line;
    cn_status status = cn__markdown_check(text, strlen(text), &line);
    if (status == CN_OK) status = look_at_formulas(text, watch, &arena, &marked);
    const bool refers = watch->reference && strchr(text, '@');
    if (status == CN_OK && (refers || strstr(marked.data, "![")))
        status = cn__markdown_parse(marked.data, &tree);
    if (tree) cmark_consolidate_text_nodes(tree);
    cmark_iter *iter = tree ? cmark_iter_new(tree) : NULL;
    for (cmark_event_type event; iter && (event = cmark_iter_next(iter)) != CMARK_EVENT_DONE;) {
        cmark_node *node = cmark_iter_get_node(iter);
        if (event == CMARK_EVENT_ENTER && cmark_node_get_type(node) == CMARK_NODE_IMAGE)
            look_at_image(watch, node);
        if (refers && event == CMARK_EVENT_ENTER && cmark_node_get_type(node) == CMARK_NODE_TEXT)
            look_at_references(watch, node);
    }
    if (iter) cmark_iter_free(iter);
    if (tree) cmark_node_free(tree);
    cn__text_free(&marked);
    cn__arena_free(&arena);
    return status;
}
