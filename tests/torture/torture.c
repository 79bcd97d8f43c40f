/* Lets everything fail that a program asks of its system, once at each place, through every command on small inputs, and
 * looks what is left: torture [--short|--long|--points N] [--workers N] [--only COMMAND] [--fault FAULT] PROGRAM PRELOAD SCRATCH TESTS. Then eight of each command at
 * once in one folder, and every file that loaders of models were attacked with.
 *
 * A program that is killed at a write may leave temporary files, and when it is run again must end as if nothing had happened. So must
 * one that a library ended (GLib and cmark-gfm abort where memory is short): these points are told by the library's name. */
#include <dirent.h>
#include <errno.h>
#include <signal.h>
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

static const fault none = {"none", OWN, 0};

/* ---- a point --------------------------------------------------------------------------------------------------------- */

/* The run, and behind one that succeeded what proves it. */
static result run_whole(const command *c, const char *folder, const fault *f, size_t at)
{
    result r = run(c, folder, f, at);
    const size_t hits = r.hits;
    if (r.code != 0 || !c->proof) return r;
    const command proof = {.name = c->name, .arguments = c->proof};
    r = run(&proof, folder, &none, 0);
    r.hits = hits;
    if (r.code > 0) r.code = -1000 - r.code; /* it said that all was well */
    return r;
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
        const verdict w = c->adds ? judge_end(&again, false, c->stops, later)
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

/* ---- all points of a command and a fault ---------------------------------------------------------------------- */

typedef struct outcome {
    bool tried;
    verdict verdict;
    size_t at;
    char why[WHY];
} outcome;

/* The first ones, and the others evenly. */
static size_t point_at(size_t i, size_t tried, size_t total)
{
    size_t head = tried < total ? tried / 2 : total;
    return i < head ? i + 1 : head + 1 + (i - head) * (total - head) / (tried - head);
}

static size_t workers(void)
{
    long n = sysconf(_SC_NPROCESSORS_ONLN);
    return n < 1 ? 1 : (size_t)n > most_workers ? most_workers : (size_t)n;
}

/* Each reason once, with how many points have it and the first of them. */
static void print_reasons(const outcome *all, size_t count)
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
    }
}

static void try_points(const command *c, const fault *f, const char *reference, outcome *all, size_t tried,
                       size_t total)
{
    const size_t n = workers();
    pid_t children[WORKERS_MOST];
    fflush(stdout);
    for (size_t w = 0; w < n; w++) {
        if ((children[w] = fork()) != 0) continue;
        for (size_t i = w; i < tried; i += n) {
            all[i].at = point_at(i, tried, total);
            all[i].verdict = try_point(c, f, all[i].at, reference, (int)w, all[i].why);
            all[i].tried = true;
        }
        fflush(NULL);
        _exit(0);
    }
    for (size_t w = 0; w < n; w++) waitpid(children[w], NULL, 0);
}

typedef struct sums {
    size_t points, by_library, bad;
} sums;

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

static size_t count_points(const command *c, const fault *f)
{
    char folder[PLACE];
    snprintf(folder, sizeof folder, "%s/count", scratch);
    shell("rm -rf '%s' && cp -r '%s' '%s'", folder, base, folder);
    const size_t hits = run(c, folder, f, 0).hits;
    return f->kind == DISK ? disk_steps(folder) : hits;
}

static void torture(const command *c, const fault *f, const char *reference, sums *sum)
{
    const size_t total = count_points(c, f), tried = total < most_points ? total : most_points;
    outcome *all =
        mmap(NULL, (tried + 1) * sizeof *all, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    size_t bad = 0, by_library = 0;
    try_points(c, f, reference, all, tried, total);
    for (size_t i = 0; i < tried; i++) {
        bad += all[i].verdict == BAD || !all[i].tried;
        by_library += all[i].verdict == BY_LIBRARY;
    }
    if (tried)
        printf("  %-20s %6zu of %6zu points: %6zu survived, %zu ended by libraries, %zu not survived\n",
               f->name, tried, total, tried - bad - by_library, by_library, bad);
    print_reasons(all, tried);
    munmap(all, (tried + 1) * sizeof *all);
    sum->points += tried, sum->bad += bad, sum->by_library += by_library;
}

/* ---- at once ------------------------------------------------------------------------------------------------------------ */

/* Eight in one folder, with one cache and one store: each ends well, or says that another is at it. States of a training are each
 * other's, which go on from them. */
static verdict judge_one_of_many(const command *c, const result *r, const char *folder, const char *reference,
                                 char why[WHY])
{
    const bool ends_alone =
        strcmp(c->name, "checkpoint") == 0 || c->proof || (r->code > 0 && says_something(r->said));
    return ends_alone ? judge_end(r, false, c->stops, why) : judge(c, r, folder, reference, false, why);
}

static void run_at_once(const command *c, const char *reference, sums *sum)
{
    char folder[PLACE], why[WHY];
    result all[TOGETHER];
    size_t bad = 0;
    snprintf(folder, sizeof folder, "%s/together", scratch);
    shell("rm -rf '%s' && cp -r '%s' '%s'", folder, base, folder);
    run_together(c, folder, TOGETHER, all);
    for (size_t i = 0; i < TOGETHER; i++)
        if (judge_one_of_many(c, &all[i], folder, reference, why) != SURVIVED && !bad++)
            printf("      NOT: %s (%.300s)\n", why, all[i].said);
    printf("  %-20s %6d at once: %zu survived, %zu not survived\n", "together", TOGETHER, TOGETHER - bad,
           bad);
    sum->points += TOGETHER, sum->bad += bad;
}

/* ---- attacks ---------------------------------------------------------------------------------------------------------- */

/* Beside what the program itself takes: tests/formats/test_attacks.c measures the readers alone. */
enum { MOST_MEMORY = 128 << 20 };

static verdict judge_attack(const result *r, char why[WHY])
{
    if (judge_end(r, false, 0, why) != SURVIVED) return BAD;
    if (r->memory > MOST_MEMORY) return snprintf(why, WHY, "takes %ld bytes", r->memory), BAD;
    if (r->code > 0 && !says_something(r->said))
        return snprintf(why, WHY, "says nothing, exit code %d", r->code), BAD;
    return SURVIVED;
}

/* Every file, given to every command that reads such. */
static void feed_attack(const char *name, const char *reference, sums *sum)
{
    static const char *const forms[] = {
        "summary '%s'",   "convert '%s' attacked.npz", "predict --model '%s' --x x.npy --out attacked.npy",
        "data info '%s'", "runs --store '%s'",         "runs import '%s' --store attacked.db",
        "lab check '%s'"};
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        char arguments[PLACE], path[PLACE / 2], why[WHY];
        snprintf(path, sizeof path, "%s/formats/files/attack/%s", files, name);
        snprintf(arguments, sizeof arguments, forms[i], path);
        const command c = {.name = name, .arguments = arguments};
        const result r = run(&c, reference, &none, 0);
        sum->points++;
        if (judge_attack(&r, why) == SURVIVED) continue;
        printf("      NOT: cornu %s: %s\n", arguments, why);
        sum->bad++;
    }
}

static void feed_attacks(sums *sum)
{
    char folder[PLACE];
    snprintf(folder, sizeof folder, "%s/formats/files/attack", files);
    DIR *list = opendir(folder);
    const size_t before = sum->points, bad = sum->bad;
    for (const struct dirent *entry; list && (entry = readdir(list));)
        if (entry->d_name[0] != '.') feed_attack(entry->d_name, base, sum);
    if (list) closedir(list);
    printf("attack files: %zu runs, %zu not survived\n", sum->points - before, sum->bad - bad);
}

/* ---- all ------------------------------------------------------------------------------------------------------------------ */

/* What each command leaves when nothing fails. */
static void make_reference(const command *c, char reference[PLACE])
{
    snprintf(reference, PLACE, "%s/reference", scratch);
    shell("rm -rf '%s' && cp -r '%s' '%s'", reference, base, reference);
    const result r = run_whole(c, reference, &none, 0);
    if (r.code == 0 || (c->stops && r.code == 128 + SIGTERM)) return;
    fprintf(stderr, "torture: cornu %s: exit code %d without any fault\n%s\n", c->name, r.code, r.said);
    exit(2);
}

static bool is_wanted(const char *only, const char *name) { return !only || strcmp(only, name) == 0; }

static void torture_command(const command *c, const char *only_fault, sums *sum)
{
    char reference[PLACE];
    make_reference(c, reference);
    printf("cornu %s\n", c->name);
    for (size_t k = 0; k < FAULTS; k++)
        if (is_wanted(only_fault, faults[k].name)) torture(c, &faults[k], reference, sum);
    if (is_wanted(only_fault, "together")) run_at_once(c, reference, sum);
    fflush(stdout);
}

int main(int argc, char **argv)
{
    const char *only = NULL, *only_fault = NULL;
    int at = 1;
    for (; at < argc && strncmp(argv[at], "--", 2) == 0; at++) {
        if (strcmp(argv[at], "--long") == 0) most_points = (size_t)-1;
        else if (strcmp(argv[at], "--short") == 0) most_points = 2;
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
    printf(
        "%zu points tried, %zu survived, %zu ended by libraries and made good by running again, %zu not survived\n",
        sum.points, sum.points - sum.bad - sum.by_library, sum.by_library, sum.bad);
    shell("rm -rf '%s'", scratch);
    return sum.bad ? 1 : 0;
}
