/* From the bytes of a lab to its parts. Where fences begin and end is cmark-gfm's word, so that a fence in a list, a
 * quotation or another fence is what Markdown says it is: only blocks at the top level run. */
#include "lab/language/document.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/files/file.h"
#include "report/document.h"
#include "report/markdown/markdown_memory.h"
#include "lab/language/notebook.h"

/* ---- mistakes --------------------------------------------------------------------------------------------- */

/* Kept in order; of one line's the first comes first. */
static void keep(cn__mistakes *m, size_t line, const char *message)
{
    size_t at = m->kept;
    while (at > 0 && m->shown[at - 1].line > line) at--;
    if (at == CN_MISTAKES_SHOWN) return;
    if (m->kept == CN_MISTAKES_SHOWN) cn__free(m->shown[--m->kept].text);
    memmove(m->shown + at + 1, m->shown + at, (m->kept - at) * sizeof *m->shown);
    m->shown[at] = (struct cn__mistake){line, cn__strdup(message)};
    m->kept++;
}

void cn__mistakes_add(cn__mistakes *m, size_t line, const char *format, ...)
{
    char message[1500];
    va_list arguments;
    va_start(arguments, format);
    cn__vformat(message, sizeof message, format, arguments);
    va_end(arguments);
    m->count++;
    keep(m, line, message);
}

void cn__mistakes_take(cn__mistakes *m, size_t line) { cn__mistakes_add(m, line, "%s", cn_error()); }

cn_status cn__mistakes_end(cn__mistakes *m)
{
    cn__text text = {0};
    for (size_t i = 0; i < m->kept; i++) {
        const char *message = m->shown[i].text ? m->shown[i].text : "out of memory";
        cn__text_printf(&text, "%s%s:%zu: %s", i ? "\n" : "", m->file, m->shown[i].line, message);
        cn__free(m->shown[i].text);
    }
    if (m->count > m->kept) cn__text_printf(&text, "\n… and %zu more", m->count - m->kept);
    cn_status status =
        m->count ? cn__fail(CN_ERROR_ARGUMENT, "%s", text.data ? text.data : "out of memory") : CN_OK;
    cn__text_free(&text);
    m->count = m->kept = 0;
    return status;
}

/* ---- lines ------------------------------------------------------------------------------------------------- */

/* Where each line begins; one more for the end. */
typedef struct lines {
    const char **at;
    size_t count;
} lines;

static cn_status find_lines(cn__arena *arena, const char *text, size_t size, lines *out)
{
    size_t count = 1;
    for (size_t i = 0; i < size; i++) count += text[i] == '\n';
    out->at = cn__arena_array(arena, count + 2, sizeof *out->at);
    if (!out->at) return CN_ERROR_MEMORY;
    out->at[out->count++] = text;
    for (size_t i = 0; i + 1 < size; i++)
        if (text[i] == '\n') out->at[out->count++] = text + i + 1;
    out->at[out->count] = text + size;
    return CN_OK;
}

/* Lines first … last (from 1) as one text. */
static const char *join(cn__arena *arena, const lines *l, size_t first, size_t last)
{
    if (first > last || first > l->count) return "";
    if (last > l->count) last = l->count;
    const char *begin = l->at[first - 1], *end = l->at[last];
    return cn__arena_format(arena, "%.*s", (int)(end - begin), begin);
}

/* ---- front matter -------------------------------------------------------------------------------------------- */

static const char *const keys[] = {"title",   "subtitle", "author", "language", "seed",
                                   "summary", "date",     "course", "group",    "bibliography"};
enum { KEY_COUNT = sizeof keys / sizeof keys[0] };

static char *trimmed(cn__arena *arena, const char *begin, const char *end)
{
    while (begin < end && isspace((unsigned char)*begin)) begin++;
    while (end > begin && isspace((unsigned char)end[-1])) end--;
    bool quoted = end - begin >= 2 && (*begin == '"' || *begin == '\'') && end[-1] == *begin;
    return cn__arena_format(arena, "%.*s", (int)(end - begin) - 2 * quoted, begin + quoted);
}

bool cn__read_seed(const char *text, uint64_t *out)
{
    char *end;
    errno = 0;
    *out = strtoull(text, &end, 10);
    return isdigit((unsigned char)*text) && !*end && !errno && *out <= INT64_MAX;
}

static void set_key(cn__lab_document *d, size_t key, const char *value, size_t line, cn__mistakes *mistakes)
{
    const char **texts[] = {&d->title,   &d->subtitle, &d->author, &d->language, NULL,
                            &d->summary, &d->date,     &d->course, &d->group,    &d->bibliography};
    if (texts[key]) {
        *texts[key] = value;
        if (texts[key] == &d->language) d->language_line = line;
        if (texts[key] == &d->summary) d->summary_line = line;
        if (texts[key] == &d->title) d->title_line = line;
        if (texts[key] == &d->bibliography) d->bibliography_line = line;
        return;
    }
    if (!cn__read_seed(value, &d->seed))
        cn__mistakes_add(mistakes, line, "seed = '%.60s', expected a whole number from 0 to 2^63 - 1", value);
}

/* Keys are English in every language; NULL: it is no Spanish one. */
static const char *english_key(const char *name)
{
    static const char *const pairs[][2] = {{"título", "title"},
                                           {"titulo", "title"},
                                           {"subtítulo", "subtitle"},
                                           {"subtitulo", "subtitle"},
                                           {"autor", "author"},
                                           {"autora", "author"},
                                           {"idioma", "language"},
                                           {"lengua", "language"},
                                           {"lang", "language"},
                                           {"semilla", "seed"},
                                           {"resumen", "summary"},
                                           {"fecha", "date"},
                                           {"curso", "course"},
                                           {"asignatura", "course"},
                                           {"grupo", "group"},
                                           {"bibliografía", "bibliography"},
                                           {"bibliografia", "bibliography"}};
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++)
        if (strcmp(pairs[i][0], name) == 0) return pairs[i][1];
    return NULL;
}

/* "key: value"; empty lines and comments are nothing. */
static void read_key(cn__lab_document *d, const char *begin, const char *end, size_t line,
                     cn__mistakes *mistakes)
{
    const char *text = trimmed(&d->arena, begin, end);
    if (!text || !*text || *text == '#') return;
    const char *colon = strchr(text, ':');
    if (!colon) {
        cn__mistakes_add(mistakes, line, "'%.60s' in the front matter, expected a line like title: My lab",
                         text);
        return;
    }
    const char *name = trimmed(&d->arena, text, colon),
               *value = trimmed(&d->arena, colon + 1, text + strlen(text));
    size_t key = 0;
    if (!name || !value) return;
    while (key < KEY_COUNT && strcmp(name, keys[key]) != 0) key++;
    if (key < KEY_COUNT) {
        set_key(d, key, value, line, mistakes);
        return;
    }
    const char *english = english_key(name);
    if (english)
        cn__mistakes_add(mistakes, line, "unknown key of the front matter '%s'; expected %s: %.60s", name,
                         english, value);
    else {
        (void)!cn__fail_word(CN_ERROR_ARGUMENT, "key of the front matter", name, keys, KEY_COUNT);
        cn__mistakes_take(mistakes, line);
    }
}

static bool is_rule(const lines *l, size_t line)
{
    const char *p = l->at[line - 1], *end = l->at[line];
    while (end > p && isspace((unsigned char)end[-1])) end--;
    return end - p == 3 && memcmp(p, "---", 3) == 0;
}

/* Returns the number of lines that the front matter takes. */
static size_t read_front_matter(cn__lab_document *d, const lines *l, cn__mistakes *mistakes)
{
    if (!is_rule(l, 1)) return 0;
    size_t last = 2;
    while (last <= l->count && !is_rule(l, last)) last++;
    if (last > l->count) {
        cn__mistakes_add(mistakes, 1, "the front matter that begins here has no second --- line");
        return l->count;
    }
    d->front = join(&d->arena, l, 2, last - 1);
    for (size_t i = 2; i < last; i++) read_key(d, l->at[i - 1], l->at[i], i, mistakes);
    return last;
}

/* ---- blocks --------------------------------------------------------------------------------------------------- */

static cn__part_of_lab *add_part(cn__lab_document *d)
{
    if (d->count == d->capacity) {
        size_t capacity = d->capacity ? 2 * d->capacity : 64;
        cn__part_of_lab *parts = cn__arena_array(&d->arena, capacity, sizeof *parts);
        if (!parts) return NULL;
        if (d->count) memcpy(parts, d->parts, d->count * sizeof *parts);
        d->parts = parts;
        d->capacity = capacity;
    }
    return &d->parts[d->count++];
}

static cn_status add_prose(cn__lab_document *d, const lines *l, size_t first, size_t last)
{
    const char *text = join(&d->arena, l, first, last);
    if (!text) return CN_ERROR_MEMORY;
    if (!text[strspn(text, " \t\r\n")]) return CN_OK;
    cn__part_of_lab *part = add_part(d);
    if (!part) return CN_ERROR_MEMORY;
    *part = (cn__part_of_lab){.text = text, .line = first};
    return CN_OK;
}

/* The words after "cornu" on the fence's line. */
static void read_info(cn__part_of_lab *part, const char *info, size_t line, cn__mistakes *mistakes)
{
    static const char *const known[] = {"expect=error", "hidden"};
    for (const char *p = info + strlen("cornu"); *p;) {
        p += strspn(p, " \t,");
        size_t size = strcspn(p, " \t,");
        char word[64];
        cn__format(word, sizeof word, "%.*s", (int)(size < 63 ? size : 63), p);
        if (strcmp(word, known[0]) == 0) part->expect_error = true;
        else if (strcmp(word, known[1]) == 0) part->hidden = true;
        else if (size) {
            (void)!cn__fail_word(CN_ERROR_ARGUMENT, "word of a cornu block", word, known, 2);
            cn__mistakes_take(mistakes, line);
        }
        p += size;
    }
}

static bool runs(cmark_node *node)
{
    if (cmark_node_get_type(node) != CMARK_NODE_CODE_BLOCK) return false;
    const char *info = cmark_node_get_fence_info(node);
    return info && strncmp(info, "cornu", 5) == 0 && (!info[5] || isspace((unsigned char)info[5]));
}

/* Is the line the end of the block's fence: its mark, as often as at its beginning or more, and nothing else? */
static bool closes(const lines *l, size_t line, cmark_node *node)
{
    int length, offset;
    char mark;
    if (line > l->count || !cmark_node_get_fenced(node, &length, &offset, &mark)) return false;
    const char *p = l->at[line - 1], *end = l->at[line], *first;
    for (first = p; p < end && *p == ' ';) p++;
    if (p - first > 3) return false;
    for (first = p; p < end && *p == mark;) p++;
    if (p - first < length) return false;
    while (p < end && isspace((unsigned char)*p)) p++;
    return p == end;
}

/* The line of a block, from 1, where another begins; 0: none. */
static size_t begins_another(const char *text, cmark_node *node)
{
    int length, offset;
    char mark;
    size_t line = 1;
    if (!cmark_node_get_fenced(node, &length, &offset, &mark)) return 0;
    for (const char *p = text; *p; line++) {
        size_t marks = 0;
        while (p[marks] == mark) marks++;
        const char *info = p + marks;
        p += strcspn(p, "\n");
        if (marks >= (size_t)length && info < p && isalpha((unsigned char)*info)) return line;
        p += *p == '\n';
    }
    return 0;
}

/* A fence named "corn" is hardly meant to be shown as it is. */
static void check_info(const char *info, size_t line, cn__mistakes *mistakes)
{
    static const char *const known[] = {"cornu"};
    char word[40];
    size_t size = strcspn(info, " \t{");
    if (!size || size >= sizeof word) return;
    cn__format(word, sizeof word, "%.*s", (int)size, info);
    if (strlen(word) < 3 || strlen(word) > 8 || !cn__nearest_word(word, known, 1)) return;
    cn__mistakes_add(mistakes, line, "a block named '%s' does not run; did you mean 'cornu'?", word);
}

/* A cornu block from its node; the lines of cmark begin after the front matter. */
static cn_status add_block(cn__lab_document *d, const lines *l, cmark_node *node, size_t skipped,
                           cn__mistakes *mistakes)
{
    size_t first = (size_t)cmark_node_get_start_line(node) + skipped,
           last = (size_t)cmark_node_get_end_line(node) + skipped;
    bool open = last == first || !closes(l, last, node);
    if (open)
        cn__mistakes_add(mistakes, first,
                         "the block that begins here is never closed: a line ``` is missing");
    cn__part_of_lab *part = add_part(d);
    if (!part) return CN_ERROR_MEMORY;
    *part = (cn__part_of_lab){.code = true, .line = first + 1, .open = open};
    part->text = cn__arena_strdup(&d->arena, cmark_node_get_literal(node));
    size_t another = part->text ? begins_another(part->text, node) : 0;
    if (another)
        return cn__fail(
            CN_ERROR_ARGUMENT,
            "%s:%zu: the block that begins here is not closed by a line ``` before the next one in line %zu",
            d->path, first, first + another);
    read_info(part, cmark_node_get_fence_info(node), first, mistakes);
    return part->text ? CN_OK : CN_ERROR_MEMORY;
}

static cn_status split(cn__lab_document *d, const lines *l, cmark_node *root, size_t skipped,
                       cn__mistakes *mistakes)
{
    size_t next = skipped + 1; /* the first line that no part has yet */
    for (cmark_node *node = cmark_node_first_child(root); node; node = cmark_node_next(node)) {
        if (!runs(node)) {
            if (cmark_node_get_type(node) == CMARK_NODE_CODE_BLOCK && cmark_node_get_fence_info(node))
                check_info(cmark_node_get_fence_info(node), (size_t)cmark_node_get_start_line(node) + skipped,
                           mistakes);
            continue;
        }
        CN_TRY(add_prose(d, l, next, (size_t)cmark_node_get_start_line(node) + skipped - 1));
        CN_TRY(add_block(d, l, node, skipped, mistakes));
        next = (size_t)cmark_node_get_end_line(node) + skipped + 1;
    }
    CN_TRY(add_prose(d, l, next, l->count));
    if (!d->bibliography || (d->count && !d->parts[d->count - 1].code)) return CN_OK;
    cn__part_of_lab *last = add_part(d); /* where the list of works will stand */
    if (!last) return CN_ERROR_MEMORY;
    *last = (cn__part_of_lab){.text = "", .line = l->count};
    return CN_OK;
}

/* ---- whole documents ------------------------------------------------------------------------------------------- */

/* The text with '\n' at the end of every line, be it "\r\n" or '\r' in the file. */
static char *with_newlines(cn__arena *arena, const char *text, size_t *size)
{
    char *copy = cn__arena_alloc(arena, *size + 1), *to = copy;
    if (!copy) return NULL;
    for (size_t i = 0; i < *size; i++)
        if (text[i] != '\r') *to++ = text[i];
        else if (i + 1 == *size || text[i + 1] != '\n') *to++ = '\n';
    *size = (size_t)(to - copy);
    return copy;
}

/* Control characters and what is not UTF-8 are in no lab. */
static cn_status check_text(const char *path, const char *text, size_t size)
{
    size_t line = 1, n;
    for (size_t i = 0; i < size; i += n) {
        unsigned char byte = (unsigned char)text[i];
        n = cn__utf8_length(text + i, size - i);
        if (!n || (byte < 32 && byte != '\t' && byte != '\n'))
            return cn__fail(CN_ERROR_FORMAT,
                            "%s:%zu: the byte 0x%02x is no %s; a lab is a Markdown text in UTF-8", path, line,
                            byte, n ? "text" : "UTF-8");
        line += byte == '\n';
    }
    return CN_OK;
}

/* The tree; what a report could not hold is refused here, before anything is trained. */
static cn_status parse_body(const char *path, const char *body, size_t size, size_t skipped,
                            cmark_node **root)
{
    size_t line;
    if (cn__markdown_check(body, size, &line) != CN_OK) return cn__fail_in("%s:%zu", path, line + skipped);
    CN_TRY(cn__markdown_tree(body, size, root));
    if (cn__markdown_check_tree(*root, &line) == CN_OK) return CN_OK;
    cmark_node_free(*root);
    return cn__fail_in("%s:%zu", path, line + skipped);
}

cn_status cn__lab_document_parse(const char *path, const char *bytes, size_t size, cn__lab_document *out,
                                 cn__mistakes *mistakes)
{
    *out = (cn__lab_document){.path = path};
    lines l = {0};
    bool mark = size >= 3 && memcmp(bytes, "\xEF\xBB\xBF", 3) == 0;
    if (mark) bytes += 3, size -= 3;
    const char *text = with_newlines(&out->arena, bytes, &size);
    if (!text) return CN_ERROR_MEMORY;
    CN_TRY(check_text(path, text, size));
    CN_TRY(find_lines(&out->arena, text, size, &l));
    size_t skipped = size ? read_front_matter(out, &l, mistakes) : 0;
    const char *body = l.at[skipped];
    cmark_node *root = NULL;
    CN_TRY(parse_body(path, body, (size_t)(text + size - body), skipped, &root));
    cn_status status = split(out, &l, root, skipped, mistakes);
    cmark_node_free(root);
    return status;
}

static cn_status parse_notebook(const char *path, const char *json, cn__lab_document *out,
                                cn__mistakes *mistakes)
{
    cn__text text = {0};
    cn_status status = cn__notebook_to_markdown(path, json, &text);
    if (status == CN_OK)
        status = cn__lab_document_parse(path, text.data ? text.data : "", text.size, out, mistakes);
    if (status == CN_OK) status = cn__notebook_attachments(json, &out->arena, &out->attachments);
    cn__text_free(&text);
    return status;
}

cn_status cn__lab_document_read(const char *path, cn__lab_document *out, cn__mistakes *mistakes)
{
    char *text;
    size_t size;
    *out = (cn__lab_document){.path = path};
    CN_TRY(cn__file_read(path, &text, &size, CN_LAB_DOCUMENT_LIMIT));
    cn_status status = cn__is_notebook(path) ? parse_notebook(path, text, out, mistakes)
                                             : cn__lab_document_parse(path, text, size, out, mistakes);
    cn__free(text);
    return status;
}

void cn__lab_document_free(cn__lab_document *d)
{
    cn__arena_free(&d->arena);
    *d = (cn__lab_document){0};
}
