/* Fetching a file over HTTPS into memory, with libcurl. */
#define CURL_DISABLE_TYPECHECK /* its macros cannot stand behind `lib.` */
#include <curl/curl.h>
#include <pthread.h>
#include <string.h>

#include "base/arena.h"
#include "data/data.h"
#include "data/library.h"

#define SYMBOLS(X)                                                                                           \
    X(curl_global_init)                                                                                      \
    X(curl_easy_init)                                                                                        \
    X(curl_easy_setopt) X(curl_easy_perform) X(curl_easy_strerror) X(curl_easy_cleanup)
#ifdef CN_LATER_CURL
CN__LATER(SYMBOLS, CN_LATER_CURL)
#else
CN__LINKED(SYMBOLS)
#endif

typedef struct transfer {
    cn__text bytes;
    const cn__request *request;
    char error[CURL_ERROR_SIZE]; /* "The requested URL returned error: 404" */
} transfer;

static size_t take(char *bytes, size_t size, size_t count, void *user)
{
    transfer *t = user;
    if (size * count > t->request->limit - t->bytes.size) return 0; /* an error, to libcurl */
    cn__text_add_bytes(&t->bytes, bytes, size * count);
    return t->bytes.failed ? 0 : size * count;
}

static int tell(void *user, curl_off_t total, curl_off_t now, curl_off_t up_total, curl_off_t up)
{
    transfer *t = user;
    (void)up_total, (void)up;
    const cn_dataset_options *options = t->request->options;
    if (options && options->progress)
        options->progress(options->user, t->request->file, (double)now, (double)total);
    return 0;
}

static pthread_once_t once = PTHREAD_ONCE_INIT;
static void start(void) { lib.curl_global_init(CURL_GLOBAL_DEFAULT); }

static void set_up(CURL *curl, transfer *t)
{
    lib.curl_easy_setopt(curl, CURLOPT_URL, t->request->url);
    lib.curl_easy_setopt(curl, CURLOPT_MAXFILESIZE_LARGE, (curl_off_t)t->request->limit);
    lib.curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take);
    lib.curl_easy_setopt(curl, CURLOPT_WRITEDATA, t);
    lib.curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, t->error);
    lib.curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, tell);
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
    transfer t = {.request = request};
    set_up(curl, &t);
    CURLcode code = lib.curl_easy_perform(curl);
    lib.curl_easy_cleanup(curl);
    if (code != CURLE_OK || !t.bytes.size) {
        cn_status status = fail(&t, code);
        cn__text_free(&t.bytes);
        return status;
    }
    *out = t.bytes.data;
    *size = t.bytes.size;
    return CN_OK;
}
