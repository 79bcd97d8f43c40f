#include "cli/output/report.h"

#include <math.h>
#include <string.h>

#include "base/arena.h"
#include "base/files/file.h"

json_t *cn__report_number(double value) { return isfinite(value) ? json_real(value) : json_null(); }

json_t *cn__report_numbers(const double *values, size_t count)
{
    json_t *list = json_array();
    for (size_t i = 0; list && values && i < count; i++) cn__json_append(list, cn__report_number(values[i]));
    return list;
}

json_t *cn__report_shape(const size_t *shape, int ndim)
{
    json_t *list = json_array();
    for (int i = 0; list && i < ndim; i++) cn__json_append(list, json_integer((json_int_t)shape[i]));
    return list;
}

json_t *cn__report_logs(const cn_logs *logs)
{
    json_t *object = json_object();
    for (size_t i = 0; object && i < cn_logs_count(logs); i++)
        cn__json_set(object, cn_logs_name(logs, i), cn__report_number(cn_logs_value(logs, i)));
    return object;
}

/* What a writer that was killed has left beside it. */
static void clean_folder_of(const char *path)
{
    char *folder = strcmp(path, "/dev/stdout") == 0 ? NULL : cn__path_parent(path);
    if (folder) cn__remove_stale(folder);
    cn__free(folder);
}

cn_status cn__report_write(const char *path, json_t *root)
{
    char *text;
    clean_folder_of(path);
    cn_status made = cn__json_finish(root, JSON_REAL_PRECISION(9) | JSON_ENSURE_ASCII, &text);
    json_decref(root);
    if (made != CN_OK) return made;
    size_t size = strlen(text);
    text[size] = '\n'; /* in place of the '\0' */
    cn_status status = cn__file_write(path, text, size + 1);
    cn__free(text);
    return status;
}
