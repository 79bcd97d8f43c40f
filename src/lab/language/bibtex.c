/* BibTeX as https://www.bibtex.org/Format/ has it. Every byte is looked at once, in order; nothing recurses. */
#include "lab/language/bibtex.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "base/text/text.h"

enum { MOST_WORKS = 10000, MOST_FIELD = 20000, MOST_STRINGS = 500 };

static const char *const fields[CN_WORK_FIELDS] = {
    "author", "editor",      "title",        "year",   "date",   "journal", "booktitle", "publisher",
    "school", "institution", "howpublished", "volume", "number", "pages",   "doi",       "url"};

typedef struct reader {
    cn__arena *arena;
    const char *path, *text, *at;
    cn__work *works;
    size_t count, capacity;
    struct {
        const char *name, *value;
    } strings[MOST_STRINGS];
    size_t string_count;
} reader;

/* ---- TeX in texts ----------------------------------------------------------------------------------------------------- */

/* The accents' own characters for the letters of European names; others get the accent behind them. */
static const struct {
    char mark;
    const char *combining, *pairs; /* letter, character, letter, … */
} accents[] = {{'\'', "\u0301", "aáeéiíoóuúyýnńcćsśzźAÁEÉIÍOÓUÚYÝSŚ"},
               {'`', "\u0300", "aàeèiìoòuùAÀEÈ"},
               {'^', "\u0302", "aâeêiîoôuûAÂEÊ"},
               {'"', "\u0308", "aäeëiïoöuüyÿAÄEËIÏOÖUÜ"},
               {'~', "\u0303", "aãnñoõAÃNÑOÕ"},
               {'=', "\u0304", "aāeēiīoōuū"},
               {'.', "\u0307", "zżeėZŻ"},
               {'c', "\u0327", "cçsşCÇSŞ"},
               {'v', "\u030c", "cčsšzžrřeěnňCČSŠZŽRŘ"},
               {'u', "\u0306", "aăgğAĂGĞ"},
               {'H', "\u030b", "oőuű"},
               {'k', "\u0328", "aąeęAĄEĘ"},
               {'r', "\u030a", "aåuůAÅ"}};

static void add_accented(cn__text *out, size_t accent, char letter)
{
    for (const char *p = accents[accent].pairs; *p;) {
        const size_t n = cn__utf8_length(p + 1, 4);
        if (*p == letter) {
            cn__text_add_bytes(out, p + 1, n);
            return;
        }
        p += 1 + n;
    }
    cn__text_add_bytes(out, &letter, 1);
    cn__text_add(out, accents[accent].combining);
}

/* "\'{e}", "\c c", "\ss", "\emph": behind it. */
static const char *add_command(cn__text *out, const char *p, const char *end)
{
    static const char *const letters[][2] = {
        {"ss", "ß"}, {"o", "ø"},  {"O", "Ø"},  {"l", "ł"}, {"L", "Ł"}, {"ae", "æ"},        {"AE", "Æ"},
        {"oe", "œ"}, {"aa", "å"}, {"AA", "Å"}, {"i", "i"}, {"j", "j"}, {"textendash", "–"}};
    const char *word = p;
    if (p == end) return p;
    const bool named = isalpha((unsigned char)*p);
    while (named && p < end && isalpha((unsigned char)*p)) p++;
    const size_t n = named ? (size_t)(p - word) : 1;
    p = word + n;
    for (size_t i = 0; i < sizeof accents / sizeof *accents && n == 1; i++) {
        if (*word != accents[i].mark) continue;
        const char *q = p;
        while (q < end && (*q == '{' || *q == ' ' || (*q == '\\' && q + 1 < end && strchr("ij", q[1])))) q++;
        if (q == end || !isalpha((unsigned char)*q)) break;
        add_accented(out, i, *q);
        return q + 1;
    }
    for (size_t i = 0; named && i < sizeof letters / sizeof *letters; i++)
        if (strlen(letters[i][0]) == n && memcmp(letters[i][0], word, n) == 0)
            cn__text_add(out, letters[i][1]);
    if (!named && strchr("&%_$#{}", *word)) cn__text_add_bytes(out, word, 1);
    while (named && p < end && *p == ' ') p++;
    return p;
}

cn_status cn__bibtex_plain(cn__arena *arena, const char *text, size_t size, const char **out)
{
    const char *end = text + size;
    cn__text plain = {0};
    cn__text_add(&plain, "");
    for (const char *p = text; p < end;) {
        const bool blank = isspace((unsigned char)*p) || *p == '~';
        if (*p == '\\') p = add_command(&plain, p + 1, end);
        else if (*p == '{' || *p == '}') p++;
        else if (end - p > 1 && p[0] == '-' && p[1] == '-') {
            cn__text_add(&plain, end - p > 2 && p[2] == '-' ? "—" : "–");
            p += end - p > 2 && p[2] == '-' ? 3 : 2;
        } else {
            if (!blank) cn__text_add_bytes(&plain, p, 1);
            else if (plain.size && plain.data[plain.size - 1] != ' ') cn__text_add(&plain, " ");
            p++;
        }
    }
    while (!plain.failed && plain.size && plain.data[plain.size - 1] == ' ') plain.data[--plain.size] = '\0';
    *out = plain.failed ? NULL : cn__arena_strdup(arena, plain.data);
    cn__text_free(&plain);
    return *out ? CN_OK : CN_ERROR_MEMORY;
}

/* ---- entries ---------------------------------------------------------------------------------------------------------- */

static cn_status fail_at(const reader *r, const char *expected)
{
    size_t line = 1;
    for (const char *p = r->text; p < r->at; p++) line += *p == '\n';
    return cn__fail(CN_ERROR_FORMAT, "%s, line %zu: expected %s", r->path, line, expected);
}

static char skip_blanks(reader *r)
{
    while (isspace((unsigned char)*r->at)) r->at++;
    return *r->at;
}

/* A name up to a blank or one of BibTeX's own signs. */
static const char *read_name(reader *r)
{
    skip_blanks(r);
    const size_t n = strcspn(r->at, " \t\r\n,={}()\"#%@");
    const char *name = n && n < 200 ? cn__arena_format(r->arena, "%.*s", (int)n, r->at) : NULL;
    if (name) r->at += n;
    return name;
}

/* What stands between the braces or quotes at r->at. */
static cn_status read_quoted(reader *r, cn__text *out)
{
    const char close = *r->at == '{' ? '}' : '"', *begin = r->at + 1, *p = begin;
    for (size_t depth = 0; *p && (depth || *p != close); p++) {
        if (*p == '\\' && p[1]) p++;
        else if (*p == '{') depth++;
        else if (*p == '}' && depth) depth--;
    }
    if (!*p) return fail_at(r, close == '}' ? "a closing } for this one" : "a closing \" for this one");
    cn__text_add_bytes(out, begin, (size_t)(p - begin));
    r->at = p + 1;
    return CN_OK;
}

static void add_string(const reader *r, const char *name, cn__text *out)
{
    for (size_t i = 0; i < r->string_count; i++)
        if (strcasecmp(r->strings[i].name, name) == 0) {
            cn__text_add(out, r->strings[i].value);
            return;
        }
    cn__text_add(out, name); /* a number, or the name of a month */
}

/* {…}, "…", 2014 or a name, and more of them behind # */
static cn_status read_value(reader *r, const char **out)
{
    cn__text value = {0};
    cn_status status = CN_OK;
    cn__text_add(&value, "");
    do {
        const char first = skip_blanks(r), *name;
        if (first == '{' || first == '"') status = read_quoted(r, &value);
        else if ((name = read_name(r))) add_string(r, name, &value);
        else status = fail_at(r, "a value in braces or quotes, or a number");
        if (status == CN_OK && value.size > MOST_FIELD) status = fail_at(r, "a shorter value");
    } while (status == CN_OK && skip_blanks(r) == '#' && r->at++);
    *out = status == CN_OK && !value.failed ? cn__arena_strdup(r->arena, value.data) : NULL;
    cn__text_free(&value);
    return status != CN_OK || *out ? status : CN_ERROR_MEMORY;
}

static cn_status set_field(const reader *r, cn__work *work, const char *name, const char *value)
{
    for (size_t i = 0; i < CN_WORK_FIELDS; i++) {
        if (strcasecmp(name, fields[i]) != 0 &&
            !(i == CN_WORK_JOURNAL && strcasecmp(name, "journaltitle") == 0))
            continue;
        work->field[i] = value;
        if (i > CN_WORK_EDITOR) return cn__bibtex_plain(r->arena, value, strlen(value), &work->field[i]);
    }
    return CN_OK;
}

/* "name = value" up to the entry's end; `work` NULL: of @string. */
static cn_status read_fields(reader *r, cn__work *work, char close)
{
    for (;;) {
        while (skip_blanks(r) == ',') r->at++;
        if (*r->at == close) {
            r->at++;
            return CN_OK;
        }
        const char *name = read_name(r), *value;
        if (!name) return fail_at(r, close == '}' ? "a field or a closing }" : "a field or a closing )");
        if (skip_blanks(r) != '=') return fail_at(r, "= behind the field's name");
        r->at++;
        CN_TRY(read_value(r, &value));
        if (work) CN_TRY(set_field(r, work, name, value));
        else if (r->string_count < MOST_STRINGS)
            r->strings[r->string_count].name = name, r->strings[r->string_count++].value = value;
        if (skip_blanks(r) != ',' && *r->at != close) return fail_at(r, "a comma behind the field");
    }
}

static cn_status add_work(reader *r, const char *key, size_t line, cn__work **out)
{
    for (size_t i = 0; i < r->count; i++)
        if (strcmp(r->works[i].key, key) == 0)
            return cn__fail(CN_ERROR_FORMAT, "%s, line %zu: the key %s is that of line %zu, too", r->path,
                            line, key, r->works[i].line);
    if (r->count == MOST_WORKS) return fail_at(r, "at most 10000 entries");
    if (r->count == r->capacity) {
        const size_t capacity = r->capacity ? 2 * r->capacity : 16;
        cn__work *more = cn__arena_array(r->arena, capacity, sizeof *more);
        if (!more) return CN_ERROR_MEMORY;
        if (r->count) memcpy(more, r->works, r->count * sizeof *more);
        r->works = more, r->capacity = capacity;
    }
    *out = &r->works[r->count++];
    **out = (cn__work){.key = key, .line = line};
    return CN_OK;
}

static cn_status read_entry(reader *r, size_t line)
{
    const char *type = read_name(r);
    if (!type) return CN_OK; /* an @ in the text around the entries */
    const char open = skip_blanks(r), close = open == '{' ? '}' : ')';
    if (open != '{' && open != '(') return CN_OK;
    if (strcasecmp(type, "comment") == 0 || strcasecmp(type, "preamble") == 0) return CN_OK;
    r->at++;
    if (strcasecmp(type, "string") == 0) return read_fields(r, NULL, close);
    const char *key = read_name(r);
    cn__work *work = NULL;
    if (!key) return fail_at(r, "the entry's key");
    CN_TRY(add_work(r, key, line, &work));
    return read_fields(r, work, close);
}

cn_status cn__bibtex_read(cn__arena *arena, const char *path, const char *text, cn__work **works,
                          size_t *count)
{
    reader r = {.arena = arena, .path = path, .text = text, .at = text};
    size_t line = 1;
    const char *counted = text;
    while (*(r.at += strcspn(r.at, "@"))) {
        for (; counted < r.at; counted++) line += *counted == '\n';
        r.at++;
        CN_TRY(read_entry(&r, line));
    }
    *works = r.works, *count = r.count;
    return CN_OK;
}
