/* The list has a line a file: its fingerprint when it was written, and its name. */
#include "lab/written.h"

#include <string.h>

#include "base/arena.h"
#include "base/files/file.h"
#include "base/text/text.h"
#include "data/data.h"

enum { PRINT = 32, MOST_BYTES = 1 << 28 };

static bool print_of(const cn__outdir *folder, const char *name, char out[PRINT + 1])
{
    char *data = NULL;
    size_t size = 0;
    bool there =
        cn__outdir_has(folder, name) && cn__outdir_read(folder, name, &data, &size, MOST_BYTES) == CN_OK;
    if (there) cn__fingerprint(data, size, out);
    cn__free(data);
    return there;
}

/* The next line's name, its fingerprint before it; NULL at the end. */
static const char *next_name(const char **list, size_t *size)
{
    while (*list && **list) {
        const char *line = *list;
        size_t n = strcspn(line, "\n");
        *list = line + n + (line[n] == '\n');
        *size = n - PRINT - 1;
        if (n > PRINT + 1 && line[PRINT] == ' ') return line + PRINT + 1;
    }
    return NULL;
}

static bool is_named(const char *name, const char *line, size_t size)
{
    return strlen(name) == size && memcmp(name, line, size) == 0;
}

/* What a list says of a file; NULL: nothing. */
static const char *listed_print(const char *list, const char *name)
{
    size_t size;
    for (const char *line; (line = next_name(&list, &size));)
        if (is_named(name, line, size)) return line - PRINT - 1;
    return NULL;
}

static bool is_among(const cn__written *files, size_t count, const char *line, size_t size)
{
    for (size_t i = 0; i < count; i++)
        if (is_named(files[i].name, line, size)) return true;
    return false;
}

/* Anybody may have written the list: nothing outside the folder is touched. */
static void remove_as_written(const cn__outdir *folder, const char *print, const char *name)
{
    char now[PRINT + 1];
    if (strchr(name, '/') || !print_of(folder, name, now) || memcmp(now, print, PRINT) != 0) return;
    cn__outdir_remove(folder, name);
}

static void remove_others(const cn__outdir *folder, const char *list, const cn__written *files, size_t count)
{
    size_t size;
    for (const char *line; (line = next_name(&list, &size));) {
        char name[256];
        if (size >= sizeof name || is_among(files, count, line, size)) continue;
        memcpy(name, line, size);
        name[size] = '\0';
        remove_as_written(folder, line - PRINT - 1, name);
    }
}

/* A file from a former run may have been changed since: its line stays as it was. */
static void add_line(cn__text *out, const cn__outdir *folder, const char *former, const cn__written *file)
{
    char now[PRINT + 1];
    const char *print = file->anew ? NULL : listed_print(former, file->name);
    if (!print && print_of(folder, file->name, now)) print = now;
    if (print) cn__text_printf(out, "%.*s %s\n", PRINT, print, file->name);
}

cn_status cn__written_update(const cn__outdir *folder, const cn__written *files, size_t count)
{
    char *former = NULL;
    size_t size;
    cn__text text = {0};
    if (cn__outdir_has(folder, CN_WRITTEN_LIST) &&
        cn__outdir_read(folder, CN_WRITTEN_LIST, &former, &size, MOST_BYTES) == CN_OK)
        remove_others(folder, former, files, count);
    for (size_t i = 0; i < count; i++) add_line(&text, folder, former, &files[i]);
    cn_status status = text.failed ? cn__fail_memory(text.size, CN_WRITTEN_LIST) : CN_OK;
    if (status == CN_OK) status = cn__outdir_write(folder, CN_WRITTEN_LIST, text.data, text.size);
    cn__text_free(&text);
    cn__free(former);
    return status;
}
