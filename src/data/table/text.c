/* The bytes of a file as UTF-8 text with '\n' at its lines' ends: unpacked, and from what it was encoded in. */
#include <string.h>

#include "data/data.h"
#include "data/table/steps.h"
#include "data/files/zip.h"

/* ---- what is no text ------------------------------------------------------------------------------------------------ */

static cn_status check_kind(const char *path, const char *b, size_t size)
{
    static const struct {
        const char *begin;
        size_t size;
        const char *is, *advice;
    } kinds[] = {
        {"PK\3\4", 4, "a zip file or a spreadsheet", "unpack it, or save the sheet as CSV"},
        {"\xd0\xcf\x11\xe0", 4, "a spreadsheet (.xls)", "save the sheet as CSV"},
        {"PAR1", 4, "a Parquet file",
         "write it as CSV, as pandas.read_parquet(…).to_csv(…, index=False) does"},
        {"\x89HDF", 4, "an HDF5 file", "write the table as CSV"},
        {"SQLite format 3", 15, "an SQLite database", "write the table as CSV: sqlite3 -header -csv"},
        {"%PDF", 4, "a PDF", "expected a table as text"},
        {"<!DOCTYPE", 9, "a web page", "was a page downloaded in place of the file?"},
        {"<!doctype", 9, "a web page", "was a page downloaded in place of the file?"},
        {"<html", 5, "a web page", "was a page downloaded in place of the file?"},
        {"BZh", 3, "a bzip2 file", "unpack it: bunzip2"},
        {"\xfd\x37zXZ", 5, "an xz file", "unpack it: unxz"},
        {"\x93NUMPY", 6, "a file of one array", "it is read with x=FILE and y=FILE"},
    };
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (size >= kinds[i].size && memcmp(b, kinds[i].begin, kinds[i].size) == 0)
            return cn__fail(CN_ERROR_FORMAT, "%s is %s, no table as text; %s", path, kinds[i].is,
                            kinds[i].advice);
    return CN_OK;
}

/* ---- encodings -------------------------------------------------------------------------------------------------------- */

typedef enum encoding { UTF_8, UTF_16_LITTLE, UTF_16_BIG, LATIN_1 } encoding;

static void add_character(cn__text *out, uint32_t c)
{
    char b[4];
    size_t n = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    static const unsigned char first[] = {0, 0, 0xc0, 0xe0, 0xf0};
    for (size_t i = n; i-- > 1; c >>= 6) b[i] = (char)(0x80 | (c & 0x3f));
    b[0] = (char)(n == 1 ? c : first[n] | c);
    cn__text_add_bytes(out, b, n);
}

/* A lone half of a pair becomes the mark of a character that is none. */
static void from_utf16(const unsigned char *b, size_t size, bool big, cn__text *out)
{
    for (size_t i = 0; i + 1 < size; i += 2) {
        uint32_t c = (uint32_t)(big ? b[i] << 8 | b[i + 1] : b[i + 1] << 8 | b[i]);
        if (c >= 0xd800 && c < 0xdc00 && i + 3 < size) {
            uint32_t low = (uint32_t)(big ? b[i + 2] << 8 | b[i + 3] : b[i + 3] << 8 | b[i + 2]);
            if (low >= 0xdc00 && low < 0xe000) {
                c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
                i += 2;
            }
        }
        if (c >= 0xd800 && c < 0xe000) c = 0xfffd;
        if (i > 0 || c != 0xfeff) add_character(out, c);
    }
}

/* Windows' code page 1252, which is what files that say Latin-1 are written in. */
static void from_latin1(const unsigned char *b, size_t size, cn__text *out)
{
    static const uint16_t high[32] = {0x20ac, 0x81,   0x201a, 0x192,  0x201e, 0x2026, 0x2020, 0x2021,
                                      0x2c6,  0x2030, 0x160,  0x2039, 0x152,  0x8d,   0x17d,  0x8f,
                                      0x90,   0x2018, 0x2019, 0x201c, 0x201d, 0x2022, 0x2013, 0x2014,
                                      0x2dc,  0x2122, 0x161,  0x203a, 0x153,  0x9d,   0x17e,  0x178};
    for (size_t i = 0; i < size; i++)
        if (b[i] < 0x80) cn__text_add_bytes(out, &b[i], 1);
        else add_character(out, b[i] < 0xa0 ? high[b[i] - 0x80] : b[i]);
}

/* Eight bytes of ASCII at a time; `size`: all is UTF-8. */
static size_t first_not_utf8(const char *b, size_t size)
{
    for (size_t i = 0; i < size;) {
        uint64_t word;
        if (i + 8 <= size && (memcpy(&word, b + i, 8), (word & 0x8080808080808080u) == 0)) {
            i += 8;
            continue;
        }
        size_t n = (unsigned char)b[i] < 0x80 ? 1 : cn__utf8_length(b + i, size - i);
        if (!n) return i;
        i += n;
    }
    return size;
}

/* Without a mark at its begin: half of the bytes of most texts are zeros then. */
static bool looks_like_utf16(const unsigned char *b, size_t size, bool big)
{
    size_t zeros = 0, others = 0, n = size < 400 ? size & ~(size_t)1 : 400;
    for (size_t i = 0; i < n; i += 2) {
        zeros += !b[i + !big];
        others += !b[i + big];
    }
    return n >= 4 && zeros * 10 >= n * 4 && others == 0;
}

static encoding guess(const char *bytes, size_t size)
{
    const unsigned char *b = (const unsigned char *)bytes;
    if (size > 1 && b[0] == 0xff && b[1] == 0xfe) return UTF_16_LITTLE;
    if (size > 1 && b[0] == 0xfe && b[1] == 0xff) return UTF_16_BIG;
    if (looks_like_utf16(b, size, false)) return UTF_16_LITTLE;
    if (looks_like_utf16(b, size, true)) return UTF_16_BIG;
    return first_not_utf8(bytes, size) == size ? UTF_8 : LATIN_1;
}

static cn_status choose(const cn__source_text *t, const char *word, encoding *out)
{
    static const char *const known[] = {"utf-8", "utf-16", "latin-1"};
    *out = guess(t->bytes, t->size);
    if (!word) return CN_OK;
    if (cn__same_name(word, "utf16") || cn__same_name(word, known[1])) {
        if (*out != UTF_16_BIG) *out = UTF_16_LITTLE;
    } else if (cn__same_name(word, "latin1") || cn__same_name(word, known[2])) {
        *out = LATIN_1;
    } else if (cn__same_name(word, "utf8") || cn__same_name(word, known[0])) {
        size_t at = first_not_utf8(t->bytes, t->size), line = 1;
        for (size_t i = 0; i < at; i++) line += t->bytes[i] == '\n';
        if (at < t->size)
            return cn__fail(CN_ERROR_FORMAT,
                            "%s, line %zu: the byte 0x%02x is no UTF-8; encoding=latin-1 reads it", t->path,
                            line, (unsigned char)t->bytes[at]);
        *out = UTF_8;
    } else {
        return cn__fail_word(CN_ERROR_ARGUMENT, "encoding", word, known, 3);
    }
    return CN_OK;
}

static cn_status decode(cn__source_text *t, const char *word, cn__text *notes)
{
    encoding is;
    cn__text out = {0};
    CN_TRY(choose(t, word, &is));
    if (is == UTF_8) return CN_OK;
    if (!cn__text_reserve(&out, t->size + t->size / 8 + 1)) return CN_ERROR_MEMORY;
    if (is == LATIN_1) from_latin1((const unsigned char *)t->bytes, t->size, &out);
    else from_utf16((const unsigned char *)t->bytes, t->size, is == UTF_16_BIG, &out);
    cn__text_add_bytes(&out, "", 1);
    if (out.failed) return cn__fail_memory(out.size, "a table");
    cn__free(t->bytes);
    t->bytes = out.data;
    t->size = out.size - 1;
    cn__text_printf(notes, "The text is %s.\n", is == LATIN_1 ? "Latin-1 (Windows-1252)" : "UTF-16");
    return CN_OK;
}

/* ---- the whole -------------------------------------------------------------------------------------------------------- */

static cn_status unpack(cn__source_text *t, cn__text *notes)
{
    unsigned char *plain;
    const unsigned char *bytes = (const unsigned char *)t->bytes;
    size_t size;
    const bool gzip = cn__is_gzip(bytes, t->size);
    if (!gzip && !cn__is_zstd(bytes, t->size)) return CN_OK;
    const uint64_t most = cn__zip_budget(t->size);
    const size_t limit = most < SIZE_MAX ? (size_t)most : SIZE_MAX;
    CN_TRY((gzip ? cn__gunzip : cn__unzstd)(bytes, t->size, limit, t->path, &plain, &size));
    char *text = cn__realloc(plain, size + 1);
    if (!text) {
        cn__free(plain);
        return CN_ERROR_MEMORY;
    }
    text[size] = '\0';
    cn__free(t->bytes);
    t->bytes = text;
    t->size = size;
    cn__text_add(notes, gzip ? "The file is gzipped.\n" : "The file is packed by zstd.\n");
    return CN_OK;
}

/* Of old Macs: '\r' alone ends lines, or most of them. */
static void end_lines(cn__source_text *t)
{
    size_t alone = 0, others = 0;
    if (!memchr(t->bytes, '\r', t->size)) return;
    for (size_t i = 0; i < t->size; i++) {
        alone += t->bytes[i] == '\r' && t->bytes[i + 1] != '\n';
        others += t->bytes[i] == '\n';
    }
    for (size_t i = 0; alone > others && i < t->size; i++)
        if (t->bytes[i] == '\r' && t->bytes[i + 1] != '\n') t->bytes[i] = '\n';
}

cn_status cn__table_decode(cn__source_text *t, const cn_table_options *o, cn__text *notes)
{
    CN_TRY(unpack(t, notes));
    CN_TRY(check_kind(t->path, t->bytes, t->size));
    CN_TRY(decode(t, o->encoding, notes));
    if (t->size && t->bytes[t->size - 1] == 0x1a) t->bytes[--t->size] = '\0'; /* DOS's end of a file */
    const char *zero = memchr(t->bytes, '\0', t->size);
    if (zero)
        return cn__fail(CN_ERROR_FORMAT, "%s holds a zero byte at %zu: it is no table as text", t->path,
                        (size_t)(zero - t->bytes));
    end_lines(t);
    t->begin = t->size >= 3 && memcmp(t->bytes, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
    t->first_line = 1;
    return CN_OK;
}
