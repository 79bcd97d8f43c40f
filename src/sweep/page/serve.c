/* The page of a study while it runs, at an address of this machine: it is made anew when trials have ended. */
#include <string.h>

#include "base/arena.h"
#include "base/system/system.h"
#include "data/server/server.h"
#include "sweep/page/page.h"
#include "sweep/store/rows.h"

enum { WAIT_MILLISECONDS = 200 };

typedef struct shown {
    sqlite3 *db;
    const char *path;
    int64_t study; /* 0: the last of the store */
} shown;

typedef struct counts {
    int64_t study, ended, running;
} counts;

/* Trials of the study so far; study 0: there is none yet. */
static cn_status count_trials(const shown *s, counts *out)
{
    cn_status status;
    *out = (counts){0};
    sqlite3_stmt *q = cn__query(
        s->db, s->path,
        "SELECT s.id, count(t.id), coalesce(sum(t.state='running'), 0) FROM studies s LEFT JOIN trials t ON t.study=s.id"
        " WHERE s.id=CASE WHEN ?1 THEN ?1 ELSE (SELECT max(id) FROM studies) END GROUP BY s.id",
        1, &s->study);
    while (cn__next_row(s->db, s->path, q, &status)) {
        *out = (counts){.study = sqlite3_column_int64(q, 0), .running = sqlite3_column_int64(q, 2)};
        out->ended = sqlite3_column_int64(q, 1) - out->running;
    }
    return status;
}

static void answer_text(const char *type, const cn__text *text, cn__reply *reply)
{
    *reply = (cn__reply){type, text->data, text->size};
}

static cn_status make_page(const shown *s, cn__text *out)
{
    static const char none[] =
        "<!DOCTYPE html><html><head><meta charset=\"utf-8\"><meta http-equiv=\"refresh\" content=\"1\">"
        "<title>Runs</title></head><body>There is no study in this store yet.</body></html>\n";
    counts now;
    const double start = cn__clock();
    CN_TRY(count_trials(s, &now));
    if (!now.study) {
        cn__text_add(out, none);
        return CN_OK;
    }
    cn__runs_live live = {.ended = now.ended, .running = now.running, .start = start};
    return cn__runs_page(s->db, s->path, now.study, &live, out);
}

/* In one transaction, so that what is written meanwhile is in all of the page or in none of it. */
static cn_status answer_page(const shown *s, cn__reply *reply)
{
    cn__text page = {0};
    CN_TRY(cn__store_exec(s->db, s->path, "BEGIN"));
    cn_status status = make_page(s, &page);
    cn_status ended = cn__store_exec(s->db, s->path, "COMMIT");
    if (status == CN_OK) status = ended;
    if (status == CN_OK && page.failed) status = CN_ERROR_MEMORY;
    if (status == CN_OK) answer_text("text/html; charset=utf-8", &page, reply);
    else cn__text_free(&page);
    return status;
}

static cn_status answer_state(const shown *s, cn__reply *reply)
{
    counts now;
    cn__text text = {0};
    CN_TRY(count_trials(s, &now));
    cn__text_printf(&text, "{\"ended\":%lld,\"running\":%lld}", (long long)now.ended, (long long)now.running);
    if (text.failed) cn__text_free(&text);
    else answer_text("application/json", &text, reply);
    return CN_OK;
}

/* A failure is the page's text: a store that was taken away, say. */
static void answer(void *user, const char *name, cn__reply *reply)
{
    const shown *s = user;
    cn_status status = CN_OK;
    cn__text text = {0};
    if (!*name) status = answer_page(s, reply);
    else if (strcmp(name, "state") == 0) status = answer_state(s, reply);
    if (status == CN_OK) return;
    cn__text_printf(&text, "%s\n", cn_error());
    if (!text.failed) answer_text("text/plain; charset=utf-8", &text, reply);
}

cn_status cn__runs_serve(sqlite3 *db, const char *path, int64_t study, uint64_t port, bool (*stop)(void))
{
    shown s = {db, path, study};
    counts now;
    cn__server *server;
    CN_TRY(count_trials(&s, &now));
    if (study && !now.study)
        return cn__fail(CN_ERROR_ARGUMENT, "store %s has no study %lld", path, (long long)study);
    CN_TRY(cn__server_start(port, answer, &s, &server));
    while (!stop()) cn__server_run(server, WAIT_MILLISECONDS);
    cn__server_stop(server);
    return CN_OK;
}
