/* What the parts of the driver share, and what it and the library that it loads into the program (preload.c) say to each other. */
#ifndef TORTURE_H
#define TORTURE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* Numbers of open files that the program inherits. */
enum { TORTURE_SHARED_FD = 200, TORTURE_SOCKET_FD = 201 };

typedef struct torture_shared {
    /* which allocation fails, counted from 1; 0: none. Those of the program itself and those of libraries have counts
     * of their own. */
    long fail_own, fail_library;
    atomic_long own, library;
    long watch; /* are system calls asked about? */
} torture_shared;

enum { MOST_ARGUMENTS = 40, WHY = 160, TIME_LIMIT = 20000, PLACE = 8192 };

extern const char *program, *preload, *scratch, *files; /* files: tests/ of the sources */
extern char base[4096];                                 /* the inputs, that each run gets a copy of */

/* ---- commands.c: what is run ------------------------------------------------------------------------------------ */

typedef struct command {
    const char *name, *arguments;
    const char *outputs; /* compared, byte for byte */
    bool grows;          /* after a failure its outputs tell what was done until then */
    const char *proof;   /* run behind one that succeeded, without faults: its outputs count too */
    bool adds;           /* running it again adds to what it did */
    const char *stops;   /* of one that only ends when told to: what it prints when its work is done */
} command;

extern const command commands[];
extern const size_t command_count;

/* Small inputs of every kind, and outputs of an earlier run. */
void make_base(void);
void shell(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* ---- run.c: one run, with a fault -------------------------------------------------------------------------------- */

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
    KILL,
    DISK, /* no file can grow over a size */
    FAULT_KINDS,
    NOTHING = FAULT_KINDS,
    COUNT /* nothing fails, and the chances of every kind are counted */
} fault_kind;

typedef struct fault {
    const char *name;
    fault_kind kind;
    int error;
} fault;

typedef struct result {
    int code;                 /* exit code, or -signal; -1000: it took too long */
    size_t hits[FAULT_KINDS]; /* how often each fault could have happened, as far as it was looked at */
    long memory;              /* the most that it took, in bytes */
    char said[4000];
    char struck[256]; /* the file that could not be opened */
} result;

/* Sizes of files are tried in steps of this. */
enum { DISK_STEP = 256 };

/* Runs the command in `folder`; the fault strikes at its `at`-th chance, 0: never. */
result run(const command *c, const char *folder, const fault *f, size_t at);
/* `count` of them at once in one folder. */
void run_together(const command *c, const char *folder, size_t count, result *out);

/* ---- judge.c: what a run is worth ---------------------------------------------------------------------------------- */

typedef enum verdict { SURVIVED, BY_LIBRARY, BAD } verdict;

/* And why, into `why`. */
verdict judge(const command *c, const result *r, const char *folder, const char *reference, bool killed,
              char why[WHY]);
/* The end alone, whatever it leaves. */
verdict judge_end(const result *r, bool killed, bool stops, char why[WHY]);
bool says_something(const char *said);

#endif
