/* Reading a table from a file, or from the cache what was read of it before. */
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "data/data.h"
#include "data/table/steps.h"

/* Does it begin like text, or what is packed like it? */
static bool begins_like_text(const unsigned char *b, size_t size)
{
    size_t odd = 0;
    if (size > 1 && ((b[0] == 0xff && b[1] == 0xfe) || (b[0] == 0xfe && b[1] == 0xff)))
        return true; /* UTF-16 */
    for (size_t i = 0; i < size; i++) odd += (b[i] < ' ' && !strchr("\t\n\r\f", b[i])) || !b[i];
    return size && odd == 0;
}

bool cn__is_table(const char *path)
{
    unsigned char b[4096], plain[512];
    static const char *const endings[] = {".csv",    ".tsv",    ".arff",    ".jsonl",
                                          ".csv.gz", ".tsv.gz", ".csv.zst", ".tsv.zst"};
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++)
        if (cn__has_suffix(path, endings[i])) return true;
    int file;
    struct stat info; /* a pipe that is opened and closed ends its writer */
    if (stat(path, &info) != 0 || !S_ISREG(info.st_mode) || cn__input_open_file(path, &file) != CN_OK)
        return false;
    ssize_t got = cn__read_head(file, b, sizeof b);
    close(file);
    if (got <= 0) return false;
    if (!cn__is_gzip(b, (size_t)got)) return begins_like_text(b, (size_t)got);
    return begins_like_text(plain, cn__gunzip_head(b, (size_t)got, plain, sizeof plain));
}

cn_table *cn_table_read(const char *path, const cn_table_options *options)
{
    char *bytes;
    size_t size;
    if (cn__file_read(path, &bytes, &size, CN_DATA_LIMIT) != CN_OK) return NULL;
    return cn__table_cached(bytes, size, path, options);
}
