/* Looks whether the document was saved, and runs it again. */
#include "lab/serve/watch.h"

#include <string.h>
#include <sys/stat.h>
#include <time.h>

enum { LOOK_MILLISECONDS = 200 };

/* When it was saved, and how long it is; equal stamps: the same document. */
typedef struct stamp {
    long long seconds, nanoseconds, size;
} stamp;

static stamp stamp_of(const char *path)
{
    struct stat s;
    if (stat(path, &s) != 0) return (stamp){0};
#ifdef __APPLE__
    return (stamp){s.st_mtimespec.tv_sec, s.st_mtimespec.tv_nsec, s.st_size};
#else
    return (stamp){s.st_mtim.tv_sec, s.st_mtim.tv_nsec, s.st_size};
#endif
}

static bool is_same(stamp a, stamp b)
{
    return a.seconds == b.seconds && a.nanoseconds == b.nanoseconds && a.size == b.size;
}

static void print_end(const cn__lab_watch *watch, const cn__worker *w)
{
    const time_t now = time(NULL);
    struct tm local;
    char clock[16] = "";
    if (watch->lab->quiet) return;
    if (localtime_r(&now, &local)) strftime(clock, sizeof clock, "%H:%M:%S", &local);
    if (w->failed) /* it has said why */
        printf("%s  %s failed; it runs again when it is saved\n", clock, watch->path);
    else printf("%s  %s -> %s\n", clock, watch->path, watch->lab->out);
    fflush(stdout);
}

static void wait_for(cn__server *server)
{
    if (server) cn__server_run(server, LOOK_MILLISECONDS);
    else nanosleep(&(struct timespec){.tv_nsec = 1000000L * LOOK_MILLISECONDS}, NULL);
}

/* An editor may take the old file away before it puts the new one there: a document that is not there is not run. */
static cn_status look(const cn__lab_watch *watch, cn__worker *w, stamp *last)
{
    const stamp now = stamp_of(watch->path);
    if (cn__worker_poll(w, true)) print_end(watch, w);
    if (is_same(now, *last) || !now.size) return CN_OK;
    *last = now;
    cn__worker_stop(w);
    return cn__worker_start(w, watch);
}

cn_status cn__lab_watch_run(const cn__lab_watch *given)
{
    cn__lab_options lab = *given->lab;
    if (!lab.out) lab.out = "lab-out";
    cn__lab_watch watch = *given;
    watch.lab = &lab;
    cn__worker w = {.lines = -1, .errors = -1};
    cn__lab_server shown = {&watch, &w};
    cn__server *server = NULL;
    stamp last = {0};
    if (!stamp_of(watch.path).size)
        return cn__fail(CN_ERROR_FILE, "there is no document %s, or it is empty", watch.path);
    cn_status status = watch.serve ? cn__server_start(watch.port, cn__lab_show, &shown, &server) : CN_OK;
    while (status == CN_OK && !watch.stop()) {
        status = look(&watch, &w, &last);
        if (status == CN_OK) wait_for(server);
    }
    cn__worker_stop(&w);
    cn__server_stop(server);
    return status;
}
