/* Lets everything fail that a program asks of its system, once at each place, through every command on small inputs, and
 * looks what is left: torture [--long] [--only COMMAND] [--fault FAULT] PROGRAM PRELOAD SCRATCH.
 *
 * A point is survived when the program ends as it would have without the fault, with the same files; or says what went wrong,
 * with an exit code over 0, and leaves each output whole: the new one, the old one or none. A program that is killed at a
 * write may leave temporary files, and when it is run again must end as if nothing had happened. So must one that a library ended
 * (GLib and cmark-gfm abort where memory is short): these points are told by the library's name. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "torture.h"

enum { MOST_ARGUMENTS = 40, MOST_OUTPUTS = 8, WHY = 160, TIME_LIMIT = 20000, WORKERS_MOST = 16 };

static const char *program, *preload, *scratch;
static size_t most_points = 40; /* of a command and a fault; the rest is skipped, evenly */
static char base[4096];         /* the inputs, that each run gets a copy of */

/* ---- commands ---------------------------------------------------------------------------------------------- */

typedef struct command {
    const char *name, *arguments;
    const char *outputs; /* compared, byte for byte */
    bool grows;          /* after a failure its outputs tell what was done until then */
} command;

#define DATA "--x x.npy --y y.npy --seed 3 --verbose 0 --threads 2 "
#define LOSS "--loss sparse_categorical_crossentropy "
#define NET "--layers 'dense 4 relu; dropout 0.2; dense 64 softmax' "
static const command commands[] = {
    {"train", "train " DATA LOSS NET "--epochs 2 --save out.keras --save-weights w.npz", "out.keras w.npz",
     false},
    {"train h5", "train " DATA LOSS NET "--epochs 2 --save out.h5 --save-weights out.weights.h5",
     "out.h5 out.weights.h5", false},
    {"callbacks",
     "train " DATA LOSS NET
     "--epochs 2 --callbacks 'csv_logger(log.csv), model_checkpoint(best.npz, monitor=loss), "
     "tensorboard(board, histogram_freq=1, write_images=true), backup_and_restore(states, save_freq=2)' "
     "--save-weights w.npz",
     "w.npz best.npz", true},
    {"checkpoint",
     "train " DATA LOSS NET "--epochs 2 --checkpoint states --every 0.001s --save-weights w.npz", "w.npz",
     false},
    {"threads",
     "train --x x.npy --y y.npy --seed 3 --verbose 0 --threads 4 " LOSS
     "--layers 'dense 1500 relu; dense 1500 relu; dense 64 softmax' --batch-size 64 --save-weights w.npz",
     "w.npz", false},
    {"resume", "train " DATA "--resume m.keras --epochs 1 --save out.keras", "out.keras", false},
    {"evaluate", "evaluate --model m.keras --x x.npy --y y.npy " LOSS "--metrics accuracy --json=e.json",
     "e.json", false},
    {"predict", "predict --model m.keras --x x.npy --out p.npy", "p.npy", false},
    {"summary", "summary m.keras --keras-json s.json", "s.json", false},
    {"convert", "convert m.keras out.h5", "out.h5", false},
    {"convert npz", "convert m.keras out.npz", "out.npz", false},
    {"convert h5", "convert m.h5 out.keras", "out.keras", false},
    {"export c", "export --model m.keras --c net.c", "net.c net.h", true},
    {"export onnx", "export --model m.keras --onnx net.onnx", "net.onnx", false},
    {"export html", "export --model m.keras --html net.html", "net.html", false},
    {"data", "data info t.csv", "", false},
    {"lab check", "lab check lab.md", "", false},
    {"lab", "lab run lab.md --out out --cache c.sqlite --jobs 1 --quiet",
     "out/index.html out/results.json out/results.csv out/lab.ipynb out/models/a.keras", true},
    {"lab again", "lab run done.md --out done --cache done.sqlite --jobs 1 --quiet",
     "done/index.html done/results.json done/models/a.keras", true},
};
enum { COMMANDS = sizeof commands / sizeof *commands };

static const char lab_text[] =
    "---\nlanguage: en\n---\n# A lab\n\n```cornu\ndataset x=x.npy y=y.npy test_split=0.2\nmodel a\n  dense 4 relu\n"
    "  dense 64 softmax\ncompile a loss=sparse_categorical_crossentropy metrics=accuracy\nfit a epochs=2\n"
    "plot history a\nevaluate a\n```\n\nIt came to {{a.loss.last:.4f}}.\n";

/* ---- faults ------------------------------------------------------------------------------------------------- */

typedef enum fault_kind {
    OWN,
    LIBRARY,
    OPEN_READ,
    OPEN_WRITE,
    READ,
    WRITE,
    SYNC,
    RENAME,
    MMAP,
    THREAD,
    MKDIR,
    KILL
} fault_kind;

static const struct fault {
    const char *name;
    fault_kind kind;
    int error;
} faults[] = {
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
};
enum { FAULTS = sizeof faults / sizeof *faults };

static bool opens_to_write(unsigned long long flags) { return (flags & O_ACCMODE) != O_RDONLY; }

/* Does the call belong to the fault? What is printed does not. */
static bool is_hit(fault_kind kind, const struct seccomp_data *d)
{
    switch (d->nr) {
    case SYS_openat: return kind == (opens_to_write(d->args[2]) ? OPEN_WRITE : OPEN_READ);
#ifdef SYS_openat2
    case SYS_openat2: return kind == OPEN_READ;
#endif
#ifdef SYS_open
    case SYS_open: return kind == (opens_to_write(d->args[1]) ? OPEN_WRITE : OPEN_READ);
#endif
    case SYS_read:
    case SYS_pread64: return kind == READ && d->args[0] > 2;
    case SYS_write:
    case SYS_writev:
    case SYS_ftruncate:
    case SYS_pwrite64: return (kind == WRITE || kind == KILL) && d->args[0] > 2;
    case SYS_fsync:
    case SYS_fdatasync: return kind == SYNC || kind == KILL;
#ifdef SYS_rename
    case SYS_rename:
#endif
#ifdef SYS_renameat2
    case SYS_renameat2:
#endif
    case SYS_renameat: return kind == RENAME || kind == KILL;
    case SYS_mmap: return kind == MMAP;
#ifdef SYS_clone3
    case SYS_clone3:
#endif
    case SYS_clone: return kind == THREAD;
#ifdef SYS_mkdir
    case SYS_mkdir:
#endif
    case SYS_mkdirat: return kind == MKDIR;
    default: return false;
    }
}

/* ---- one run ---------------------------------------------------------------------------------------------- */

typedef struct result {
    int code;    /* exit code, or -signal; -1000: it took too long */
    size_t hits; /* how often the fault could have happened */
    char said[4000];
} result;

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

/* Words between spaces, those in '…' whole. */
static void split(char *text, char *argv[MOST_ARGUMENTS])
{
    int n = 1;
    for (char *p = text; *p && n < MOST_ARGUMENTS - 1;) {
        while (*p == ' ') p++;
        if (!*p) break;
        char end = *p == '\'' ? *p++ : ' ';
        argv[n++] = p;
        while (*p && *p != end) p++;
        if (*p) *p++ = '\0';
    }
    argv[n] = NULL;
}

static void run_program(const command *c, const char *folder, int shared, int socket, int messages)
{
    char text[2000], *argv[MOST_ARGUMENTS] = {(char *)program};
    if (chdir(folder) != 0) _exit(97);
    int null = open("/dev/null", O_RDWR);
    dup2(null, 0), dup2(null, 1), dup2(messages, 2);
    dup2(shared, TORTURE_SHARED_FD), dup2(socket, TORTURE_SOCKET_FD);
    for (int fd = 3; fd < TORTURE_SHARED_FD; fd++) close(fd);
    setenv("LD_PRELOAD", preload, 1);
    setenv("HOME", folder, 1);
    setenv("XDG_CACHE_HOME", folder, 1);
    setenv("CORNU_OFFLINE", "1", 1);
    setenv("SOURCE_DATE_EPOCH", "1", 1);
    snprintf(text, sizeof text, "%s", c->arguments);
    split(text, argv);
    execv(program, argv);
    _exit(96);
}

static int receive_descriptor(int socket)
{
    char byte, room[CMSG_SPACE(sizeof(int))];
    int fd = -1;
    struct iovec part = {&byte, 1};
    struct msghdr message = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = room, .msg_controllen = sizeof room};
    struct pollfd wanted = {socket, POLLIN, 0};
    if (poll(&wanted, 1, TIME_LIMIT) < 1 || recvmsg(socket, &message, 0) < 1) return -1;
    struct cmsghdr *head = CMSG_FIRSTHDR(&message);
    if (head && head->cmsg_type == SCM_RIGHTS) memcpy(&fd, CMSG_DATA(head), sizeof fd);
    return fd;
}

/* Answers one question of the kernel. */
static void answer(int listener, const struct fault *f, size_t at, pid_t child, size_t *hits)
{
    struct seccomp_notif ask;
    struct seccomp_notif_resp reply;
    memset(&ask, 0, sizeof ask);
    if (ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &ask) != 0) return;
    memset(&reply, 0, sizeof reply);
    reply.id = ask.id;
    reply.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
    if (is_hit(f->kind, &ask.data) && ++*hits == at) {
        if (f->kind == KILL) {
            kill(child, SIGKILL);
            return;
        }
        reply.flags = 0;
        reply.error = -f->error;
    }
    (void)ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &reply);
}

/* Waits for the end, answering; false when it took too long. */
static bool attend(int listener, const struct fault *f, size_t at, pid_t child, int *status, size_t *hits)
{
    const double end = now() + TIME_LIMIT;
    int handle = (int)syscall(SYS_pidfd_open, child, 0);
    for (;;) {
        struct pollfd wanted[2] = {{handle, POLLIN, 0}, {listener, POLLIN, 0}};
        (void)poll(wanted, listener >= 0 ? 2 : 1, 1000);
        if (listener >= 0 && (wanted[1].revents & POLLIN)) answer(listener, f, at, child, hits);
        if (waitpid(child, status, WNOHANG) == child) break;
        if (now() > end) {
            kill(child, SIGKILL);
            waitpid(child, status, 0);
            close(handle);
            return false;
        }
    }
    close(handle);
    return true;
}

/* Runs the command in `folder`; the fault strikes at its `at`-th chance, 0: never. */
static result run(const command *c, const char *folder, const struct fault *f, size_t at)
{
    result r = {0};
    int pair[2], status = 0, listener = -1;
    FILE *said = tmpfile();
    int shared = (int)syscall(SYS_memfd_create, "torture", 0u);
    torture_shared *s = NULL;
    if (shared >= 0 && ftruncate(shared, sizeof *s) == 0)
        s = mmap(NULL, sizeof *s, PROT_READ | PROT_WRITE, MAP_SHARED, shared, 0);
    if (!said || !s || s == MAP_FAILED || socketpair(AF_UNIX, SOCK_STREAM, 0, pair) != 0) {
        perror("torture");
        exit(2);
    }
    s->watch = f->kind > LIBRARY;
    s->fail_own = f->kind == OWN ? (long)at : 0;
    s->fail_library = f->kind == LIBRARY ? (long)at : 0;
    pid_t child = fork();
    if (child == 0) run_program(c, folder, shared, pair[1], fileno(said));
    close(pair[1]);
    if (s->watch) listener = receive_descriptor(pair[0]);
    bool ended = attend(listener, f, at, child, &status, &r.hits);
    r.code = !ended ? -1000 : WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
    if (f->kind == OWN) r.hits = (size_t)atomic_load(&s->own);
    if (f->kind == LIBRARY) r.hits = (size_t)atomic_load(&s->library);
    rewind(said);
    r.said[fread(r.said, 1, sizeof r.said - 1, said)] = '\0';
    fclose(said);
    munmap(s, sizeof *s);
    close(shared), close(pair[0]);
    if (listener >= 0) close(listener);
    return r;
}

/* ---- folders and files ------------------------------------------------------------------------------------- */

static void shell(const char *format, ...) __attribute__((format(printf, 1, 2)));
static void shell(const char *format, ...)
{
    char text[9000];
    va_list list;
    va_start(list, format);
    vsnprintf(text, sizeof text, format, list);
    va_end(list);
    if (system(text) != 0) {
        fprintf(stderr, "torture: failed: %s\n", text);
        exit(2);
    }
}

static char *read_whole(const char *folder, const char *name, size_t *size)
{
    char path[8192];
    struct stat info;
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "rb");
    if (!file || fstat(fileno(file), &info) != 0) return NULL;
    char *data = malloc((size_t)info.st_size + 1);
    *size = fread(data, 1, (size_t)info.st_size, file);
    fclose(file);
    return data;
}

/* 0: there is no such file; 1: it is that of the reference; 2: it is the old one; 3: something else. */
static int look_at(const char *folder, const char *reference, const char *name)
{
    size_t a_size = 0, b_size = 0, old_size = 0;
    char *a = read_whole(folder, name, &a_size), *b = read_whole(reference, name, &b_size),
         *old = read_whole(base, name, &old_size);
    int found = !a                                                         ? 0
                : b && a_size == b_size && memcmp(a, b, a_size) == 0       ? 1
                : old && a_size == old_size && memcmp(a, old, a_size) == 0 ? 2
                                                                           : 3;
    free(a), free(b), free(old);
    return found;
}

/* Is a temporary file left anywhere? */
static bool has_leftovers(const char *folder, int depth)
{
    DIR *list = opendir(folder);
    bool found = false;
    for (const struct dirent *entry; list && !found && (entry = readdir(list));) {
        char path[8192];
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) continue;
        if (strncmp(entry->d_name, ".cornu-", 7) == 0) found = true;
        snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        if (!found && depth > 0 && entry->d_type == DT_DIR) found = has_leftovers(path, depth - 1);
    }
    if (list) closedir(list);
    return found;
}

/* ---- judging ------------------------------------------------------------------------------------------------ */

typedef enum verdict { SURVIVED, BY_LIBRARY, BAD } verdict;

/* Lines of backtraces begin with a path. */
static bool is_trace(const char *line) { return *line == '/' && line[strcspn(line, "(\n")] == '('; }

/* What the program or a library says, backtraces left out. */
static bool says_something(const char *said)
{
    for (const char *line = said; line && *line; line = strchr(line, '\n'), line = line ? line + 1 : NULL)
        if (*line != '\n' && !is_trace(line)) return true;
    return false;
}

/* The object that a backtrace names first, besides the C library and our own: the program, or a library. */
static const char *culprit(const char *said, char out[60])
{
    snprintf(out, 60, "unknown");
    for (const char *line = said; line && *line; line = strchr(line, '\n'), line = line ? line + 1 : NULL) {
        size_t size = strcspn(line, "(\n");
        if (!is_trace(line)) continue;
        const char *name = line + size;
        while (name > line && name[-1] != '/') name--;
        snprintf(out, 60, "%.*s", (int)(line + size - name), name);
        if (!strstr(out, "preload") && strncmp(out, "libc.", 5) != 0) return out;
    }
    if (strstr(said, "GLib-ERROR")) snprintf(out, 60, "libglib");
    return out;
}

static bool is_own(const char *object)
{
    return strcmp(object, "cornu") == 0 || strcmp(object, "unknown") == 0;
}

/* Fonts that cannot be read are replaced by others, and the libraries that do so say it. */
static bool fonts_were_replaced(const char *said)
{
    return strstr(said, "Fontconfig error") || strstr(said, "Fontconfig warning") ||
           strstr(said, "Pango-WARNING");
}

static verdict judge_end(const result *r, bool killed, char why[WHY])
{
    char object[60];
    culprit(r->said, object);
    if (r->code == -1000) return snprintf(why, WHY, "hangs"), BAD;
    if (r->code < 0 && !killed) {
        snprintf(why, WHY, "dies by signal %d in %s", -r->code, object);
        return is_own(object) ? BAD : BY_LIBRARY;
    }
    if (r->code > 90) {
        snprintf(why, WHY, "%s ends the program, with exit code %d", object, r->code);
        return is_own(object) ? BAD : BY_LIBRARY;
    }
    return SURVIVED;
}

static verdict judge_outputs(const command *c, const result *r, const char *folder, const char *reference,
                             char why[WHY])
{
    static const char *const words[] = {"not there", "right", "the old one", "wrong"};
    char list[400], object[60], *rest = NULL;
    snprintf(list, sizeof list, "%s", c->outputs);
    for (char *output = strtok_r(list, " ", &rest); output; output = strtok_r(NULL, " ", &rest)) {
        int found = look_at(folder, reference, output);
        if (r->code == 0 && found != 1) {
            snprintf(why, WHY, "exit code 0 and %s is %s (%s)", output, words[found],
                     fonts_were_replaced(r->said) ? "other fonts, which is said" : culprit(r->said, object));
            return found == 3 && fonts_were_replaced(r->said) ? BY_LIBRARY : BAD;
        }
        if (r->code != 0 && found == 3 && !c->grows)
            return snprintf(why, WHY, "%s is neither the old nor the new one", output), BAD;
    }
    return SURVIVED;
}

/* What a run is worth, and why, into `why`. */
static verdict judge(const command *c, const result *r, const char *folder, const char *reference,
                     bool killed, char why[WHY])
{
    verdict v = judge_end(r, killed, why);
    if (v == SURVIVED) v = judge_outputs(c, r, folder, reference, why);
    if (v != SURVIVED || killed) return v;
    if (has_leftovers(folder, 3)) return snprintf(why, WHY, "leaves a temporary file"), BAD;
    if (r->code > 0 && !says_something(r->said))
        return snprintf(why, WHY, "says nothing, exit code %d", r->code), BAD;
    return SURVIVED;
}

/* One point: a fresh folder, and the run. Behind a kill, and where a library took the program along, it is run again, and must end as
 * if nothing had happened. */
static verdict try_point(const command *c, const struct fault *f, size_t at, const char *reference,
                         int worker, char why[WHY])
{
    char folder[8192], later[WHY];
    snprintf(folder, sizeof folder, "%s/run-%d", scratch, worker);
    shell("rm -rf '%s' && cp -r '%s' '%s'", folder, base, folder);
    result r = run(c, folder, f, at);
    verdict v = judge(c, &r, folder, reference, f->kind == KILL && r.code == -SIGKILL, why);
    if (v == BY_LIBRARY || (v == SURVIVED && f->kind == KILL)) {
        if (strcmp(c->name, "checkpoint") == 0)
            shell("rm -rf '%s/states'", folder); /* which it would go on from */
        result again = run(c, folder, f, 0);
        if (judge(c, &again, folder, reference, false, later) != SURVIVED || again.code != 0) {
            v = BAD;
            snprintf(why, WHY, "run again: %.120s", again.code ? again.said : later);
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
    return n < 1 ? 1 : n > WORKERS_MOST ? WORKERS_MOST : (size_t)n;
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
               all[i].why, (size_t)strtoul(all[i].why + strlen(all[i].why) + 1, NULL, 10));
    }
}

static void try_points(const command *c, const struct fault *f, const char *reference, outcome *all,
                       size_t tried, size_t total)
{
    const size_t n = workers();
    pid_t children[WORKERS_MOST];
    fflush(stdout);
    for (size_t w = 0; w < n; w++) {
        if ((children[w] = fork()) != 0) continue;
        for (size_t i = w; i < tried; i += n) {
            const size_t at = point_at(i, tried, total);
            all[i].verdict = try_point(c, f, at, reference, (int)w, all[i].why);
            size_t end = strlen(all[i].why) + 1;
            if (end < WHY) snprintf(all[i].why + end, WHY - end, "%zu", at);
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

static void torture(const command *c, const struct fault *f, const char *reference, sums *sum)
{
    char folder[8192];
    snprintf(folder, sizeof folder, "%s/count", scratch);
    shell("rm -rf '%s' && cp -r '%s' '%s'", folder, base, folder);
    const size_t total = run(c, folder, f, 0).hits, tried = total < most_points ? total : most_points;
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

/* ---- inputs ------------------------------------------------------------------------------------------------ */

static void put_npy(const char *name, const char *shape, size_t count)
{
    char path[8192], head[119];
    snprintf(path, sizeof path, "%s/%s", base, name);
    FILE *file = fopen(path, "wb");
    if (!file) exit(2);
    snprintf(head, sizeof head, "{'descr': '|u1', 'fortran_order': False, 'shape': (%s), }", shape);
    fwrite("\x93NUMPY\x01\x00\x76\x00", 1, 10, file);
    fprintf(file, "%-117s\n", head);
    for (size_t i = 0; i < count; i++) fputc((int)(49 + (i * 7 + i / 3) % 2), file);
    fclose(file);
}

static void put_lab(const char *name)
{
    char path[8192];
    snprintf(path, sizeof path, "%s/%s", base, name);
    FILE *file = fopen(path, "wb");
    if (!file || fputs(lab_text, file) < 0 || fclose(file) != 0) exit(2);
}

/* Small inputs of every kind, and outputs of an earlier run. */
static void make_base(void)
{
    snprintf(base, sizeof base, "%s/base", scratch);
    shell("rm -rf '%s' && mkdir -p '%s'", scratch, base);
    put_npy("x.npy", "64, 3", 192);
    put_npy("y.npy", "64,", 64);
    put_lab("lab.md"), put_lab("done.md");
    shell(
        "cd '%s' && export HOME=. CORNU_OFFLINE=1 SOURCE_DATE_EPOCH=1 && printf 'a,b,c\\n1,2,x\\n3,4,y\\n' >t.csv && "
        "'%s' train " DATA LOSS NET "--epochs 1 --save m.keras && '%s' convert m.keras m.h5 >/dev/null && "
        "'%s' lab run done.md --out done --cache done.sqlite --quiet && echo old >old && "
        "for f in out.keras w.npz e.json p.npy s.json out.h5 net.c net.h net.onnx net.html; do cp old $f; done",
        base, program, program, program);
}

/* What each command leaves when nothing fails. */
static void make_reference(const command *c, char reference[8192])
{
    static const struct fault none = {"none", OWN, 0};
    snprintf(reference, 8192, "%s/reference", scratch);
    shell("rm -rf '%s' && cp -r '%s' '%s'", reference, base, reference);
    result r = run(c, reference, &none, 0);
    if (r.code == 0) return;
    fprintf(stderr, "torture: cornu %s: exit code %d without any fault\n%s\n", c->name, r.code, r.said);
    exit(2);
}

static bool is_wanted(const char *only, const char *name) { return !only || strcmp(only, name) == 0; }

int main(int argc, char **argv)
{
    const char *only = NULL, *only_fault = NULL;
    int at = 1;
    for (; at < argc && strncmp(argv[at], "--", 2) == 0; at++) {
        if (strcmp(argv[at], "--long") == 0) most_points = (size_t)-1;
        else if (strcmp(argv[at], "--points") == 0 && at + 1 < argc)
            most_points = strtoul(argv[++at], NULL, 10);
        else if (strcmp(argv[at], "--only") == 0 && at + 1 < argc) only = argv[++at];
        else if (strcmp(argv[at], "--fault") == 0 && at + 1 < argc) only_fault = argv[++at];
        else at = argc;
    }
    if (argc - at != 3) {
        fprintf(
            stderr,
            "usage: torture [--long | --points N] [--only COMMAND] [--fault FAULT] PROGRAM PRELOAD SCRATCH\n");
        return 2;
    }
    program = argv[at], preload = argv[at + 1], scratch = argv[at + 2];
    sums sum = {0};
    char reference[8192];
    make_base();
    for (size_t i = 0; i < COMMANDS; i++) {
        if (!is_wanted(only, commands[i].name)) continue;
        make_reference(&commands[i], reference);
        printf("cornu %s\n", commands[i].name);
        for (size_t k = 0; k < FAULTS; k++)
            if (is_wanted(only_fault, faults[k].name)) torture(&commands[i], &faults[k], reference, &sum);
    }
    printf(
        "%zu points tried, %zu survived, %zu ended by libraries and made good by running again, %zu not survived\n",
        sum.points, sum.points - sum.bad - sum.by_library, sum.by_library, sum.bad);
    shell("rm -rf '%s'", scratch);
    return sum.bad ? 1 : 0;
}
