/* The report of a watched document in a browser. */
#include <string.h>

#include "base/arena.h"
#include "base/files/file.h"
#include "base/text/text.h"
#include "data/files/json.h"
#include "data/server/server.h"
#include "lab/serve/watch.h"

extern const char cn__page_serve_js[]; /* report/page/serve.js */

enum { MOST_FILE = 256 << 20 };

typedef struct cn__lab_server server;

/* What the page asks for twice a second: which run it shows, what is running, why the last one failed. */
static void answer_state(const server *s, cn__reply *reply)
{
    const cn__worker *w = s->worker;
    json_t *progress = *w->line ? json_loads(w->line, 0, NULL) : NULL;
    json_t *message =
        json_string(w->failed && !w->process ? w->message : ""); /* NULL: cut within a character */
    json_t *state =
        json_pack("{s:I, s:b, s:o?, s:o}", "runs", (json_int_t)w->runs, "running", w->process != 0,
                  "progress", progress, "message", message ? message : json_string("?"));
    if (cn__json_finish(state, JSON_COMPACT, &reply->data) == CN_OK)
        reply->type = "application/json", reply->size = strlen(reply->data);
    json_decref(state);
}

/* The report with the script that asks for the state; before there is one, an empty page. */
static void answer_page(const server *s, cn__reply *reply)
{
    static const char empty[] =
        "<!DOCTYPE html><html><head><meta charset=\"utf-8\"><title>Cornu</title></head><body></body>";
    char *path = cn__path_join(s->watch->lab->out, "index.html"), *page = NULL;
    size_t size = 0;
    cn__text out = {0};
    if (path && cn__file_exists(path) && cn__file_read(path, &page, &size, MOST_FILE) != CN_OK) page = NULL;
    cn__text_add_bytes(&out, page ? page : empty, page ? size : sizeof empty - 1);
    cn__text_printf(&out, "<script>const cornuRuns = %llu;\n", (unsigned long long)s->worker->runs);
    cn__text_add(&out, cn__page_serve_js);
    cn__text_add(&out, "</script>\n");
    if (out.failed) cn__text_free(&out);
    else *reply = (cn__reply){"text/html; charset=utf-8", out.data, out.size};
    cn__free(page);
    cn__free(path);
}

static const struct {
    const char *name, *type;
} files[] = {{"report.pdf", "application/pdf"},
             {"lab.ipynb", "application/x-ipynb+json"},
             {"results.json", "application/json"},
             {"results.csv", "text/csv; charset=utf-8"}};

static void answer_file(const server *s, const char *name, cn__reply *reply)
{
    size_t i = 0, count = sizeof files / sizeof *files;
    while (i < count && strcmp(files[i].name, name) != 0) i++;
    char *path = i < count ? cn__path_join(s->watch->lab->out, name) : NULL;
    if (path && cn__file_exists(path) && cn__file_read(path, &reply->data, &reply->size, MOST_FILE) == CN_OK)
        reply->type = files[i].type;
    cn__free(path);
}

void cn__lab_show(void *user, const char *name, cn__reply *reply)
{
    const server *s = user;
    if (!*name) answer_page(s, reply);
    else if (strcmp(name, "state") == 0) answer_state(s, reply);
    else answer_file(s, name, reply);
}
