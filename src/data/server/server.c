#include "data/server/server.h"

#include "base/arena.h"
#include "base/status.h"

#ifndef CN_HAS_MHD

cn_status cn__server_start(uint64_t port, cn__server_answer *answer, void *user, cn__server **out)
{
    (void)port, (void)answer, (void)user;
    *out = NULL;
    return cn__fail(CN_ERROR_STATE, "this program was built without libmicrohttpd, which serve needs");
}
void cn__server_run(cn__server *server, int milliseconds) { (void)server, (void)milliseconds; }
void cn__server_stop(cn__server *server) { (void)server; }

#else

#include <arpa/inet.h>
#include <microhttpd.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#include "base/text/format.h"
#include "data/libraries/library.h"

#define SYMBOLS(X)                                                                                           \
    X(MHD_start_daemon)                                                                                      \
    X(MHD_stop_daemon)                                                                                       \
    X(MHD_run_wait)                                                                                          \
    X(MHD_get_daemon_info)                                                                                   \
    X(MHD_create_response_from_buffer)                                                                       \
    X(MHD_add_response_header) X(MHD_queue_response) X(MHD_destroy_response) X(MHD_lookup_connection_value)

#ifdef CN_LATER_MHD
CN__LATER(SYMBOLS, CN_LATER_MHD)
#else
CN__LINKED(SYMBOLS)
#endif

enum { TOKEN_BYTES = 16 };
#define MOST_CONNECTIONS 64u /* of browsers' pages; each asks twice a second and is answered at once */

struct cn__server {
    struct MHD_Daemon *daemon;
    cn__server_answer *answer;
    void *user;
    unsigned port;
    char token[2 * TOKEN_BYTES + 1];
};

/* ---- answers --------------------------------------------------------------------------------------------------------- */

typedef enum MHD_Result result;

static result send_bytes(struct MHD_Connection *to, unsigned code, const char *type, const char *data,
                         size_t size)
{
    struct MHD_Response *r = lib.MHD_create_response_from_buffer(size, (void *)data, MHD_RESPMEM_MUST_COPY);
    if (!r) return MHD_NO;
    const char *const headers[][2] = {{"Content-Type", type},
                                      {"Cache-Control", "no-store"},
                                      {"X-Content-Type-Options", "nosniff"},
                                      {"X-Frame-Options", "DENY"},
                                      {"Referrer-Policy", "no-referrer"}};
    bool whole = true;
    for (size_t i = 0; i < sizeof headers / sizeof *headers; i++)
        whole = whole && lib.MHD_add_response_header(r, headers[i][0], headers[i][1]) == MHD_YES;
    const result sent = whole ? lib.MHD_queue_response(to, code, r) : MHD_NO;
    lib.MHD_destroy_response(r);
    return sent;
}

static result send_text(struct MHD_Connection *to, unsigned code, const char *text)
{
    return send_bytes(to, code, "text/plain; charset=utf-8", text, strlen(text));
}

/* ---- requests ---------------------------------------------------------------------------------------------------------- */

static bool is_own_host(const cn__server *s, struct MHD_Connection *from)
{
    const char *host = lib.MHD_lookup_connection_value(from, MHD_HEADER_KIND, "Host");
    char own[2][40];
    cn__format(own[0], sizeof own[0], "127.0.0.1:%u", s->port);
    cn__format(own[1], sizeof own[1], "localhost:%u", s->port);
    return host && (strcmp(host, own[0]) == 0 || strcmp(host, own[1]) == 0);
}

/* All of it is compared, so that time says nothing. */
static bool has_token(const cn__server *s, const char *path)
{
    unsigned char differs = 0;
    if (strlen(path) < 1 + 2 * TOKEN_BYTES || *path != '/') return false;
    for (size_t i = 0; i < 2 * TOKEN_BYTES; i++) differs |= (unsigned char)(path[1 + i] ^ s->token[i]);
    return !differs && path[1 + 2 * TOKEN_BYTES] == '/';
}

static result on_request(void *user, struct MHD_Connection *from, const char *path, const char *method,
                         const char *version, const char *body, size_t *body_size, void **own)
{
    const cn__server *s = user;
    (void)version, (void)body, (void)body_size, (void)own;
    if (strcmp(method, "GET") != 0) return send_text(from, 405, "only GET\n");
    if (!is_own_host(s, from) || !has_token(s, path)) return send_text(from, 403, "not allowed\n");
    cn__reply reply = {0};
    s->answer(s->user, path + 2 + 2 * TOKEN_BYTES, &reply);
    if (!reply.type) return send_text(from, 404, "not here\n");
    const result sent = send_bytes(from, 200, reply.type, reply.data, reply.size);
    cn__free(reply.data);
    return sent;
}

/* ---- begin and end -------------------------------------------------------------------------------------------------------- */

static cn_status make_token(cn__server *s)
{
    static const char digits[] = "0123456789abcdef";
    unsigned char bytes[TOKEN_BYTES];
    if (getentropy(bytes, sizeof bytes) != 0)
        return cn__fail(CN_ERROR_STATE, "no random numbers for a token");
    for (size_t i = 0; i < TOKEN_BYTES; i++)
        s->token[2 * i] = digits[bytes[i] >> 4], s->token[2 * i + 1] = digits[bytes[i] & 15];
    return CN_OK;
}

static cn_status open_port(cn__server *s, uint64_t port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    s->daemon = lib.MHD_start_daemon(MHD_NO_FLAG, 0, NULL, NULL, on_request, s, MHD_OPTION_SOCK_ADDR,
                                     &address, MHD_OPTION_CONNECTION_TIMEOUT, 30u,
                                     MHD_OPTION_CONNECTION_LIMIT, MOST_CONNECTIONS, MHD_OPTION_END);
    const union MHD_DaemonInfo *info =
        s->daemon ? lib.MHD_get_daemon_info(s->daemon, MHD_DAEMON_INFO_BIND_PORT) : NULL;
    if (!info)
        return cn__fail(CN_ERROR_STATE,
                        "port %llu of 127.0.0.1 cannot be listened to; another program may have it",
                        (unsigned long long)port);
    s->port = info->port;
    return CN_OK;
}

cn_status cn__server_start(uint64_t port, cn__server_answer *answer, void *user, cn__server **out)
{
    *out = NULL;
    CN_TRY(load());
    cn__server *s = cn__calloc(1, sizeof *s);
    if (!s) return CN_ERROR_MEMORY;
    s->answer = answer, s->user = user;
    cn_status status = make_token(s);
    if (status == CN_OK) status = open_port(s, port);
    if (status != CN_OK) {
        cn__server_stop(s);
        return status;
    }
    printf("http://127.0.0.1:%u/%s/\n", s->port, s->token);
    fflush(stdout);
    *out = s;
    return CN_OK;
}

void cn__server_run(cn__server *s, int milliseconds) { (void)lib.MHD_run_wait(s->daemon, milliseconds); }

void cn__server_stop(cn__server *s)
{
    if (s && s->daemon) lib.MHD_stop_daemon(s->daemon);
    cn__free(s);
}

#endif
