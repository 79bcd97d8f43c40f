/* Fetching a file over HTTPS into memory, with libcurl. What has come is also added to a file, from which the next try goes
 * on, where the server gives parts of files. */
#define CURL_DISABLE_TYPECHECK /* its macros cannot stand behind `lib.` */
#include <curl/curl.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "data/data.h"
#include "data/libraries/library.h"

#define SYMBOLS(X)                                                                                           \
    X(curl_global_init)                                                                                      \
    X(curl_easy_init)                                                                                        \
    X(curl_easy_setopt) X(curl_easy_getinfo) X(curl_easy_perform) X(curl_easy_strerror) X(curl_easy_cleanup)
#ifdef CN_LATER_CURL
CN__LATER(SYMBOLS, CN_LATER_CURL)
#else
CN__LINKED(SYMBOLS)
#endif

enum { PARTIAL = 206 /* of HTTP: the rest follows */ };

typedef struct transfer {
    cn__text bytes;
    CURL *curl;
    size_t begun; /* bytes of an earlier download */
    int part;     /* -1: none is kept */
    const cn__request *request;
    char error[CURL_ERROR_SIZE]; /* "The requested URL returned error: 404" */
} transfer;

/* ---- the part of an earlier download -------------------------------------------------------------------------- */

/* A part that cannot be written costs the part, not the download. */
static void keep_part(transfer *t, const char *bytes, size_t size)
{
    if (t->part >= 0 && write(t->part, bytes, size) != (ssize_t)size) {
        (void)!ftruncate(t->part, 0);
        close(t->part);
        t->part = -1;
    }
}

/* Opened for this process alone: two that add to it would mix their bytes. */
static void open_part(transfer *t)
{
    struct stat info;
    char *bytes = NULL;
    size_t size;
    t->part = t->request->part
                  ? open(t->request->part, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0666)
                  : -1;
    if (t->part < 0) return;
    const bool own =
        flock(t->part, LOCK_EX | LOCK_NB) == 0 && fstat(t->part, &info) == 0 && S_ISREG(info.st_mode);
    if (own && cn__file_read_fd(t->part, t->request->part, &bytes, &size, t->request->limit) == CN_OK) {
        cn__text_add_bytes(&t->bytes, bytes, size);
        t->begun = t->bytes.size;
    } else if (own) {
        (void)!ftruncate(t->part, 0);
    } else {
        close(t->part);
        t->part = -1;
    }
    cn__free(bytes);
}

/* From the beginning again. */
static void drop_part(transfer *t)
{
    cn__text_free(&t->bytes);
    t->begun = 0;
    if (t->part >= 0) (void)!ftruncate(t->part, 0);
}

/* An empty one says nothing, and one that is too long is no beginning of what is wanted. */
static void close_part(transfer *t, bool too_long)
{
    if (t->part < 0) return;
    if (!t->bytes.size || too_long) (void)unlink(t->request->part);
    close(t->part);
}

/* ---- the transfer --------------------------------------------------------------------------------------------- */

static size_t take(char *bytes, size_t size, size_t count, void *user)
{
    transfer *t = user;
    if (size * count > t->request->limit - t->bytes.size) return 0; /* an error, to libcurl */
    cn__text_add_bytes(&t->bytes, bytes, size * count);
    keep_part(t, bytes, size * count);
    return t->bytes.failed ? 0 : size * count;
}

/* The length that the header says is of the rest, where the server gives parts of files. */
static int report_progress(void *user, curl_off_t total, curl_off_t now, curl_off_t up_total, curl_off_t up)
{
    transfer *t = user;
    (void)total, (void)now, (void)up_total, (void)up;
    const cn_dataset_options *options = t->request->options;
    curl_off_t length = -1;
    long code = 0;
    if (!options || !options->progress) return 0;
    lib.curl_easy_getinfo(t->curl, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &length);
    lib.curl_easy_getinfo(t->curl, CURLINFO_RESPONSE_CODE, &code);
    options->progress(options->user, t->request->file, (double)t->bytes.size,
                      length > 0 ? (double)length + (code == PARTIAL ? (double)t->begun : 0) : 0);
    return 0;
}

static pthread_once_t once = PTHREAD_ONCE_INIT;
static void start(void) { lib.curl_global_init(CURL_GLOBAL_DEFAULT); }

static void set_up(CURL *curl, transfer *t)
{
    lib.curl_easy_setopt(curl, CURLOPT_URL, t->request->url);
    lib.curl_easy_setopt(curl, CURLOPT_RESUME_FROM_LARGE, (curl_off_t)t->begun);
    lib.curl_easy_setopt(curl, CURLOPT_MAXFILESIZE_LARGE, (curl_off_t)t->request->limit);
    lib.curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take);
    lib.curl_easy_setopt(curl, CURLOPT_WRITEDATA, t);
    lib.curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, t->error);
    lib.curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, report_progress);
    lib.curl_easy_setopt(curl, CURLOPT_XFERINFODATA, t);
    lib.curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
    lib.curl_easy_setopt(curl, CURLOPT_FAILONERROR, 1L);
    lib.curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 1L);
    lib.curl_easy_setopt(curl, CURLOPT_MAXREDIRS, 5L);
    lib.curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    lib.curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, 10L);
    lib.curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, 1024L); /* bytes a second */
    lib.curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME,
                         t->request->patience ? (long)t->request->patience : 20L);
}

static cn_status fail(const transfer *t, CURLcode code)
{
    const char *url = t->request->url;
    if (t->bytes.failed) return cn__fail_memory(t->bytes.size, url);
    if (code == CURLE_WRITE_ERROR || code == CURLE_FILESIZE_EXCEEDED)
        return cn__fail(CN_ERROR_NETWORK, "%s: it is larger than the %zu bytes that it may have", url,
                        t->request->limit);
    if (code == CURLE_OK) return cn__fail(CN_ERROR_NETWORK, "%s: it is empty", url);
    return cn__fail(CN_ERROR_NETWORK, "%s: %s", url, *t->error ? t->error : lib.curl_easy_strerror(code));
}

cn_status cn__download(const cn__request *request, char **out, size_t *size)
{
    CN_TRY(load());
    pthread_once(&once, start);
    CURL *curl = lib.curl_easy_init();
    if (!curl) return cn__fail_memory(0, "a download");
    transfer t = {.curl = curl, .request = request};
    open_part(&t);
    set_up(curl, &t);
    CURLcode code = lib.curl_easy_perform(curl);
    if (t.begun && (code == CURLE_RANGE_ERROR || code == CURLE_HTTP_RETURNED_ERROR ||
                    code == CURLE_BAD_DOWNLOAD_RESUME)) {
        drop_part(&t); /* the server gives no parts of files, or has a shorter one */
        set_up(curl, &t);
        code = lib.curl_easy_perform(curl);
    }
    lib.curl_easy_cleanup(curl);
    close_part(&t, code == CURLE_WRITE_ERROR || code == CURLE_FILESIZE_EXCEEDED);
    if (code != CURLE_OK || !t.bytes.size) {
        cn_status status = fail(&t, code);
        cn__text_free(&t.bytes);
        return status;
    }
    *out = t.bytes.data;
    *size = t.bytes.size;
    return CN_OK;
}
