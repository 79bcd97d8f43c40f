#include "lab/show/citations.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/files/file.h"
#include "lab/language/bibtex.h"
#include "lab/language/catalogue.h"
#include "report/document.h"

enum { MOST_BYTES = 4 << 20, MOST_PEOPLE = 12, MOST_CITATION = 1000 };

typedef struct person {
    const char *last, *first;
} person;

typedef struct cited_work {
    const cn__work *work;
    const char *label, *year; /* "Ho and Salimans", "2022b" */
    bool cited;
} cited_work;

struct cn__citations {
    cited_work *works;
    const char **keys;
    size_t count;
    const char *anchor; /* of the list's heading */
};

static const char *word(const cn__program *p, cn__msg w)
{
    return cn__catalogue((cn__language)p->language, w);
}

/* ---- people ----------------------------------------------------------------------------------------------------------- */

/* The first `what` outside braces, or NULL. */
static const char *find_outside(const char *p, const char *end, const char *what)
{
    const size_t n = strlen(what);
    for (int depth = 0; p < end; p++) {
        if (!depth && (size_t)(end - p) >= n && strncasecmp(p, what, n) == 0) return p;
        depth += *p == '{' ? 1 : *p == '}' && depth ? -1 : 0;
    }
    return NULL;
}

/* "Hinton, Geoffrey", "Geoffrey Hinton", "Aaron van den Oord", "{The Authors}" */
static cn_status read_person(cn__arena *arena, const char *p, const char *end, person *out)
{
    while (p < end && isspace((unsigned char)*p)) p++;
    while (end > p && isspace((unsigned char)end[-1])) end--;
    const char *comma = find_outside(p, end, ","), *last = p;
    if (comma) {
        CN_TRY(cn__bibtex_plain(arena, p, (size_t)(comma - p), &out->last));
        return cn__bibtex_plain(arena, comma + 1 + (comma[1] == ' '),
                                (size_t)(end - comma) - 1 - (comma[1] == ' '), &out->first);
    }
    for (const char *q = p, *blank; (blank = find_outside(q, end, " ")); q = blank + 1) {
        last = blank + 1;
        if (islower((unsigned char)blank[1])) break; /* "van", "de la" begin the family's name */
    }
    CN_TRY(cn__bibtex_plain(arena, last, (size_t)(end - last), &out->last));
    return cn__bibtex_plain(arena, p, (size_t)(last - p), &out->first);
}

/* At most MOST_PEOPLE; *more: there are others. */
static cn_status read_people(cn__arena *arena, const char *text, person *people, size_t *count, bool *more)
{
    static const char mark[] = " and ";
    *count = 0, *more = false;
    for (const char *p = text ? text : "", *end = p + strlen(p); p < end;) {
        const char *next = find_outside(p, end, mark), *stop = next ? next : end;
        if (*count == MOST_PEOPLE || ((size_t)(stop - p) == 6 && strncasecmp(p, "others", 6) == 0)) {
            *more = true;
            break;
        }
        CN_TRY(read_person(arena, p, stop, &people[(*count)++]));
        p = next ? next + strlen(mark) : end;
    }
    return CN_OK;
}

static const char *people_of(const cn__work *w)
{
    return w->field[CN_WORK_AUTHOR] ? w->field[CN_WORK_AUTHOR] : w->field[CN_WORK_EDITOR];
}

/* "Kingma and Ba", "Srivastava et al."; of a work without people its title, or its key. */
static cn_status make_label(const cn__program *p, cn__arena *arena, const cn__work *w, const char **out)
{
    person people[MOST_PEOPLE];
    size_t count;
    bool more;
    CN_TRY(read_people(arena, people_of(w), people, &count, &more));
    if (!count) *out = w->field[CN_WORK_TITLE] ? w->field[CN_WORK_TITLE] : w->key;
    else if (count == 1 && !more) *out = people[0].last;
    else if (count == 2 && !more)
        *out = cn__arena_format(arena, "%s %s %s", people[0].last, word(p, CN_MSG_AND), people[1].last);
    else *out = cn__arena_format(arena, "%s et al.", people[0].last);
    return *out ? CN_OK : CN_ERROR_MEMORY;
}

/* ---- the file --------------------------------------------------------------------------------------------------------- */

/* "2014"; "2014a" and "2014b" where the same people have several of that year. */
static cn_status make_years(const cn__program *p, cn__arena *arena, struct cn__citations *c)
{
    for (size_t i = 0; i < c->count; i++) {
        const cn__work *w = c->works[i].work;
        const char *year = w->field[CN_WORK_YEAR], *date = w->field[CN_WORK_DATE];
        if (!year && date) year = cn__arena_format(arena, "%.4s", date);
        c->works[i].year = year ? year : word(p, CN_MSG_NO_YEAR);
    }
    for (size_t i = 0; i < c->count; i++) {
        const char *label = c->works[i].label, *year = c->works[i].year;
        size_t same = 0;
        for (size_t k = i + 1; k < c->count && same < 25; k++) {
            if (strcmp(c->works[k].label, label) != 0 || strcmp(c->works[k].year, year) != 0) continue;
            c->works[k].year = cn__arena_format(arena, "%s%c", year, (char)('a' + ++same));
            if (!c->works[k].year) return CN_ERROR_MEMORY;
        }
        if (same && !(c->works[i].year = cn__arena_format(arena, "%sa", year))) return CN_ERROR_MEMORY;
    }
    return CN_OK;
}

/* Is that the document's last line: "## References"? */
static bool ends_with_heading(const cn__program *p, cn__msg heading)
{
    const char *text = p->document.parts[p->document.count - 1].text, *name = word(p, heading);
    size_t end = strlen(text);
    while (end && isspace((unsigned char)text[end - 1])) end--;
    size_t begin = end;
    while (begin && text[begin - 1] != '\n') begin--;
    if (text[begin] != '#') return false;
    while (text[begin] == '#' || text[begin] == ' ') begin++;
    return begin <= end && strlen(name) == end - begin && memcmp(name, text + begin, end - begin) == 0;
}

static cn_status make_citations(cn__program *p, const cn__work *works, size_t count)
{
    cn__arena *arena = &p->arena;
    struct cn__citations *c = cn__arena_alloc(arena, sizeof *c);
    if (!c) return CN_ERROR_MEMORY;
    c->works = cn__arena_array(arena, count + 1, sizeof *c->works);
    c->keys = cn__arena_array(arena, count + 1, sizeof *c->keys);
    if (!c->works || !c->keys) return CN_ERROR_MEMORY;
    for (; c->count < count; c->count++) {
        cited_work *w = &c->works[c->count];
        w->work = &works[c->count];
        c->keys[c->count] = w->work->key;
        CN_TRY(make_label(p, arena, w->work, &w->label));
    }
    CN_TRY(make_years(p, arena, c));
    const bool spanish = p->language == CN_SPANISH,
               own = p->document.count && ends_with_heading(p, CN_MSG_BIBLIOGRAPHY);
    c->anchor = own ? (spanish ? "bibliografía" : "bibliography") : spanish ? "referencias" : "references";
    p->citations = c;
    return CN_OK;
}

cn_status cn__citations_open(cn__program *p)
{
    const char *name = p->document.bibliography, *folder = p->stages.folder, *path;
    char *text;
    size_t size, count;
    cn__work *works;
    if (!name) return CN_OK;
    path = folder && *name != '/' ? cn__arena_format(&p->arena, "%s/%s", folder, name) : name;
    if (!path) return CN_ERROR_MEMORY;
    if (!cn__access_allows(&p->stages.access, path))
        return cn__fail(
            CN_ERROR_ARGUMENT,
            "bibliography %s lies outside of what a lab may read; cornu lab run --allow DIR adds a "
            "folder",
            name);
    CN_TRY(cn__file_read(path, &text, &size, MOST_BYTES));
    cn_status status = cn__check_utf8(path, text);
    if (status == CN_OK) status = cn__bibtex_read(&p->arena, path, text, &works, &count);
    cn__free(text);
    return status == CN_OK ? make_citations(p, works, count) : status;
}

/* ---- citing ----------------------------------------------------------------------------------------------------------- */

/* Bytes of a key at p; a mark that ends a sentence is no part of it. */
static size_t key_size(const char *p)
{
    size_t n = 0;
    while (isalnum((unsigned char)p[n]) || (p[n] && strchr("_:.-+/", p[n]))) n++;
    while (n && strchr(":.-+/", p[n - 1])) n--;
    return n;
}

static cited_work *find_work(const struct cn__citations *c, const char *key, size_t size)
{
    for (size_t i = 0; i < c->count; i++)
        if (strlen(c->keys[i]) == size && memcmp(c->keys[i], key, size) == 0) return &c->works[i];
    return NULL;
}

static void add_anchor(const cn__program *p, cn__text *out)
{
    cn__text_printf(out, "](#%s)", p->citations->anchor);
}

/* "@key" or "@key, p. 3" up to a ; or the end. */
static cn_status cite_one(const cn__program *p, const char *at, const char *end, cn__text *out)
{
    const struct cn__citations *c = p->citations;
    while (at < end && isspace((unsigned char)*at)) at++;
    const size_t n = at < end && *at == '@' ? key_size(at + 1) : 0;
    if (!n)
        return cn__fail(CN_ERROR_ARGUMENT, "'%.*s' in a citation, expected @key, or @key, p. 3",
                        (int)(end - at), at);
    cited_work *w = find_work(c, at + 1, n);
    if (!w) {
        char key[100];
        cn__format(key, sizeof key, "%.*s", (int)(n < 99 ? n : 99), at + 1);
        (void)!cn__fail_word(CN_ERROR_ARGUMENT, "key", key, c->keys, c->count);
        return cn__fail_in("%s", p->document.bibliography);
    }
    w->cited = true;
    cn__text_add(out, "[");
    cn__markdown_escape(out, w->label);
    cn__text_add(out, ", ");
    cn__markdown_escape(out, w->year);
    add_anchor(p, out);
    cn__text_add_bytes(out, at + 1 + n, (size_t)(end - at) - 1 - n);
    return CN_OK;
}

static cn_status cite_in_brackets(const cn__program *p, const char *at, const char *close, cn__text *out)
{
    cn__text_add(out, "(");
    for (const char *q = at + 1; q < close;) {
        const char *end = memchr(q, ';', (size_t)(close - q));
        if (!end) end = close;
        if (q > at + 1) cn__text_add(out, "; ");
        CN_TRY(cite_one(p, q, end, out));
        q = end + 1;
    }
    cn__text_add(out, ")");
    return CN_OK;
}

cn_status cn__cite(const cn__program *p, const char *text, const char *at, const char **end, cn__text *out)
{
    *end = at;
    if (*at == '[') {
        const size_t n = at[1] == '@' ? strcspn(at + 1, "[]\n`") : 0;
        if (!n || n > MOST_CITATION || at[1 + n] != ']' || at[2 + n] == '(') return CN_OK;
        if (strncmp(at + 2, "fig-", 4) == 0 || strncmp(at + 2, "tbl-", 4) == 0) return CN_OK;
        *end = at + n + 2;
        return cite_in_brackets(p, at, at + 1 + n, out);
    }
    const size_t n = key_size(at + 1);
    cited_work *w = n && (at == text || (!isalnum((unsigned char)at[-1]) && !strchr("\\_.[/", at[-1])))
                        ? find_work(p->citations, at + 1, n)
                        : NULL;
    if (!w) return CN_OK; /* an @ of another kind */
    w->cited = true;
    cn__text_add(out, "[");
    cn__markdown_escape(out, w->label);
    cn__text_add(out, " (");
    cn__markdown_escape(out, w->year);
    cn__text_add(out, ")");
    add_anchor(p, out);
    *end = at + 1 + n;
    return CN_OK;
}

/* ---- the list --------------------------------------------------------------------------------------------------------- */

static int by_label(const void *a, const void *b)
{
    const cited_work *const *x = a, *const *y = b;
    const int names = strcmp((*x)->label, (*y)->label), years = strcmp((*x)->year, (*y)->year);
    return names ? names : years ? years : strcmp((*x)->work->key, (*y)->work->key);
}

static void add_people(const cn__work *w, cn__text *out)
{
    cn__arena arena = {0};
    person people[MOST_PEOPLE];
    size_t count = 0;
    bool more = false;
    if (read_people(&arena, people_of(w), people, &count, &more) != CN_OK) out->failed = true, count = 0;
    for (size_t i = 0; i < count; i++) {
        if (i) cn__text_add(out, "; ");
        cn__markdown_escape(out, people[i].last);
        if (*people[i].first) cn__text_add(out, ", ");
        cn__markdown_escape(out, people[i].first);
    }
    if (more) cn__text_add(out, " et al.");
    if (count) cn__text_add(out, " ");
    cn__arena_free(&arena);
}

/* A link, where the address has nothing that Markdown could take for its own. */
static void add_link(const char *before, const char *address, cn__text *out)
{
    static const char safe[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~:/?#@!$&'()+,;=%";
    const bool web = *before || strncmp(address, "https://", 8) == 0 || strncmp(address, "http://", 7) == 0;
    cn__text_add(out, " ");
    if (web && !address[strspn(address, safe)]) cn__text_printf(out, "<%s%s>", before, address);
    else cn__markdown_escape(out, address);
}

/* ". *Journal*, 15(1), 1929–1958": where it was published. */
static void add_place(const cn__work *w, cn__text *out)
{
    static const cn__work_field houses[] = {CN_WORK_PUBLISHER, CN_WORK_SCHOOL, CN_WORK_INSTITUTION,
                                            CN_WORK_HOWPUBLISHED};
    const char *in = w->field[CN_WORK_JOURNAL] ? w->field[CN_WORK_JOURNAL] : w->field[CN_WORK_BOOKTITLE],
               *volume = w->field[CN_WORK_VOLUME], *number = w->field[CN_WORK_NUMBER];
    if (in) {
        cn__text_add(out, " *");
        cn__markdown_escape(out, in);
        cn__text_add(out, "*");
        if (volume || number) cn__text_add(out, ", ");
        cn__markdown_escape(out, volume ? volume : "");
        if (number) cn__text_add(out, volume ? "(" : "");
        cn__markdown_escape(out, number ? number : "");
        if (number && volume) cn__text_add(out, ")");
        if (w->field[CN_WORK_PAGES]) cn__text_add(out, ", ");
        cn__markdown_escape(out, w->field[CN_WORK_PAGES] ? w->field[CN_WORK_PAGES] : "");
        cn__text_add(out, ".");
    }
    for (size_t i = 0; i < sizeof houses / sizeof *houses; i++) {
        if (!w->field[houses[i]]) continue;
        cn__text_add(out, " ");
        cn__markdown_escape(out, w->field[houses[i]]);
        cn__text_add(out, ".");
    }
}

static void add_work(const cited_work *c, cn__text *out)
{
    const cn__work *w = c->work;
    const char *title = w->field[CN_WORK_TITLE];
    cn__text_add(out, "- ");
    add_people(w, out);
    cn__text_add(out, "(");
    cn__markdown_escape(out, c->year);
    cn__text_add(out, ").");
    if (title) {
        cn__text_add(out, " ");
        cn__markdown_escape(out, title);
        if (*title && !strchr(".?!", title[strlen(title) - 1])) cn__text_add(out, ".");
    }
    add_place(w, out);
    if (w->field[CN_WORK_DOI]) add_link("https://doi.org/", w->field[CN_WORK_DOI], out);
    else if (w->field[CN_WORK_URL]) add_link("", w->field[CN_WORK_URL], out);
    cn__text_add(out, "\n");
}

void cn__citations_list(const cn__program *p, cn__text *out)
{
    const struct cn__citations *c = p->citations;
    size_t count = 0;
    const cited_work **cited = c ? cn__malloc((c->count + 1) * sizeof *cited) : NULL;
    if (c && !cited) out->failed = true;
    for (size_t i = 0; cited && i < c->count; i++)
        if (c->works[i].cited) cited[count++] = &c->works[i];
    if (count) qsort(cited, count, sizeof *cited, by_label);
    if (count && !ends_with_heading(p, CN_MSG_REFERENCES) && !ends_with_heading(p, CN_MSG_BIBLIOGRAPHY))
        cn__text_printf(out, "\n\n## %s", word(p, CN_MSG_REFERENCES));
    if (count) cn__text_add(out, "\n\n");
    for (size_t i = 0; i < count; i++) add_work(cited[i], out);
    cn__free(cited);
}
