/* Pages at an address of this machine alone, http://127.0.0.1:PORT/TOKEN/. The path begins with a token that no other program can
 * guess, and the Host of a request must be this address: a page of somebody else's in the same browser reads nothing. */
#ifndef CN_DATA_SERVER_H
#define CN_DATA_SERVER_H

#include <stddef.h>
#include <stdint.h>

#include "cornu/status.h"

typedef struct cn__server cn__server;

typedef struct cn__reply {
    const char *type; /* "text/html; charset=utf-8"; NULL: there is no such page */
    char *data;       /* freed by the server, with cn__free */
    size_t size;
} cn__reply;

/* Answers a request for the page `name`, "" being the first. */
typedef void cn__server_answer(void *user, const char *name, cn__reply *reply);

/* Fails where the program was built without libmicrohttpd. Prints the address. port 0: any that is free. */
CN_CHECK cn_status cn__server_start(uint64_t port, cn__server_answer *answer, void *user, cn__server **out);
/* Answers what is asked for, or waits. */
void cn__server_run(cn__server *server, int milliseconds);
void cn__server_stop(cn__server *server); /* NULL is allowed */

#endif
