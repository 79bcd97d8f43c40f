/* What the driver (torture.c) and the library that it loads into the program (preload.c) say to each other. */
#ifndef TORTURE_H
#define TORTURE_H

#include <stdatomic.h>

/* Numbers of open files that the program inherits. */
enum { TORTURE_SHARED_FD = 200, TORTURE_SOCKET_FD = 201 };

typedef struct torture_shared {
    /* which allocation fails, counted from 1; 0: none. Those of the program itself and those of libraries have counts
     * of their own. */
    long fail_own, fail_library;
    atomic_long own, library;
    long watch; /* are system calls asked about? */
} torture_shared;

#endif
