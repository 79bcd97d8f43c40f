#include "cli/output/lab_json.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/text/text.h"
#include "cli/output/report.h"

/* "labs/mnist.en.md:42: message", a line each; what stands without a place is a mistake of the whole. */
static json_t *mistake_of(cn__arena *arena, const char *document, const char *line, size_t size)
{
    const size_t n = document ? strlen(document) : 0;
    char *end = NULL;
    const bool placed = n && size > n && strncmp(line, document, n) == 0 && line[n] == ':';
    const unsigned long number = placed ? strtoul(line + n + 1, &end, 10) : 0;
    const char *message = number && *end == ':' ? end + 1 + (end[1] == ' ') : line;
    json_t *json = json_object();
    const char *text = cn__arena_format(arena, "%.*s", (int)(line + size - message), message);
    cn__json_set(json, "line", number ? json_integer((json_int_t)number) : json_null());
    cn__json_set(json, "message", text ? json_string(text) : NULL);
    return json;
}

static json_t *mistakes_of(const cn__lab_answer *a, const char *error)
{
    cn__arena arena = {0};
    json_t *list = json_array();
    for (const char *p = a->status == CN_OK ? "" : error; *p;) {
        const size_t size = strcspn(p, "\n");
        if (size) cn__json_append(list, mistake_of(&arena, a->document, p, size));
        p += size + (p[size] == '\n');
    }
    cn__arena_free(&arena);
    return list;
}

static void add_run(json_t *json, const cn__lab_answer *a)
{
    const cn__lab_facts *f = a->facts;
    cn__json_set(json, "out", json_string(a->out));
    cn__json_set(json, "trained", json_integer((json_int_t)f->trained));
    cn__json_set(json, "cached", json_integer((json_int_t)f->cached));
    cn__json_set(json, "seconds", cn__report_number(f->seconds));
    cn__json_set(json, "results", f->results ? json_loads(f->results, 0, NULL) : json_null());
}

static json_t *answer_of(const cn__lab_answer *a, const char *error)
{
    json_t *json = json_object();
    cn__json_set(json, "document", a->document ? json_string(a->document) : json_null());
    cn__json_set(json, "models", json_integer((json_int_t)a->facts->models));
    cn__json_set(json, "trainings", json_integer((json_int_t)a->facts->trainings));
    cn__json_set(json, "mistakes", mistakes_of(a, error));
    if (a->out) add_run(json, a);
    return json;
}

cn_status cn__lab_json(const cn__lab_answer *a)
{
    char *error = cn__strdup(cn_error());
    if (!error) return CN_ERROR_MEMORY;
    cn__json_begin();
    cn_status status = cn__report_write(a->path, answer_of(a, error));
    if (a->status != CN_OK) status = cn__fail(a->status, "%s", error);
    cn__free(error);
    return status;
}

cn_status cn__grades_json(const char *path, const cn__lab_facts *facts)
{
    json_t *json = json_object();
    cn__json_begin();
    cn__json_set(json, "submissions", json_loads(facts->results, 0, NULL));
    return cn__report_write(path, json);
}
