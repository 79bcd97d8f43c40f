/* Large tables that were read once, in files of the user's cache. A file's name is made of the table's text and the options
 * it was read with, and holds the finished columns; the fingerprint at its begin tells whether the rest is whole. A table
 * comes out the same with the cache, without one, and with one that cannot be written. */
#include <dirent.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cornu/version.h"
#include "data/data.h"
#include "data/table/steps.h"

/* Raised when a text becomes another table than before. */
enum { READING = 1 };
/* Smaller texts are read as quickly as the cache is asked. */
enum { SMALLEST = 4 << 20 };

typedef struct head {
    char magic[16];
    char fingerprint[40]; /* of all that follows it */
    uint64_t size;        /* of the file: what is covered begins here */
    uint64_t rows, columns, strings;
    uint32_t notes, form; /* where they stand among the strings */
    char separator, header, unused[6];
} head;

/* A column; its words, if any, stand one after the other among the strings. */
typedef struct record {
    uint64_t missing, numeric, odd_row, words, word_count;
    uint32_t name, odd;
    uint8_t kind, stored, forced, index, unnamed, unused[3];
} record;

static const char magic[16] = "cornu table \1\2\0";

static size_t aligned(size_t n) { return (n + 7) & ~(size_t)7; }

static size_t cell_size(const cn__column *c)
{
    return c->kind == CN_COLUMN_CATEGORY ? sizeof *c->codes : cn_dtype_size(c->stored);
}

/* How many bytes the cache may fill; 0: there is none. */
static double capacity(void)
{
    const char *text = getenv("CORNU_TABLE_CACHE");
    char *end = NULL;
    const double megabytes = text && *text ? strtod(text, &end) : 1024;
    return end && (*end || !(megabytes >= 0)) ? 0 : megabytes * (1 << 20);
}

/* ---- names ------------------------------------------------------------------------------------------------------------ */

static void add_word(cn__text *out, const char *word)
{
    cn__text_add_bytes(out, word ? "+" : "-", 1);
    cn__text_add_bytes(out, word ? word : "", word ? strlen(word) + 1 : 1);
}

static void add_names(cn__text *out, const cn_names *names)
{
    cn__text_printf(out, "%zu", names->count);
    for (size_t i = 0; i < names->count; i++) add_word(out, names->items[i]);
}

/* The path of a text's table, and its folder; NULL: none. */
static char *place_of(const char *bytes, size_t size, const cn_table_options *o, char **folder)
{
    enum { PRINT = 33 };
    char of_text[PRINT], of_options[PRINT], name[2 * PRINT + 8];
    cn__text words = {0};
    cn__text_printf(&words, "%d %s %d %d", READING, cn_version(), o->plain_quotes, o->skip_bad_rows);
    const char *const single[] = {o->header, o->separator, o->decimal, o->encoding};
    for (size_t i = 0; i < sizeof single / sizeof *single; i++) add_word(&words, single[i]);
    const cn_names *const lists[] = {&o->names, &o->missing_values, &o->number, &o->category};
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) add_names(&words, lists[i]);
    char *cache = words.failed ? NULL : cn__cache_folder();
    *folder = cache ? cn__path_join(cache, "tables") : NULL;
    cn__free(cache);
    if (*folder) {
        cn__fingerprint(bytes, size, of_text);
        cn__fingerprint(words.data, words.size, of_options);
        cn__format(name, sizeof name, "%s-%.16s.table", of_text, of_options);
    }
    cn__text_free(&words);
    return *folder ? cn__path_join(*folder, name) : NULL;
}

/* ---- reading ---------------------------------------------------------------------------------------------------------- */

typedef struct loader {
    const char *strings, *end;
    cn_table *table;
    char *at; /* of the next array */
    size_t left;
} loader;

static const char *string_at(const loader *l, size_t at)
{
    return at < (size_t)(l->end - l->strings) ? l->strings + at : NULL;
}

/* The next `bytes` of the store; NULL: it ends before. */
static void *next_array(loader *l, size_t bytes)
{
    void *at = l->at;
    if (bytes > l->left || aligned(bytes) > l->left) return NULL;
    l->at += aligned(bytes), l->left -= aligned(bytes);
    return at;
}

static bool load_words(loader *l, const record *r, cn__column *c)
{
    const char *p = string_at(l, r->words);
    if (!p || r->word_count > (size_t)(l->end - p)) return false;
    const char **words = cn__arena_array(&l->table->arena, r->word_count + 1, sizeof *words);
    for (size_t i = 0; words && i < r->word_count; i++, p += strlen(p) + 1) {
        if (p >= l->end) return false;
        words[i] = p;
    }
    c->categories = words;
    c->category_count = r->word_count;
    for (size_t row = 0; words && row < l->table->rows; row++)
        if (c->codes[row] >= c->category_count && c->codes[row] != CN_TABLE_MISSING) return false;
    return words != NULL;
}

static bool load_column(loader *l, const record *r, cn__column *c)
{
    const bool words = r->kind == CN_COLUMN_CATEGORY;
    *c = (cn__column){.name = string_at(l, r->name),
                      .kind = words ? CN_COLUMN_CATEGORY : CN_COLUMN_NUMBER,
                      .forced = r->forced,
                      .index = r->index,
                      .unnamed = r->unnamed,
                      .stored = (cn_dtype)r->stored,
                      .missing = r->missing,
                      .numeric = r->numeric,
                      .odd_row = r->odd_row,
                      .odd = r->odd ? string_at(l, r->odd) : NULL};
    if (!c->name || (r->odd && !c->odd) || r->missing > l->table->rows || r->odd_row >= l->table->rows)
        return false;
    if (!words && c->stored != CN_UINT8 && c->stored != CN_INT32 && c->stored != CN_FLOAT64) return false;
    void *cells = next_array(l, l->table->rows * cell_size(c));
    if (words) c->codes = cells;
    else c->values = cells;
    return cells && (!words || load_words(l, r, c));
}

static bool load_columns(loader *l, const head *h, const record *records)
{
    cn_table *t = l->table;
    t->rows = h->rows, t->columns = h->columns;
    t->separator = h->separator, t->header = h->header;
    t->column = cn__arena_array(&t->arena, t->columns + 1, sizeof *t->column);
    t->lines = next_array(l, t->rows * sizeof *t->lines);
    if (!t->column || !t->lines || cn__table_slots(t) != CN_OK) return false;
    for (size_t k = 0; k < t->columns; k++) {
        if (!load_column(l, &records[k], &t->column[k])) return false;
        uint32_t *slot = &t->slots[cn__table_slot(t, t->column[k].name)];
        if (*slot) return false;
        *slot = (uint32_t)k + 1;
    }
    const char *notes = string_at(l, h->notes), *form = string_at(l, h->form);
    if (!notes || !form) return false;
    cn__text_add(&t->notes, notes);
    t->form = *form ? form : NULL;
    return l->left == 0 && !t->notes.failed;
}

static bool is_whole(const char *bytes, size_t size)
{
    const head *h = (const void *)bytes;
    char print[sizeof h->fingerprint] = {0};
    if (size < sizeof *h || memcmp(h->magic, magic, sizeof magic) != 0 || h->size != size) return false;
    cn__fingerprint(&h->size, size - offsetof(head, size), print);
    const size_t rest = size - sizeof *h;
    return memcmp(print, h->fingerprint, sizeof print) == 0 && h->rows && h->rows < UINT32_MAX &&
           h->columns && h->columns <= CN_MOST_COLUMNS && h->columns <= rest / sizeof(record) && h->strings &&
           h->strings <= rest - h->columns * sizeof(record);
}

/* Takes the bytes. NULL: they are damaged, or memory ran out. */
static cn_table *load(char *bytes, size_t size, const char *path)
{
    cn_table *t = is_whole(bytes, size) ? cn__calloc(1, sizeof *t) : NULL;
    if (!t) {
        cn__free(bytes);
        return NULL;
    }
    const head *h = (const void *)bytes;
    const record *records = (const void *)(bytes + sizeof *h);
    const char *strings = (const char *)(records + h->columns);
    const size_t used = sizeof *h + h->columns * sizeof *records + aligned(h->strings);
    t->store = bytes;
    t->path = cn__arena_strdup(&t->arena, path);
    loader l = {.strings = strings, .end = strings + h->strings, .table = t, .at = bytes + used};
    l.left = used <= size ? size - used : 0;
    if (t->path && used <= size && !l.end[-1] && load_columns(&l, h, records)) return t;
    cn_table_free(t);
    return NULL;
}

static cn_table *find(const char *place, const char *path)
{
    char *bytes;
    size_t size;
    struct stat info;
    if (lstat(place, &info) != 0 || !S_ISREG(info.st_mode)) return NULL;
    if (cn__file_read(place, &bytes, &size, CN_DATA_LIMIT) != CN_OK) return NULL;
    cn_table *t = load(bytes, size, path);
    if (t) (void)!utimensat(AT_FDCWD, place, NULL, AT_SYMLINK_NOFOLLOW); /* read lately: removed last */
    else (void)unlink(place);
    return t;
}

/* ---- writing ---------------------------------------------------------------------------------------------------------- */

static uint32_t add_string(cn__text *strings, const char *text)
{
    const size_t at = strings->size;
    cn__text_add_bytes(strings, text, strlen(text) + 1);
    if (strings->size > UINT32_MAX) strings->failed = true;
    return (uint32_t)at;
}

static record record_of(const cn__column *c, cn__text *strings)
{
    record r = {.missing = c->missing,
                .numeric = c->numeric,
                .odd_row = c->odd_row,
                .kind = (uint8_t)c->kind,
                .stored = (uint8_t)c->stored,
                .forced = c->forced,
                .index = c->index,
                .unnamed = c->unnamed,
                .words = strings->size,
                .word_count = c->category_count};
    for (size_t i = 0; i < c->category_count; i++) add_string(strings, c->categories[i]);
    r.name = add_string(strings, c->name);
    r.odd = c->odd ? add_string(strings, c->odd) : 0;
    return r;
}

static char *put(char *at, const void *bytes, size_t size)
{
    memcpy(at, bytes, size);
    return at + aligned(size);
}

/* The whole file, of cn__calloc; NULL: it would have more bytes than `most`, or memory ran out. */
static char *dump(const cn_table *t, double most, size_t *size)
{
    head h = {.rows = t->rows, .columns = t->columns, .separator = t->separator, .header = t->header};
    record *records = cn__calloc(t->columns, sizeof *records);
    cn__text strings = {0};
    char *bytes = NULL;
    add_string(&strings, "");
    h.form = add_string(&strings, t->form ? t->form : "");
    h.notes = add_string(&strings, cn_table_notes(t));
    *size = sizeof h + t->columns * sizeof *records + aligned(t->rows * sizeof *t->lines);
    for (size_t k = 0; records && k < t->columns; k++) {
        records[k] = record_of(&t->column[k], &strings);
        *size += aligned(t->rows * cell_size(&t->column[k]));
    }
    *size += aligned(strings.size);
    if (records && !strings.failed && (double)*size <= most) bytes = cn__calloc(*size, 1);
    if (bytes) {
        h.strings = strings.size, h.size = *size;
        char *at = put(bytes + sizeof h, records, t->columns * sizeof *records);
        at = put(put(at, strings.data, strings.size), t->lines, t->rows * sizeof *t->lines);
        for (size_t k = 0; k < t->columns; k++) {
            const cn__column *c = &t->column[k];
            at = put(at, c->kind == CN_COLUMN_CATEGORY ? c->codes : c->values, t->rows * cell_size(c));
        }
        memcpy(h.magic, magic, sizeof magic);
        memcpy(bytes, &h, sizeof h);
        const size_t before = offsetof(head, size);
        cn__fingerprint(bytes + before, *size - before, ((head *)(void *)bytes)->fingerprint);
    }
    cn__text_free(&strings);
    cn__free(records);
    return bytes;
}

/* Removes the tables that were not read for longest, until all fit. */
static void make_room(const char *folder, double most)
{
    for (;;) {
        DIR *list = opendir(folder);
        char oldest[sizeof(struct dirent)] = "";
        double sum = 0;
        struct stat info, old = {0};
        for (const struct dirent *e; list && (e = readdir(list));) {
            if (!cn__has_suffix(e->d_name, ".table") ||
                fstatat(dirfd(list), e->d_name, &info, AT_SYMLINK_NOFOLLOW) != 0)
                continue;
            sum += (double)info.st_size;
            if (*oldest && info.st_mtime >= old.st_mtime) continue;
            cn__format(oldest, sizeof oldest, "%s", e->d_name);
            old = info;
        }
        const bool removed = sum > most && *oldest && unlinkat(dirfd(list), oldest, 0) == 0;
        if (list) closedir(list);
        if (!removed) return;
    }
}

/* Whether it can be kept makes no difference to the caller. */
static void store(const cn_table *t, const char *folder, const char *place, double most)
{
    cn__outfile out;
    size_t size;
    if (cn__make_dirs(folder) != CN_OK || access(folder, W_OK) != 0) return;
    char *bytes = dump(t, most, &size);
    if (!bytes) return;
    cn__remove_stale(folder);
    make_room(folder, most - (double)size);
    if (cn__outfile_open(&out, place) == CN_OK) {
        out.is_cache = true;
        (void)!cn__outfile_put(&out, bytes, size);
    }
    cn__free(bytes);
}

/* ---- the whole -------------------------------------------------------------------------------------------------------- */

cn_table *cn__table_cached(char *bytes, size_t size, const char *path, const cn_table_options *options)
{
    static const cn_table_options defaults = {0};
    const double most = size < SMALLEST ? 0 : capacity();
    char *folder = NULL,
         *place = most > 0 ? place_of(bytes, size, options ? options : &defaults, &folder) : NULL;
    cn_table *t = place ? find(place, path) : NULL;
    if (t) {
        cn__free(bytes);
    } else {
        t = cn__table_parse(bytes, size, path, options);
        if (t && place) store(t, folder, place, most);
    }
    cn__free(place);
    cn__free(folder);
    return t;
}
