/* The list has a line a file: its fingerprint when it was written, and its name. */
#include "lab/written.h"

#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/file.h"
#include "base/text.h"
#include "data/data.h"

enum { PRINT = 32, MOST_BYTES = 1 << 28 };

static bool print_of(const char *folder, const char *name, char out[PRINT + 1])
{
    char *path = cn__path_join(folder, name), *data = NULL;
    size_t size = 0;
    bool there = path && cn__file_exists(path) && cn__file_read(path, &data, &size, MOST_BYTES) == CN_OK;
    if (there) cn__fingerprint(data, size, out);
    cn__free(data);
    cn__free(path);
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
static void remove_as_written(const char *folder, const char *print, const char *name)
{
    char now[PRINT + 1];
    if (strchr(name, '/') || !print_of(folder, name, now) || memcmp(now, print, PRINT) != 0) return;
    char *path = cn__path_join(folder, name);
    if (path) unlink(path);
    cn__free(path);
}

static void remove_others(const char *folder, const char *list, const cn__written *files, size_t count)
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
static void add_line(cn__text *out, const char *folder, const char *former, const cn__written *file)
{
    char now[PRINT + 1];
    const char *print = file->anew ? NULL : listed_print(former, file->name);
    if (!print && print_of(folder, file->name, now)) print = now;
    if (print) cn__text_printf(out, "%.*s %s\n", PRINT, print, file->name);
}

cn_status cn__written_update(const char *folder, const cn__written *files, size_t count)
{
    char *path = cn__path_join(folder, CN_WRITTEN_LIST), *former = NULL;
    size_t size;
    cn__text text = {0};
    if (!path) return CN_ERROR_MEMORY;
    if (cn__file_exists(path) && cn__file_read(path, &former, &size, MOST_BYTES) == CN_OK)
        remove_others(folder, former, files, count);
    for (size_t i = 0; i < count; i++) add_line(&text, folder, former, &files[i]);
    cn_status status = text.failed ? cn__fail_memory(text.size, path) : CN_OK;
    if (status == CN_OK) status = cn__file_write(path, text.data, text.size);
    cn__text_free(&text);
    cn__free(former);
    cn__free(path);
    return status;
}
