/* Data sets by name: the order in which places are looked at, and downloads from a server of the test's own. The
 * internet is never reached. */
#include <arpa/inet.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/file.h"
#include "data/data.h"

static char scratch[] = "dataset-XXXXXX", here[1024];

/* A home, a working directory and an environment that hold nothing. */
static int enter(void **state)
{
    (void)state;
    char home[1100];
    if (!mkdtemp(scratch) || chdir(scratch) != 0 || !getcwd(here, sizeof here)) return -1;
    snprintf(home, sizeof home, "%s/home", here);
    if (mkdir("home", 0777) != 0 || setenv("HOME", home, 1) != 0) return -1;
    unsetenv("XDG_CACHE_HOME");
    unsetenv("CORNU_DATA");
    unsetenv("CORNU_MIRROR");
    unsetenv("http_proxy");
    return setenv("CORNU_OFFLINE", "1", 1);
}

static int leave(void **state)
{
    (void)state;
    char command[64];
    snprintf(command, sizeof command, "rm -rf '%s'", scratch);
    return chdir("..") == 0 ? system(command) : -1;
}

static void says(const char *part)
{
    if (!strstr(cn_error(), part)) fail_msg("'%s' is not in: %s", part, cn_error());
}

static void says_not(const char *part)
{
    if (strstr(cn_error(), part)) fail_msg("'%s' is in: %s", part, cn_error());
}

static void put(const char *folder, const char *name, const void *bytes, size_t size)
{
    char path[1200];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    assert_int_equal(cn__make_dirs(folder), CN_OK);
    assert_int_equal(cn__file_write(path, bytes, size), CN_OK);
}

/* A data set of one training image and one test image; `mark` is the first pixel, to know it again. */
static void make_set(const char *folder, unsigned char mark)
{
    unsigned char images[16 + 784] = {0, 0, 8, 3, 0, 0, 0, 1, 0, 0, 0, 28, 0, 0, 0, 28, mark},
                              labels[9] = {0, 0, 8, 1, 0, 0, 0, 1, 7};
    put(folder, "train-images-idx3-ubyte", images, sizeof images);
    put(folder, "train-labels-idx1-ubyte", labels, sizeof labels);
    put(folder, "t10k-images-idx3-ubyte", images, sizeof images);
    put(folder, "t10k-labels-idx1-ubyte", labels, sizeof labels);
}

static void finds(const char *data_dir, unsigned char mark)
{
    cn_dataset d;
    cn_dataset_options options = {.data_dir = data_dir};
    if (cn_dataset_load("mnist", &options, &d) != CN_OK) fail_msg("%s", cn_error());
    assert_int_equal(((unsigned char *)d.train_x.data)[0], mark);
    assert_int_equal(((unsigned char *)d.test_y.data)[0], 7);
    assert_string_equal(d.name, "mnist");
    assert_int_equal(d.classes, 10);
    assert_string_equal(d.class_names[3], "3");
    cn_dataset_free(&d);
}

/* From the last place to the first: each new one goes before those that were there. */
static void places_are_looked_at_in_order(void **state)
{
    (void)state;
    make_set("home/.keras/datasets/mnist", 1);
    finds(NULL, 1);
    make_set("home/.cache/cornu/mnist", 2);
    finds(NULL, 2);
    make_set("xdg/cornu/mnist", 3);
    char xdg[1100];
    snprintf(xdg, sizeof xdg, "%s/xdg", here);
    setenv("XDG_CACHE_HOME", xdg, 1);
    finds(NULL, 3);
    make_set("data/mnist", 4);
    finds(NULL, 4);
    make_set("mine/MNIST/raw", 5);
    setenv("CORNU_DATA", "mine", 1);
    finds(NULL, 5);
    make_set("given", 6); /* the files in the folder itself */
    finds("given", 6);
    finds("empty", 5); /* a folder that has none is passed by */
    unsetenv("CORNU_DATA");
    unsetenv("XDG_CACHE_HOME");
    assert_int_equal(system("rm -rf home/.keras home/.cache data"), 0);
}

static void an_npz_as_keras_keeps_it_will_do(void **state)
{
    (void)state;
    static const char *const names[] = {"x_train", "y_train", "x_test", "y_test"};
    static unsigned char pixels[784] = {9}, label[1] = {7};
    const cn_array x = cn_array_view(CN_UINT8, pixels, 3, (size_t[]){1, 28, 28}),
                   y = cn_array_view(CN_UINT8, label, 1, (size_t[]){1});
    assert_int_equal(cn__make_dirs("home/.keras/datasets"), CN_OK);
    assert_int_equal(cn_npz_write("home/.keras/datasets/mnist.npz", names, (const cn_array[]){x, y, x, y}, 4),
                     CN_OK);
    finds(NULL, 9);
    assert_int_equal(unlink("home/.keras/datasets/mnist.npz"), 0);
}

static void what_is_missing_names_every_place(void **state)
{
    (void)state;
    cn_dataset d;
    cn_dataset_options options = {.data_dir = "given-by-hand"};
    setenv("CORNU_DATA", "by-environment", 1);
    assert_int_not_equal(cn_dataset_load("mnist", &options, &d), CN_OK);
    assert_true(cn_dataset_missing());
    static const char *const places[] = {
        "given-by-hand",   "by-environment", "data/mnist", "home/.cache/cornu",
        ".keras/datasets", "/usr/share/",    "offline",    "train-images-idx3-ubyte.gz"};
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) says(places[i]);
    assert_int_not_equal(cn_dataset_load("mnits", NULL, &d), CN_OK);
    assert_false(cn_dataset_missing());
    says("'mnits'");
    says("'mnist'");
    unsetenv("CORNU_DATA");
}

/* A set that is there but wrong is an error, not passed by. */
static void sets_that_do_not_fit_together_are_refused(void **state)
{
    (void)state;
    cn_dataset d;
    const cn_dataset_options options = {.data_dir = "wrong"};
    static const unsigned char two[] = {0, 0, 8, 1, 0, 0, 0, 2, 7, 7},
                               eleven[] = {0, 0, 8, 1, 0, 0, 0, 1, 11};
    make_set("wrong", 1);
    put("wrong", "train-labels-idx1-ubyte", two, sizeof two);
    assert_int_equal(cn_dataset_load("mnist", &options, &d), CN_ERROR_DATA);
    says("wrong");
    put("wrong", "train-labels-idx1-ubyte", eleven, sizeof eleven);
    assert_int_equal(cn_dataset_load("mnist", &options, &d), CN_ERROR_DATA);
    says("label 11");
    put("wrong", "train-labels-idx1-ubyte", "nonsense", 8);
    assert_int_not_equal(cn_dataset_load("mnist", &options, &d), CN_OK);
    says("train-labels-idx1-ubyte");
    assert_int_equal(unlink("wrong/train-labels-idx1-ubyte"), 0);
    assert_int_not_equal(cn_dataset_load("mnist", &options, &d), CN_OK); /* three of four are none */
    assert_true(cn_dataset_missing());
}

/* ---- downloads ------------------------------------------------------------------------------------------------- */

typedef enum manner { NOT_FOUND, NO_GZIP, OTHER_DATA, CUT, FOLDER } manner;

typedef struct server {
    int listener, port, requests;
    manner how;
    const char *folder; /* FOLDER: files are served from here */
    pthread_t thread;
} server;

static void send_all(int to, const void *bytes, size_t size)
{
    const char *p = bytes;
    while (size) {
        ssize_t sent = send(to, p, size, MSG_NOSIGNAL);
        if (sent <= 0) return;
        p += sent, size -= (size_t)sent;
    }
}

static void answer(server *s, int to, const char *request)
{
    char path[1200], head[100];
    char *bytes = NULL;
    size_t size = 0;
    if (s->how == FOLDER) {
        const char *name = strstr(request, "/mnist/");
        snprintf(path, sizeof path, "%s/%.*s", s->folder, (int)strcspn(name + 7, " "), name + 7);
        if (cn__file_read(path, &bytes, &size, 1 << 26) != CN_OK) return;
    } else if (s->how == OTHER_DATA) {
        assert_int_equal(cn__file_read("other.gz", &bytes, &size, 1000), CN_OK);
    } else if (s->how != NOT_FOUND) {
        size = 100;
        bytes = cn__calloc(1, size);
    }
    snprintf(head, sizeof head, "HTTP/1.1 %s\r\nContent-Length: %zu\r\nConnection: close\r\n\r\n",
             s->how == NOT_FOUND ? "404 Not Found" : "200 OK", s->how == CUT ? 2 * size : size);
    send_all(to, head, strlen(head));
    send_all(to, bytes, size);
    cn__free(bytes);
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
        answer(s, client, request);
        close(client);
    }
}

static int address(const server *s, struct sockaddr_in *out)
{
    *out = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons((uint16_t)s->port)};
    out->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return socket(AF_INET, SOCK_STREAM, 0);
}

static void start(server *s)
{
    char mirror[64];
    struct sockaddr_in at;
    socklen_t length = sizeof at;
    s->listener = address(s, &at);
    assert_int_equal(bind(s->listener, (struct sockaddr *)&at, sizeof at), 0);
    assert_int_equal(listen(s->listener, 8), 0);
    assert_int_equal(getsockname(s->listener, (struct sockaddr *)&at, &length), 0);
    s->port = ntohs(at.sin_port);
    assert_int_equal(pthread_create(&s->thread, NULL, serve, s), 0);
    snprintf(mirror, sizeof mirror, "http://127.0.0.1:%d", s->port);
    setenv("CORNU_MIRROR", mirror, 1);
    unsetenv("CORNU_OFFLINE");
}

static void stop(server *s)
{
    struct sockaddr_in at;
    int to = address(s, &at);
    if (connect(to, (struct sockaddr *)&at, sizeof at) == 0) send_all(to, "QUIT", 4);
    pthread_join(s->thread, NULL);
    close(to);
    close(s->listener);
    unsetenv("CORNU_MIRROR");
    setenv("CORNU_OFFLINE", "1", 1);
}

/* What the server did wrong is told; no other mirror is asked; nothing stays in the cache. */
static void fails_with(manner how, const char *part)
{
    server s = {.how = how};
    cn_dataset d;
    start(&s);
    cn_status status = cn_dataset_load("mnist", NULL, &d);
    stop(&s);
    assert_int_equal(status, CN_ERROR_NETWORK);
    assert_true(cn_dataset_missing());
    assert_int_equal(s.requests, 1);
    says("http://127.0.0.1");
    says(part);
    says_not("https://");
    assert_int_equal(access("home/.cache/cornu/mnist/train-images-idx3-ubyte.gz", F_OK), -1);
    assert_int_equal(system("test -z \"$(ls -A home/.cache/cornu/mnist)\""), 0);
}

static void bad_downloads_are_refused(void **state)
{
    (void)state;
    fails_with(NOT_FOUND, "404");
    fails_with(NO_GZIP, "gzip");
    gzFile gz = gzopen("other.gz", "wb");
    assert_int_equal(gzwrite(gz, "other data", 10), 10);
    assert_int_equal(gzclose(gz), Z_OK);
    fails_with(OTHER_DATA, "SHA-256");
    fails_with(CUT, "remaining");
}

/* With the real files at hand: fetched once, then found in the cache. */
static void good_downloads_are_kept(void **state)
{
    (void)state;
    const char *real = getenv("CORNU_TEST_DATA");
    char folder[1100], probe[1200];
    snprintf(folder, sizeof folder, "%s/mnist", real ? real : "");
    snprintf(probe, sizeof probe, "%s/train-images-idx3-ubyte.gz", folder);
    if (!real || access(probe, R_OK) != 0) {
        print_message("no MNIST in $CORNU_DATA: skipped\n");
        skip();
    }
    server s = {.how = FOLDER, .folder = folder};
    cn_dataset d;
    start(&s);
    cn_status status = cn_dataset_load("mnist", NULL, &d);
    stop(&s);
    if (status != CN_OK) fail_msg("%s", cn_error());
    assert_int_equal(s.requests, 4);
    assert_int_equal(d.train_x.shape[0], 60000);
    cn_dataset_free(&d);
    assert_int_equal(cn_dataset_load("mnist", NULL, &d), CN_OK);
    assert_non_null(strstr(d.source, "home/.cache/cornu/mnist"));
    cn_dataset_free(&d);
}

int main(void)
{
    /* the test moves away from here, and clears CORNU_DATA */
    const char *data = getenv("CORNU_DATA");
    char *absolute = data ? realpath(data, NULL) : NULL;
    if (absolute) setenv("CORNU_TEST_DATA", absolute, 1);
    free(absolute);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(places_are_looked_at_in_order),
        cmocka_unit_test(an_npz_as_keras_keeps_it_will_do),
        cmocka_unit_test(what_is_missing_names_every_place),
        cmocka_unit_test(sets_that_do_not_fit_together_are_refused),
        cmocka_unit_test(bad_downloads_are_refused),
        cmocka_unit_test(good_downloads_are_kept),
    };
    return cmocka_run_group_tests(tests, enter, leave);
}
