/* Fetching a file over HTTPS into memory, with libcurl. */
#include <curl/curl.h>
#include <pthread.h>
#include <string.h>

#include "base/arena.h"
#include "data/data.h"

typedef struct transfer {
    cn__text bytes;
    size_t limit;
    const cn_dataset_options *options;
    const char *file;
    char error[CURL_ERROR_SIZE]; /* "The requested URL returned error: 404" */
} transfer;

static size_t take(char *bytes, size_t size, size_t count, void *user)
{
    transfer *t = user;
    if (t->bytes.size + size * count > t->limit) return 0; /* an error, to libcurl */
    cn__text_add_bytes(&t->bytes, bytes, size * count);
    return t->bytes.failed ? 0 : size * count;
}

static int tell(void *user, curl_off_t total, curl_off_t now, curl_off_t up_total, curl_off_t up)
{
    transfer *t = user;
    (void)up_total, (void)up;
    if (t->options && t->options->progress)
        t->options->progress(t->options->user, t->file, (double)now, (double)total);
    return 0;
}

static pthread_once_t once = PTHREAD_ONCE_INIT;
static void start(void) { curl_global_init(CURL_GLOBAL_DEFAULT); }

static void set_up(CURL *curl, const char *url, transfer *t)
{
    curl_easy_setopt(curl, CURLOPT_URL, url);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, t);
    curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, t->error);
    curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, tell);
    curl_easy_setopt(curl, CURLOPT_XFERINFODATA, t);
    curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
    curl_easy_setopt(curl, CURLOPT_FAILONERROR, 1L);
    curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 1L);
    curl_easy_setopt(curl, CURLOPT_MAXREDIRS, 5L);
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, 10L);
    /* a transfer under 1 kB a second for 20 seconds is dead */
    curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, 1024L);
    curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, 20L);
}

cn_status cn__download(const char *url, size_t limit, const cn_dataset_options *options, const char *file,
                       char **out, size_t *size)
{
    pthread_once(&once, start);
    CURL *curl = curl_easy_init();
    if (!curl) return cn__fail_memory(0, "a download");
    transfer t = {.limit = limit, .options = options, .file = file};
    set_up(curl, url, &t);
    CURLcode code = curl_easy_perform(curl);
    curl_easy_cleanup(curl);
    if (code != CURLE_OK || !t.bytes.size) {
        bool large = code == CURLE_WRITE_ERROR && !t.bytes.failed;
        cn__text_free(&t.bytes);
        return cn__fail(CN_ERROR_NETWORK, "%s: %s", url,
                        large              ? "it is larger than it should be"
                        : code == CURLE_OK ? "it is empty"
                        : *t.error         ? t.error
                                           : curl_easy_strerror(code));
    }
    *out = t.bytes.data;
    *size = t.bytes.size;
    return CN_OK;
}
