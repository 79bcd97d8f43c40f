/* Downloads, from a server of the test's own on 127.0.0.1: what is not the data set is refused, told and not kept. A
 * mirror of one's own is the only one asked, so the internet is never reached. */
#include <arpa/inet.h>
#include <pthread.h>
#include <sys/socket.h>
#include <time.h>
#include <zlib.h>

#include "support.h"

/* ---- a server --------------------------------------------------------------------------------------------------- */

typedef enum manner {
    BYTES,      /* `bytes`, as they are */
    NO_LENGTH,  /* the same, ended by hanging up */
    DRIBBLE,    /* the same, a little at a time */
    NOT_FOUND,  /* 404 with a page */
    BROKEN,     /* 500 */
    EMPTY,      /* 200, and nothing */
    HANG_UP,    /* no answer */
    GARBAGE,    /* no HTTP */
    CUT,        /* half of what the length says */
    CUT_CHUNKS, /* a first chunk, and no last */
    CLAIM,      /* a length of a gigabyte */
    ENDLESS,    /* bytes without end */
    STALL,      /* a beginning, and then silence */
    REDIRECT,   /* to /there/, where `bytes` are */
    CIRCLE,     /* to itself */
    CUT_ONCE,   /* half of it, and then what a request for the rest asks for */
    CUT_ALL,    /* half of it, and then the whole, whatever is asked for */
    FOLDER,     /* files from `folder`, and after `allowed` of them none */
} manner;

typedef struct server {
    manner how;
    const void *bytes;
    size_t size;
    const char *folder;
    int allowed;
    int listener, port, requests;
    char path[1000]; /* of the last request */
    long from;       /* what its Range asks for, -1: the whole */
    pthread_t thread;
} server;

static bool send_all(int to, const void *bytes, size_t size)
{
    const char *p = bytes;
    while (size) {
        ssize_t sent = send(to, p, size, MSG_NOSIGNAL);
        if (sent <= 0) return false;
        p += sent, size -= (size_t)sent;
    }
    return true;
}

static void send_text(int to, const char *text) { send_all(to, text, strlen(text)); }

static void send_head(int to, const char *status, size_t length)
{
    char head[200];
    snprintf(head, sizeof head, "HTTP/1.1 %s\r\nContent-Length: %zu\r\nConnection: close\r\n\r\n", status,
             length);
    send_text(to, head);
}

static void wait_milliseconds(long n)
{
    nanosleep(&(struct timespec){.tv_sec = n / 1000, .tv_nsec = n % 1000 * 1000000}, NULL);
}

static void dribble(const server *s, int to)
{
    enum { PIECES = 8 };
    send_head(to, "200 OK", s->size);
    for (size_t i = 0; i < PIECES; i++) {
        size_t from = s->size * i / PIECES;
        send_all(to, (const char *)s->bytes + from, s->size * (i + 1) / PIECES - from);
        wait_milliseconds(50);
    }
}

static void send_file(const server *s, int to)
{
    char path[2200], *bytes;
    size_t size;
    const char *name = strrchr(s->path, '/');
    snprintf(path, sizeof path, "%s%s", s->folder, name ? name : "/");
    if (s->requests > s->allowed || cn__file_read(path, &bytes, &size, 1 << 26) != CN_OK) {
        send_head(to, "404 Not Found", 0);
        return;
    }
    send_head(to, "200 OK", size);
    send_all(to, bytes, size);
    cn__free(bytes);
}

static void redirect(const server *s, int to)
{
    char head[200];
    if (s->how == REDIRECT && strstr(s->path, "/there/")) {
        send_head(to, "200 OK", s->size);
        send_all(to, s->bytes, s->size);
        return;
    }
    snprintf(head, sizeof head,
             "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:%d/there/\r\nContent-Length: 0\r\n\r\n",
             s->port);
    send_text(to, head);
}

static void send_rest(const server *s, int to)
{
    char head[200];
    const size_t from = s->how == CUT_ONCE && s->from > 0 ? (size_t)s->from : 0, size = s->size - from;
    if (from)
        snprintf(head, sizeof head,
                 "HTTP/1.1 206 Partial Content\r\nContent-Length: %zu\r\nContent-Range: bytes "
                 "%zu-%zu/%zu\r\nConnection: close\r\n\r\n",
                 size, from, s->size - 1, s->size);
    else
        snprintf(head, sizeof head, "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\nConnection: close\r\n\r\n",
                 size);
    send_text(to, head);
    send_all(to, (const char *)s->bytes + from, s->requests == 1 ? size / 2 : size);
}

static void answer(const server *s, int to)
{
    static const char block[1 << 16];
    char wait;
    switch (s->how) {
    case BYTES:
        send_head(to, "200 OK", s->size);
        send_all(to, s->bytes, s->size);
        break;
    case NO_LENGTH:
        send_text(to, "HTTP/1.1 200 OK\r\n\r\n");
        send_all(to, s->bytes, s->size);
        break;
    case DRIBBLE: dribble(s, to); break;
    case NOT_FOUND:
        send_head(to, "404 Not Found", 13);
        send_text(to, "<html></html>");
        break;
    case BROKEN: send_head(to, "500 Internal Server Error", 0); break;
    case EMPTY: send_head(to, "200 OK", 0); break;
    case HANG_UP: break;
    case GARBAGE: send_text(to, "who is there?\r\n\r\n"); break;
    case CUT:
        send_head(to, "200 OK", 2 * s->size);
        send_all(to, s->bytes, s->size);
        break;
    case CUT_CHUNKS:
        send_text(to, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nabcd\r\n");
        break;
    case CLAIM: send_head(to, "200 OK", 1 << 30); break;
    case ENDLESS:
        send_text(to, "HTTP/1.1 200 OK\r\n\r\n");
        while (send_all(to, block, sizeof block)) continue;
        break;
    case STALL:
        send_head(to, "200 OK", 1000);
        send_text(to, "a beginning");
        (void)!recv(to, &wait, 1, 0); /* until the other side hangs up */
        break;
    case REDIRECT:
    case CIRCLE: redirect(s, to); break;
    case CUT_ONCE:
    case CUT_ALL: send_rest(s, to); break;
    case FOLDER: send_file(s, to); break;
    }
}

static void *serve(void *argument)
{
    server *s = argument;
    char request[2000];
    for (;;) {
        int client = accept(s->listener, NULL, NULL);
        if (client < 0) return NULL;
        ssize_t size = recv(client, request, sizeof request - 1, 0);
        request[size > 0 ? size : 0] = '\0';
        if (strncmp(request, "QUIT", 4) == 0) {
            close(client);
            return NULL;
        }
        s->requests++;
        const char *range = strstr(request, "Range: bytes=");
        s->from = range ? strtol(range + strlen("Range: bytes="), NULL, 10) : -1;
        snprintf(s->path, sizeof s->path, "%.*s", (int)strcspn(request + 4, " "),
                 size > 4 ? request + 4 : "");
        answer(s, client);
        shutdown(client, SHUT_WR);
        close(client);
    }
}

static int address(const server *s, struct sockaddr_in *out)
{
    *out = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons((uint16_t)s->port)};
    out->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return socket(AF_INET, SOCK_STREAM, 0);
}

/* `below` is what stands behind the host in CORNU_MIRROR. */
static void start(server *s, const char *below)
{
    char mirror[800];
    struct sockaddr_in at;
    socklen_t length = sizeof at;
    s->listener = address(s, &at);
    assert_int_equal(bind(s->listener, (struct sockaddr *)&at, sizeof at), 0);
    assert_int_equal(listen(s->listener, 8), 0);
    assert_int_equal(getsockname(s->listener, (struct sockaddr *)&at, &length), 0);
    s->port = ntohs(at.sin_port);
    assert_int_equal(pthread_create(&s->thread, NULL, serve, s), 0);
    snprintf(mirror, sizeof mirror, "http://127.0.0.1:%d%s", s->port, below);
    setenv("CORNU_MIRROR", mirror, 1);
    unsetenv("CORNU_OFFLINE");
}

static void stop(server *s)
{
    struct sockaddr_in at;
    int to = address(s, &at);
    if (connect(to, (struct sockaddr *)&at, sizeof at) == 0) send_text(to, "QUIT");
    pthread_join(s->thread, NULL);
    close(to);
    close(s->listener);
    unsetenv("CORNU_MIRROR");
    setenv("CORNU_OFFLINE", "1", 1);
}

/* ---- one file --------------------------------------------------------------------------------------------------- */

typedef struct told {
    char file[64];
    double bytes, total;
    int times;
} told;

static void tell(void *user, const char *file, double bytes, double total)
{
    told *t = user;
    snprintf(t->file, sizeof t->file, "%s", file);
    if (bytes > t->bytes) t->bytes = bytes;
    if (total > t->total) t->total = total;
    t->times++;
}

/* Fetches from the server; *out is NULL unless that went well. */
static cn_status fetch(server *s, size_t limit, told *t, char **out, size_t *size)
{
    char url[100];
    const cn_dataset_options options = {.progress = t ? tell : NULL, .user = t};
    *out = NULL;
    *size = 0;
    start(s, "");
    snprintf(url, sizeof url, "http://127.0.0.1:%d/a/file", s->port);
    const cn__request request = {
        .url = url, .file = "file", .limit = limit, .patience = 1, .options = &options};
    cn_error_clear();
    cn_status status = cn__download(&request, out, size);
    stop(s);
    return status;
}

static void gives(manner how, const void *bytes, size_t size, size_t limit)
{
    server s = {.how = how, .bytes = bytes, .size = size};
    told t = {.times = 0};
    char *got;
    size_t got_size;
    succeeds(fetch(&s, limit, &t, &got, &got_size));
    assert_int_equal(got_size, size);
    assert_memory_equal(got, bytes, size);
    assert_string_equal(t.file, "file");
    assert_true(t.times > 0 && t.bytes == (double)size);
    if (how == BYTES) assert_true(t.total == (double)size);
    if (how == NO_LENGTH) assert_true(t.total == 0);
    cn__free(got);
}

static void refuses(manner how, size_t size, size_t limit, const char *part)
{
    static const char bytes[100];
    server s = {.how = how, .bytes = bytes, .size = size};
    char *got;
    size_t got_size;
    if (fetch(&s, limit, NULL, &got, &got_size) != CN_ERROR_NETWORK) fail_msg("%d: %s", (int)how, cn_error());
    assert_null(got);
    says("http://127.0.0.1:");
    says("/a/file: ");
    says(part);
}

static void files_come_whole(void **state)
{
    (void)state;
    static unsigned char bytes[200000];
    for (size_t i = 0; i < sizeof bytes; i++) bytes[i] = (unsigned char)(i * i >> 7);
    gives(BYTES, bytes, sizeof bytes, 1 << 20);
    gives(BYTES, bytes, sizeof bytes, sizeof bytes); /* as large as it may be */
    gives(BYTES, bytes, 1, 1);
    gives(NO_LENGTH, bytes, sizeof bytes, sizeof bytes);
    gives(REDIRECT, bytes, sizeof bytes, 1 << 20);
}

/* Slow is no failure as long as bytes come. */
static void a_slow_answer_is_waited_for(void **state)
{
    (void)state;
    static unsigned char bytes[64000];
    memset(bytes, 0x5a, sizeof bytes);
    gives(DRIBBLE, bytes, sizeof bytes, 1 << 20);
}

static void what_the_server_does_wrong_is_told(void **state)
{
    (void)state;
    refuses(NOT_FOUND, 0, 1 << 20, "404");
    refuses(BROKEN, 0, 1 << 20, "500");
    refuses(EMPTY, 0, 1 << 20, "it is empty");
    refuses(HANG_UP, 0, 1 << 20, "Empty reply");
    refuses(GARBAGE, 0, 1 << 20, "HTTP");
    refuses(CUT, 100, 1 << 20, "100 bytes remaining");
    refuses(CUT_CHUNKS, 0, 1 << 20, "outstanding");
    refuses(CIRCLE, 0, 1 << 20, "redirects");
}

static void more_than_it_may_have_is_not_taken(void **state)
{
    (void)state;
    refuses(BYTES, 100, 99, "larger than the 99 bytes that it may have");
    refuses(NO_LENGTH, 100, 99, "larger than the 99 bytes");
    refuses(CLAIM, 0, 1 << 20, "larger than the 1048576 bytes"); /* at once: nothing was sent */
    refuses(ENDLESS, 0, 1 << 20, "larger than the 1048576 bytes");
}

static void silence_is_given_up(void **state)
{
    (void)state;
    time_t before = time(NULL);
    refuses(STALL, 0, 1 << 20, "too slow");
    assert_in_range(time(NULL) - before, 0, 10);
}

static void nobody_at_the_other_end_is_told(void **state)
{
    (void)state;
    char *got = NULL;
    size_t size;
    const cn__request request = {.url = "http://127.0.0.1:1/file", .file = "file", .limit = 1000};
    assert_int_equal(cn__download(&request, &got, &size), CN_ERROR_NETWORK);
    says("http://127.0.0.1:1/file: ");
    says("onnect");
    assert_null(got);
}

/* A download that was cut off goes on where it ended, if the server gives parts of files; else it begins again. */
static void a_download_that_was_cut_off_goes_on(void **state)
{
    (void)state;
    static unsigned char bytes[100000];
    for (size_t i = 0; i < sizeof bytes; i++) bytes[i] = (unsigned char)(i * i >> 5);
    for (manner how = CUT_ONCE; how <= CUT_ALL; how++) {
        server s = {.how = how, .bytes = bytes, .size = sizeof bytes};
        char url[100], *got = NULL;
        size_t size;
        told t = {.times = 0};
        const cn_dataset_options options = {.progress = tell, .user = &t};
        start(&s, "");
        snprintf(url, sizeof url, "http://127.0.0.1:%d/a/file", s.port);
        const cn__request request = {.url = url,
                                     .file = "file",
                                     .limit = 1 << 20,
                                     .patience = 1,
                                     .part = "file.part",
                                     .options = &options};
        assert_int_equal(cn__download(&request, &got, &size), CN_ERROR_NETWORK);
        cn__free(read_file("file.part", &size));
        assert_int_equal(size, sizeof bytes / 2);
        assert_int_equal(cn__download(&request, &got, &size), CN_OK);
        stop(&s);
        assert_int_equal(size, sizeof bytes);
        assert_memory_equal(got, bytes, size);
        assert_int_equal(s.from, how == CUT_ONCE ? (long)sizeof bytes / 2 : -1);
        if (t.bytes != (double)sizeof bytes || t.total != (double)sizeof bytes)
            fail_msg("%g of %g", t.bytes, t.total);
        cn__free(got);
        remove("file.part");
    }
}

/* ---- a data set ------------------------------------------------------------------------------------------------- */

#define CACHE "home/.cache/cornu/mnist"

static size_t gzip(const char *path, const void *bytes, size_t size, unsigned char **out)
{
    size_t packed;
    gzFile gz = gzopen(path, "wb9");
    assert_int_equal(gzwrite(gz, bytes, (unsigned)size), size);
    assert_int_equal(gzclose(gz), Z_OK);
    *out = read_file(path, &packed);
    return packed;
}

/* What the server sent is told; no other mirror is asked; nothing stays in the cache. */
static void is_not_taken(manner how, const void *bytes, size_t size, const char *part)
{
    server s = {.how = how, .bytes = bytes, .size = size};
    cn_dataset d;
    start(&s, "");
    cn_status status = cn_dataset_load("mnist", NULL, &d);
    stop(&s);
    assert_int_equal(status, CN_ERROR_NETWORK);
    assert_true(cn_dataset_missing());
    assert_int_equal(s.requests, 1);
    assert_string_equal(s.path, "/mnist/train-images-idx3-ubyte.gz");
    says("mnist was not found");
    says("Downloads failed:\n  http://127.0.0.1:");
    says(part);
    says_not("https://");
    assert_null(d.train_x.data);
    if (how == CUT)
        assert_int_equal(system("rm " CACHE "/train-images-idx3-ubyte.gz.part"), 0); /* for the next try */
    assert_int_equal(system("test -z \"$(ls -A " CACHE ")\""), 0);
}

static void other_data_is_refused_and_not_kept(void **state)
{
    (void)state;
    skip_where_the_system_has_mnist();
    enum { SWOLLEN = 80 << 20 };
    static const char page[] = "<html>Sign in to the network of this hotel</html>";
    unsigned char *packed;
    size_t size = gzip("other.gz", "other data", 10, &packed);
    /* the sum is that of what is inside */
    is_not_taken(BYTES, packed, size,
                 "train-images-idx3-ubyte.gz has SHA-256 873517954b8a3d8f…, expected ba891046e6505d7a…");
    is_not_taken(BYTES, packed, size - 9, "cut short");
    packed[size - 6] ^= 1;
    is_not_taken(BYTES, packed, size, "damaged");
    free(packed);
    is_not_taken(BYTES, page, sizeof page, "is no gzip file");
    char *zeros = calloc(1, SWOLLEN);
    assert_non_null(zeros);
    size = gzip("bomb.gz", zeros, SWOLLEN, &packed);
    free(zeros);
    is_not_taken(BYTES, packed, size, "decompresses to more than 67108864 bytes");
    free(packed);
}

static void a_server_that_fails_leaves_nothing(void **state)
{
    (void)state;
    skip_where_the_system_has_mnist();
    static const char bytes[1000];
    is_not_taken(NOT_FOUND, NULL, 0, "404");
    is_not_taken(BROKEN, NULL, 0, "500");
    is_not_taken(HANG_UP, NULL, 0, "Empty reply");
    is_not_taken(EMPTY, NULL, 0, "it is empty");
    is_not_taken(CUT, bytes, sizeof bytes, "1000 bytes remaining");
    is_not_taken(CLAIM, NULL, 0, "larger than the 67108864 bytes");
}

static void the_mirror_may_have_slashes_and_a_long_path(void **state)
{
    (void)state;
    skip_where_the_system_has_mnist();
    char below[600], path[700];
    cn_dataset d;
    memset(below, 'f', sizeof below);
    below[0] = '/';
    memcpy(below + sizeof below - 4, "//", 3);
    server s = {.how = NOT_FOUND};
    start(&s, below);
    assert_int_equal(cn_dataset_load("mnist", NULL, &d), CN_ERROR_NETWORK);
    stop(&s);
    below[strlen(below) - 2] = '\0';
    snprintf(path, sizeof path, "%s/mnist/train-images-idx3-ubyte.gz", below);
    assert_string_equal(s.path, path);
}

static void a_mirror_that_is_no_url_is_told(void **state)
{
    (void)state;
    skip_where_the_system_has_mnist();
    cn_dataset d;
    setenv("CORNU_MIRROR", "my-mirror", 1);
    unsetenv("CORNU_OFFLINE");
    assert_int_equal(cn_dataset_load("mnist", NULL, &d), CN_ERROR_NETWORK);
    says("CORNU_MIRROR is 'my-mirror'; expected a URL");
    says_not("https://");
    unsetenv("CORNU_MIRROR");
    setenv("CORNU_OFFLINE", "1", 1);
}

static void a_cache_that_cannot_be_made_is_told(void **state)
{
    (void)state;
    skip_where_the_system_has_mnist();
    cn_dataset d;
    server s = {.how = NOT_FOUND};
    char cache[1200];
    write_file("a-file", "", 0);
    snprintf(cache, sizeof cache, "%s/a-file", here);
    setenv("XDG_CACHE_HOME", cache, 1);
    start(&s, "");
    assert_int_equal(cn_dataset_load("mnist", NULL, &d), CN_ERROR_NETWORK);
    stop(&s);
    says("a-file");
    says("folder cannot be made");
    assert_int_equal(s.requests, 0); /* before anything is fetched */
    unsetenv("XDG_CACHE_HOME");
}

/* The beginning of another file, such as another mirror's, is not kept in the way of the right one. */
static void a_part_of_another_file_is_dropped(void **state)
{
    (void)state;
    skip_where_the_system_has_mnist();
    static const char bytes[1000] = "other data";
    cn_dataset d;
    server s = {.how = CUT_ONCE, .bytes = bytes, .size = sizeof bytes, .requests = 1};
    put(CACHE, "train-images-idx3-ubyte.gz.part", "half a file", 11);
    start(&s, "");
    assert_int_equal(cn_dataset_load("mnist", NULL, &d), CN_ERROR_NETWORK);
    stop(&s);
    assert_int_equal(s.requests, 3); /* the rest, and then the whole */
    assert_int_equal(s.from, -1);
    assert_int_equal(system("test -z \"$(ls -A " CACHE ")\""), 0);
}

/* What an earlier run left in the cache counts only if it is what it should be. */
static void a_damaged_file_in_the_cache_is_fetched_again(void **state)
{
    (void)state;
    skip_where_the_system_has_mnist();
    cn_dataset d;
    server s = {.how = NOT_FOUND};
    put(CACHE, "train-images-idx3-ubyte.gz", "half a file", 11);
    start(&s, "");
    assert_int_equal(cn_dataset_load("mnist", NULL, &d), CN_ERROR_NETWORK);
    stop(&s);
    assert_string_equal(s.path, "/mnist/train-images-idx3-ubyte.gz");
    says("404");
    assert_int_equal(unlink(CACHE "/train-images-idx3-ubyte.gz"), 0);
}

/* With the real files at hand: a download that breaks off goes on where it was, is kept, and is found again. */
static void a_good_download_is_kept(void **state)
{
    (void)state;
    skip_where_the_system_has_mnist();
    const char *real = getenv("CORNU_TEST_DATA");
    char folder[1100], probe[1200];
    snprintf(folder, sizeof folder, "%s/mnist", real ? real : "");
    snprintf(probe, sizeof probe, "%s/train-images-idx3-ubyte.gz", folder);
    if (!real || access(probe, R_OK) != 0) {
        print_message("no MNIST in $CORNU_DATA: skipped\n");
        skip();
    }
    server s = {.how = FOLDER, .folder = folder, .allowed = 2};
    cn_dataset d;
    start(&s, "");
    assert_int_equal(cn_dataset_load("mnist", NULL, &d), CN_ERROR_NETWORK);
    stop(&s);
    says("404");
    assert_int_equal(s.requests, 3);
    assert_int_equal(cn_dataset_load("mnist", NULL, &d), CN_ERROR_FILE); /* offline */
    says("cornu/mnist (has 2 of the four files, not t10k-images");

    s = (server){.how = FOLDER, .folder = folder, .allowed = 4};
    start(&s, "/");
    cn_status status = cn_dataset_load("mnist", NULL, &d);
    stop(&s);
    succeeds(status);
    assert_int_equal(s.requests, 2);
    assert_int_equal(d.train_x.shape[0], 60000);
    assert_non_null(strstr(d.source, CACHE));
    cn_dataset_free(&d);

    succeeds(cn_dataset_load("mnist", NULL, &d)); /* offline now */
    assert_non_null(strstr(d.source, CACHE));
    cn_dataset_free(&d);
    assert_int_equal(system("rm -r " CACHE), 0);
}

/* ---- checksums -------------------------------------------------------------------------------------------------- */

/* FIPS 180-4's own examples, and lengths around the ends of blocks against each other. */
static void checksums_are_sha_256(void **state)
{
    (void)state;
    static char million[1000000];
    char sum[65];
    cn__sha256_hex("", 0, sum);
    assert_string_equal(sum, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    cn__sha256_hex("abc", 3, sum);
    assert_string_equal(sum, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    cn__sha256_hex("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 56, sum);
    assert_string_equal(sum, "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
    memset(million, 'a', sizeof million);
    cn__sha256_hex(million, sizeof million, sum);
    assert_string_equal(sum, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
    cn__sha256_hex(million, 55, sum);
    assert_string_equal(sum, "9f4390f8d30c2dd92ec9f095b65e2b9ae9b0a925a5258e241c9f1e910f734318");
    cn__sha256_hex(million, 64, sum);
    assert_string_equal(sum, "ffe054fe7ae0cb6dc65c3af9b61d5209f439851db43d0ba5997337df154668eb");
}

int main(void)
{
    /* the tests move away from here, and clear CORNU_DATA */
    const char *data = getenv("CORNU_DATA");
    char *real = data ? realpath(data, NULL) : NULL;
    if (real) setenv("CORNU_TEST_DATA", real, 1);
    free(real);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(files_come_whole),
        cmocka_unit_test(a_slow_answer_is_waited_for),
        cmocka_unit_test(what_the_server_does_wrong_is_told),
        cmocka_unit_test(more_than_it_may_have_is_not_taken),
        cmocka_unit_test(silence_is_given_up),
        cmocka_unit_test(nobody_at_the_other_end_is_told),
        cmocka_unit_test(a_download_that_was_cut_off_goes_on),
        cmocka_unit_test(other_data_is_refused_and_not_kept),
        cmocka_unit_test(a_server_that_fails_leaves_nothing),
        cmocka_unit_test(the_mirror_may_have_slashes_and_a_long_path),
        cmocka_unit_test(a_mirror_that_is_no_url_is_told),
        cmocka_unit_test(a_cache_that_cannot_be_made_is_told),
        cmocka_unit_test(a_part_of_another_file_is_dropped),
        cmocka_unit_test(a_damaged_file_in_the_cache_is_fetched_again),
        cmocka_unit_test(a_good_download_is_kept),
        cmocka_unit_test(checksums_are_sha_256),
    };
    return cmocka_run_group_tests(tests, enter_home, leave);
}
