/* JSON Lines, an object a line, or one list of objects: their members become columns, in the order in which they first
 * occur. An object within an object gives columns "address.city". */
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "data/files/json.h"
#include "data/table/steps.h"

enum { MOST_DEPTH = 8, MOST_MEMBERS = 10000 };

static const char *pass_blanks(const char *p) { return p + strspn(p, " \t\r\n"); }

static bool is_json(const char *p)
{
    p = pass_blanks(p);
    if (*p == '[') p = pass_blanks(p + 1);
    return *p == '{' && *pass_blanks(p + 1) == '"';
}

/* ---- rows ---------------------------------------------------------------------------------------------------------- */

/* Puts the members of `object` into `row`, those of objects within under longer names. */
static cn_status flatten(json_t *row, const char *prefix, json_t *object, int depth)
{
    enum { LONGEST = 500 };
    const char *key;
    json_t *value;
    json_object_foreach(object, key, value)
    {
        char name[LONGEST + 2];
        if (strlen(prefix) + strlen(key) > LONGEST)
            return cn__fail(CN_ERROR_FORMAT, "the member '%.40s…' has a name of more than %d bytes", key,
                            LONGEST);
        const bool inner = json_is_object(value) && depth < MOST_DEPTH;
        cn__format(name, sizeof name, "%s%s%s", prefix, key, inner ? "." : "");
        if (inner) CN_TRY(flatten(row, name, value, depth + 1));
        else if (json_object_set(row, name, value) != 0) return cn__fail_memory(0, "a table");
    }
    return CN_OK;
}

/* A row for each object of a list, or each line. Freed by the caller; NULL and a message on failure. */
static json_t *read_rows(const cn__source_text *t)
{
    json_error_t error;
    const char *p = pass_blanks(t->bytes + t->begin);
    if (*p == '[') {
        json_t *list = json_loads(p, 0, &error);
        if (!list && !cn__json_out_of_memory(&error))
            (void)!cn__fail(CN_ERROR_FORMAT, "%s, line %d: %s", t->path, error.line, error.text);
        return list;
    }
    json_t *list = json_array();
    if (!list) (void)!cn__fail_memory(0, "a table");
    for (size_t line = 1; list && *p; line++) {
        const char *end = strchr(p, '\n');
        size_t size = end ? (size_t)(end - p) : strlen(p);
        if (*pass_blanks(p) && pass_blanks(p) < p + size) {
            json_t *row = json_loadb(p, size, 0, &error);
            if (!json_is_object(row)) {
                if (row || !cn__json_out_of_memory(&error))
                    (void)!cn__fail(CN_ERROR_FORMAT, "%s, line %zu: %s", t->path, line,
                                    row ? "no JSON object" : error.text);
                json_decref(row);
                json_decref(list);
                return NULL;
            }
            if (json_array_append_new(list, row) != 0) {
                (void)!cn__fail_memory(0, "a table");
                json_decref(list);
                return NULL;
            }
        }
        p += size + (end != NULL);
    }
    return list;
}

/* ---- cells ---------------------------------------------------------------------------------------------------------- */

static void add_quoted(cn__text *out, const char *text)
{
    cn__text_add(out, "\"");
    for (const char *p = text; *p; p++) cn__text_add_bytes(out, *p == '"' ? "\"\"" : p, *p == '"' ? 2 : 1);
    cn__text_add(out, "\"");
}

static void add_cell(cn__text *out, const json_t *v)
{
    if (json_is_string(v)) add_quoted(out, json_string_value(v));
    else if (json_is_integer(v)) cn__text_printf(out, "%lld", (long long)json_integer_value(v));
    else if (json_is_real(v)) cn__text_printf(out, "%.17g", json_real_value(v));
    else if (json_is_boolean(v)) cn__text_add(out, json_is_true(v) ? "true" : "false");
    else if (json_is_array(v) || json_is_object(v)) {
        char *text = json_dumps(v, JSON_COMPACT);
        if (text) add_quoted(out, text);
        else out->failed = true;
        free(text);
    }
}

static cn_status write_rows(cn__arena *arena, cn__source_text *t, json_t *rows, json_t *keys)
{
    const char *key;
    json_t *row, *ignored;
    size_t i, k = 0, count = json_object_size(keys);
    const char **names = cn__arena_array(arena, count, sizeof *names);
    if (!names) return CN_ERROR_MEMORY;
    json_object_foreach(keys, key, ignored)
    {
        if (!(names[k++] = cn__arena_strdup(arena, key))) return CN_ERROR_MEMORY;
    }
    cn__text out = {0};
    json_array_foreach(rows, i, row)
    {
        for (k = 0; k < count; k++) {
            if (k) cn__text_add(&out, ",");
            add_cell(&out, json_object_get(row, names[k]));
        }
        cn__text_add(&out, count == 1 && !json_object_get(row, names[0]) ? "\"\"\n" : "\n");
    }
    cn__text_add_bytes(&out, "", 1);
    if (out.failed) {
        cn__text_free(&out);
        return cn__fail_memory(out.size, "a table");
    }
    cn__free(t->bytes);
    t->bytes = out.data;
    t->size = out.size - 1;
    t->begin = 0;
    t->layout = (cn__layout){.separator = ',', .quote = '"', .decimal = '.'};
    t->form = "JSON";
    t->names = names, t->name_count = count;
    return CN_OK;
}

cn_status cn__table_json(cn__arena *arena, cn__source_text *t, bool *is)
{
    *is = is_json(t->bytes + t->begin);
    if (!*is) return CN_OK;
    json_t *list = read_rows(t), *rows = json_array(), *keys = json_object(), *row;
    cn_status status = list && rows && keys ? CN_OK
                       : list               ? cn__fail_memory(0, "a table")
                                            : cn_error_status();
    size_t i;
    json_array_foreach(list, i, row)
    {
        json_t *flat = json_object();
        if (!json_is_object(row))
            status = cn__fail(CN_ERROR_FORMAT, "%s: entry %zu of the list is no object", t->path, i + 1);
        else if (!flat) status = cn__fail_memory(0, "a table");
        if (status != CN_OK) {
            json_decref(flat);
            break;
        }
        status = flatten(flat, "", row, 0) == CN_OK ? CN_OK : cn__fail_in("%s, entry %zu", t->path, i + 1);
        if (json_array_append_new(rows, flat) != 0 || json_object_update(keys, flat) != 0)
            status = cn__fail_memory(0, "a table");
        if (status != CN_OK) break;
        if (json_object_size(keys) > MOST_MEMBERS) {
            status =
                cn__fail(CN_ERROR_FORMAT, "%s has more than %d different members", t->path, MOST_MEMBERS);
            break;
        }
    }
    if (status == CN_OK && !json_object_size(keys))
        status = cn__fail(CN_ERROR_FORMAT, "%s holds no objects with members", t->path);
    if (status == CN_OK) status = write_rows(arena, t, rows, keys);
    json_decref(list);
    json_decref(rows);
    json_decref(keys);
    return status;
}
