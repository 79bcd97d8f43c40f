/* Lets everything fail that a program asks of its system, once at each place, through every command on small inputs, and
 * looks what is left: torture [--short|--long|--points N] [--workers N] [--only COMMAND] [--fault FAULT] PROGRAM PRELOAD SCRATCH TESTS. Then eight of each command at
 * once in one folder, and every file that loaders of models were attacked with.
 *
 * A program that is killed at a write may leave temporary files, and when it is run again must end as if nothing had happened. So must
 * one that a library ended (GLib and cmark-gfm abort where memory is short): these points are told by the library's name. */
#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "torture.h"

enum { WORKERS_MOST = 16, TOGETHER = 8 };

const char *program, *preload, *scratch, *files;
char base[4096];
static size_t most_points = 40; /* of a command and a fault; the rest is skipped, evenly */
static bool
    is_short; /* then two run at once, of what shares a cache, a store or a folder, and each attack file goes to one command */
static size_t most_workers = WORKERS_MOST;

static const fault faults[] = {
    {"malloc", OWN, ENOMEM},
    {"malloc in libraries", LIBRARY, ENOMEM},
    {"open to read", OPEN_READ, EIO},
    {"open to write", OPEN_WRITE, EACCES},
    {"read", READ, EIO},
    {"write", WRITE, ENOSPC},
    {"fsync", SYNC, EIO},
    {"rename", RENAME, EACCES},
    {"mmap", MMAP, ENOMEM},
    {"thread", THREAD, EAGAIN},
    {"mkdir", MKDIR, ENOSPC},
    {"kill at a write", KILL, 0},
    {"full disk", DISK, 0},
};
enum { FAULTS = sizeof faults / sizeof *faults };
_Static_assert((int)FAULTS == (int)FAULT_KINDS, "a fault of each kind");

static const fault none = {"none", NOTHING, 0}, counting = {"none", COUNT, 0};

static bool is_wanted(const char *only, const char *name) { return !only || strcmp(only, name) == 0; }

/* ---- a point --------------------------------------------------------------------------------------------------------- */

/* The run, and behind one that succeeded what proves it. */
static result run_whole(const command *c, const char *folder, const fault *f, size_t at)
{
    result r = run(c, folder, f, at);
    if (r.code != 0 || !c->proof) return r;
    const command proof = {.name = c->name, .arguments = c->proof};
    result proven = run(&proof, folder, &none, 0);
    memcpy(proven.hits, r.hits, sizeof r.hits);
    if (proven.code == 0)
        memcpy(proven.said, r.said, sizeof r.said);         /* which names who asked for what failed */
    if (proven.code > 0) proven.code = -1000 - proven.code; /* it said that all was well */
    return proven;
}

/* One point: a fresh folder, and the run. Behind a kill, and where a library took the program along, it is run again, and must end as
 * if nothing had happened. */
static verdict try_point(const command *c, const fault *f, size_t at, const char *reference, int worker,
                         char why[WHY])
{
    char folder[PLACE], later[WHY];
    snprintf(folder, sizeof folder, "%s/run-%d", scratch, worker);
    shell("rm -rf '%s' && cp -r '%s' '%s'", folder, base, folder);
    result r = run_whole(c, folder, f, at);
    const bool killed = f->kind == KILL && r.code == -SIGKILL;
    verdict v = r.code < -1000 ? (snprintf(why, WHY, "exit code 0, but: %.100s", r.said), BAD)
                               : judge(c, &r, folder, reference, killed, why);
    if (v == BY_LIBRARY || (v == SURVIVED && f->kind == KILL)) {
        if (strcmp(c->name, "checkpoint") == 0)
            shell("rm -rf '%s/states'", folder); /* which it would go on from */
        result again = run_whole(c, folder, f, 0);
        const bool ends = again.code == 0 || (c->stops && again.code == 128 + SIGTERM);
        const verdict w = c->adds ? judge_end(&again, false, c->stops != NULL, later)
                                  : judge(c, &again, folder, reference, false, later);
        if (!ends || w != SURVIVED) {
            v = BAD;
            snprintf(why, WHY, "run again: %.120s", ends ? later : again.said);
        }
    }
    if (v == BAD && getenv("TORTURE_VERBOSE"))
        fprintf(stderr, "%s, %s %zu: %s\n%s\n", c->name, f->name, at, why, r.said);
    return v;
}

/* ---- all points of a command ---------------------------------------------------------------------------------- */

typedef struct point {
    const fault *fault;
    size_t at;
    bool tried;
    verdict verdict;
    char why[WHY];
} point;

/* What all workers share. */
typedef struct queue {
    atomic_size_t next;
    size_t count;
    point points[];
} queue;

/* The first ones, and the others evenly; in the short form anywhere, each time at another fraction of the way. */
static size_t point_at(size_t i, size_t tried, size_t total)
{
    static uint64_t draws;
    if (is_short && tried < total) return 1 + (size_t)(((draws++ * 0x9e3779b97f4a7c15u) >> 32) * total >> 32);
    size_t head = tried < total ? tried / 2 : total;
    return i < head ? i + 1 : head + 1 + (i - head) * (total - head) / (tried - head);
}

static size_t workers(void)
{
    long n = sysconf(_SC_NPROCESSORS_ONLN);
    return n < 1 ? 1 : (size_t)n > most_workers ? most_workers : (size_t)n;
}

static void try_points(const command *c, const char *reference, queue *q)
{
    const size_t n = workers();
    pid_t children[WORKERS_MOST];
    fflush(stdout);
    for (size_t w = 0; w < n; w++) {
        if ((children[w] = fork()) != 0) continue;
        for (size_t i; (i = atomic_fetch_add(&q->next, 1)) < q->count;) {
            point *p = &q->points[i];
            p->verdict = try_point(c, p->fault, p->at, reference, (int)w, p->why);
            p->tried = true;
        }
        fflush(NULL);
        _exit(0);
    }
    for (size_t w = 0; w < n; w++) waitpid(children[w], NULL, 0);
}

/* What was not survived is said again at the end, where it is seen. */
enum { MOST_SAID = 50 };
static char said_at_end[MOST_SAID][WHY + PLACE];
static size_t said_count;

__attribute__((format(printf, 1, 2))) static void say_at_end(const char *format, ...)
{
    va_list arguments;
    if (said_count == MOST_SAID) return;
    va_start(arguments, format);
    vsnprintf(said_at_end[said_count++], sizeof *said_at_end, format, arguments);
    va_end(arguments);
}

/* Each reason once, with how many points have it and the first of them. */
static void print_reasons(const command *c, const fault *f, const point *all, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        size_t same = 0;
        bool first = all[i].verdict != SURVIVED;
        for (size_t k = 0; k < i && first; k++)
            first = all[k].verdict == SURVIVED || strcmp(all[k].why, all[i].why) != 0;
        if (!first) continue;
        for (size_t k = i; k < count; k++)
            same += all[k].verdict != SURVIVED && strcmp(all[k].why, all[i].why) == 0;
        printf("      %s %zu: %s (the first at point %zu)\n", all[i].verdict == BAD ? "NOT" : "library", same,
               all[i].why, all[i].at);
        if (all[i].verdict == BAD)
            say_at_end("cornu %s, %s %zu: %s", c->name, f->name, all[i].at, all[i].why);
    }
}

/* Of a fault, or of all. */
typedef struct sums {
    size_t points, total, by_library, bad;
} sums;
static sums of_fault[FAULTS];

static void add(sums *sum, const sums *more)
{
    sum->points += more->points, sum->total += more->total;
    sum->by_library += more->by_library, sum->bad += more->bad;
}

static void report_fault(const command *c, const fault *f, const point *all, size_t tried, size_t total,
                         sums *sum)
{
    sums own = {.points = tried, .total = total};
    for (size_t i = 0; i < tried; i++) {
        own.bad += all[i].verdict == BAD || !all[i].tried;
        own.by_library += all[i].verdict == BY_LIBRARY;
    }
    if (tried)
        printf("  %-20s %6zu of %6zu points: %6zu survived, %zu ended by libraries, %zu not survived\n",
               f->name, tried, total, tried - own.bad - own.by_library, own.by_library, own.bad);
    print_reasons(c, f, all, tried);
    add(&of_fault[f->kind], &own);
    add(sum, &own);
}

static void print_table(void)
{
    printf("\n%-20s %10s %10s %10s %20s %13s\n", "fault", "tried", "of all", "survived", "ended by a library",
           "not survived");
    for (size_t k = 0; k < FAULTS; k++) {
        const sums *s = &of_fault[faults[k].kind];
        if (s->points)
            printf("%-20s %10zu %10zu %10zu %20zu %13zu\n", faults[k].name, s->points, s->total,
                   s->points - s->by_library - s->bad, s->by_library, s->bad);
    }
}

/* Files that the command makes or changes are at most so many steps long. */
static size_t disk_steps(const char *folder)
{
    size_t most = 0;
    DIR *list = opendir(folder);
    for (const struct dirent *entry; list && (entry = readdir(list));) {
        char path[PLACE];
        struct stat info;
        if (entry->d_name[0] == '.' && strncmp(entry->d_name, ".cornu", 6) != 0) continue;
        snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        if (lstat(path, &info) != 0) continue;
        const size_t steps = S_ISDIR(info.st_mode) ? disk_steps(path) : (size_t)info.st_size / DISK_STEP + 2;
        most = steps > most ? steps : most;
    }
    if (list) closedir(list);
    return most;
}

static size_t tried_of(size_t total) { return total < most_points ? total : most_points; }

/* `total`: how often each fault can happen. */
static void torture(const command *c, const char *only, const size_t *total, const char *reference, sums *sum)
{
    size_t count = 0;
    for (size_t k = 0; k < FAULTS; k++) count += tried_of(total[k]);
    const size_t size = sizeof(queue) + count * sizeof(point);
    queue *q = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (q == MAP_FAILED) {
        perror("torture");
        exit(2);
    }
    for (size_t k = 0; k < FAULTS; k++)
        for (size_t i = 0; is_wanted(only, faults[k].name) && i < tried_of(total[k]); i++) {
            q->points[q->count].fault = &faults[k];
            q->points[q->count++].at = point_at(i, tried_of(total[k]), total[k]);
        }
    try_points(c, reference, q);
    for (size_t first = 0, last; first < q->count; first = last) {
        const fault *f = q->points[first].fault;
        for (last = first; last < q->count && q->points[last].fault == f;) last++;
        report_fault(c, f, &q->points[first], last - first, total[f->kind], sum);
    }
    munmap(q, size);
}

/* ---- at once ------------------------------------------------------------------------------------------------------------ */

/* Eight in one folder, with one cache and one store: each ends well, or says that another is at it. States of a training are each
 * other's, which go on from them. */
static verdict judge_one_of_many(const command *c, const result *r, const char *folder, const char *reference,
                                 char why[WHY])
{
    const bool ends_alone =
        strcmp(c->name, "checkpoint") == 0 || c->proof || (r->code > 0 && says_something(r->said));
    return ends_alone ? judge_end(r, false, c->stops != NULL, why)
                      : judge(c, r, folder, reference, false, why);
}

static void run_at_once(const command *c, const char *reference, sums *sum)
{
    const size_t count = !is_short ? TOGETHER : c->grows ? 2 : 0;
    char folder[PLACE], why[WHY];
    result all[TOGETHER];
    size_t bad = 0;
    if (!count) return;
    snprintf(folder, sizeof folder, "%s/together", scratch);
    shell("rm -rf '%s' && cp -r '%s' '%s'", folder, base, folder);
    run_together(c, folder, count, all);
    for (size_t i = 0; i < count; i++)
        if (judge_one_of_many(c, &all[i], folder, reference, why) != SURVIVED && !bad++) {
            printf("      NOT: %s (%.300s)\n", why, all[i].said);
            say_at_end("cornu %s, %zu at once: %s", c->name, count, why);
        }
    printf("  %-20s %6zu at once: %zu survived, %zu not survived\n", "together", count, count - bad, bad);
    sum->points += count, sum->bad += bad;
}

/* ---- attacks ---------------------------------------------------------------------------------------------------------- */

/* Beside what the program itself takes: tests/formats/test_attacks.c measures the readers alone. */
enum { MOST_MEMORY = 128 << 20 };

static verdict judge_attack(const result *r, char why[WHY])
{
    if (judge_end(r, false, false, why) != SURVIVED) return BAD;
    if (r->memory > MOST_MEMORY) return snprintf(why, WHY, "takes %ld bytes", r->memory), BAD;
    if (r->code > 0 && !says_something(r->said))
        return snprintf(why, WHY, "says nothing, exit code %d", r->code), BAD;
    return SURVIVED;
}

/* Every file, given to every command that reads such: in the short form to one of them. */
static void feed_attack(const char *name, size_t number, const char *reference, sums *sum)
{
    static const char *const forms[] = {
        "summary '%s'",   "convert '%s' attacked.npz", "predict --model '%s' --x x.npy --out attacked.npy",
        "data info '%s'", "runs --store '%s'",         "runs import '%s' --store attacked.db",
        "lab check '%s'"};
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        if (is_short && i != number % 3) continue;
        char arguments[PLACE], path[PLACE / 2], why[WHY];
        snprintf(path, sizeof path, "%s/formats/files/attack/%s", files, name);
        snprintf(arguments, sizeof arguments, forms[i], path);
        const command c = {.name = name, .arguments = arguments};
        const result r = run(&c, reference, &none, 0);
        sum->points++;
        if (judge_attack(&r, why) == SURVIVED) continue;
        printf("      NOT: cornu %s: %s\n", arguments, why);
        say_at_end("cornu %s: %s", arguments, why);
        sum->bad++;
    }
}

static void feed_attacks(sums *sum)
{
    char folder[PLACE];
    snprintf(folder, sizeof folder, "%s/formats/files/attack", files);
    struct dirent **list = NULL;
    const size_t before = sum->points, bad = sum->bad;
    const int count = scandir(folder, &list, NULL, alphasort);
    size_t number = 0;
    for (int i = 0; i < count; free(list[i++]))
        if (list[i]->d_name[0] != '.') feed_attack(list[i]->d_name, number++, base, sum);
    free(list);
    printf("attack files: %zu runs, %zu not survived\n", sum->points - before, sum->bad - bad);
}

/* ---- all ------------------------------------------------------------------------------------------------------------------ */

/* What each command leaves when nothing fails, and how often each fault can happen until then. */
static void make_reference(const command *c, char reference[PLACE], size_t total[FAULTS])
{
    snprintf(reference, PLACE, "%s/reference", scratch);
    shell("rm -rf '%s' && cp -r '%s' '%s'", reference, base, reference);
    const result r = run_whole(c, reference, &counting, 0);
    memcpy(total, r.hits, sizeof r.hits);
    total[DISK] = disk_steps(reference);
    if (!r.hits[OPEN_READ] || !r.hits[OWN]) {
        fprintf(stderr, "torture: this kernel does not let a program answer for another's system calls\n");
        exit(77);
    }
    if (r.code == 0 || (c->stops && r.code == 128 + SIGTERM)) return;
    fprintf(stderr, "torture: cornu %s: exit code %d without any fault\n%s\n", c->name, r.code, r.said);
    exit(2);
}

static void torture_command(const command *c, const char *only_fault, sums *sum)
{
    char reference[PLACE];
    size_t total[FAULTS];
    make_reference(c, reference, total);
    printf("cornu %s\n", c->name);
    torture(c, only_fault, total, reference, sum);
    if (is_wanted(only_fault, "together")) run_at_once(c, reference, sum);
    fflush(stdout);
}

int main(int argc, char **argv)
{
    const char *only = NULL, *only_fault = NULL;
    int at = 1;
    for (; at < argc && strncmp(argv[at], "--", 2) == 0; at++) {
        if (strcmp(argv[at], "--long") == 0) most_points = (size_t)-1;
        else if (strcmp(argv[at], "--short") == 0) is_short = true, most_points = 3;
        else if (strcmp(argv[at], "--points") == 0 && at + 1 < argc)
            most_points = strtoul(argv[++at], NULL, 10);
        else if (strcmp(argv[at], "--workers") == 0 && at + 1 < argc) {
            const size_t n = strtoul(argv[++at], NULL, 10);
            most_workers = n < 1 ? 1 : n > WORKERS_MOST ? WORKERS_MOST : n;
        } else if (strcmp(argv[at], "--only") == 0 && at + 1 < argc) only = argv[++at];
        else if (strcmp(argv[at], "--fault") == 0 && at + 1 < argc) only_fault = argv[++at];
        else at = argc;
    }
    if (argc - at != 4) {
        fprintf(
            stderr,
            "usage: torture [--short | --long | --points N] [--workers N] [--only COMMAND] [--fault FAULT] PROGRAM PRELOAD SCRATCH TESTS\n");
        return 2;
    }
    program = argv[at], preload = argv[at + 1], scratch = argv[at + 2], files = argv[at + 3];
    sums sum = {0};
    make_base();
    for (size_t i = 0; i < command_count; i++)
        if (is_wanted(only, commands[i].name)) torture_command(&commands[i], only_fault, &sum);
    if (!only && is_wanted(only_fault, "attacks")) feed_attacks(&sum);
    print_table();
    printf(
        "%zu points tried, %zu survived, %zu ended by libraries and made good by running again, %zu not survived\n",
        sum.points, sum.points - sum.bad - sum.by_library, sum.by_library, sum.bad);
    for (size_t i = 0; i < said_count; i++) printf("not survived: %s\n", said_at_end[i]);
    shell("rm -rf '%s'", scratch);
    return sum.bad ? 1 : 0;
}
