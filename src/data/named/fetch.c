/* Fetches a data set's files from the mirrors that have them, and checks each before it is kept. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/files/file.h"
#include "data/named/known.h"

enum { LIMIT = 64 << 20 }; /* bytes of a file */

static cn_status verify(const cn__known_dataset *set, int part, const char *url, const char *bytes,
                        size_t size)
{
    char sum[65];
    unsigned char *plain;
    size_t plain_size;
    CN_TRY(cn__gunzip((const unsigned char *)bytes, size, LIMIT, url, &plain, &plain_size));
    cn__sha256_hex(plain, plain_size, sum);
    cn__free(plain);
    if (strcmp(sum, set->sha256[part]) == 0) return CN_OK;
    return cn__fail(CN_ERROR_NETWORK, "%s has SHA-256 %.16s…, expected %.16s…; it is not used", url, sum,
                    set->sha256[part]);
}

/* Is the file of an earlier download there, and whole? */
static bool is_kept(const cn__known_dataset *set, int part, const char *path)
{
    char *bytes;
    size_t size;
    if (!cn__file_exists(path) || cn__file_read(path, &bytes, &size, LIMIT) != CN_OK) return false;
    cn_status status = verify(set, part, path, bytes, size);
    cn__free(bytes);
    return status == CN_OK;
}

static cn_status fetch_from(const cn__known_dataset *set, int part, const char *url, const char *path,
                            const cn_dataset_options *options)
{
    char file[64], *bytes = NULL;
    size_t size = 0;
    cn__text begun = {0};
    cn__text_printf(&begun, "%s.part", path);
    if (begun.failed) return cn__fail_memory(begun.size, "a path");
    snprintf(file, sizeof file, "%s.gz", cn__idx_files[part]);
    const cn__request request = {
        .url = url, .file = file, .limit = LIMIT, .part = begun.data, .options = options};
    const bool resumed = cn__file_exists(begun.data);
    cn_status status = cn__download(&request, &bytes, &size);
    if (status == CN_OK) {
        status = verify(set, part, url, bytes, size);
        const bool right = status == CN_OK;
        if (right) status = cn__file_write(path, bytes, size);
        cn__free(bytes);
        (void)remove(begun.data);
        if (!right && resumed)
            status = fetch_from(set, part, url, path, options); /* the part was another file's */
    }
    cn__text_free(&begun);
    return status;
}

/* $CORNU_MIRROR/mnist/FILE, or a known mirror's; free with cn__text_free. */
static cn_status make_url(const cn__known_dataset *set, const char *file, const char *mirror, const char *own,
                          cn__text *url)
{
    if (own && !strstr(own, "://"))
        return cn__fail(CN_ERROR_ARGUMENT, "CORNU_MIRROR is '%s'; expected a URL, as in http://host/folder",
                        own);
    size_t length = own ? strlen(own) : 0;
    while (length && own[length - 1] == '/') length--;
    if (own) cn__text_printf(url, "%.*s/%s/%s", (int)length, own, set->name, file);
    else cn__text_printf(url, "%s%s", mirror, file);
    return url->failed ? cn__fail_memory(url->size, "a URL") : CN_OK;
}

static const char *own_mirror(void)
{
    const char *own = getenv("CORNU_MIRROR");
    return own && *own ? own : NULL;
}

/* One part from the first mirror that has it right; the failures are collected. A mirror of one's own is the
 * only one. */
static cn_status fetch_part(const cn__known_dataset *set, int part, const char *path,
                            const cn_dataset_options *options, cn__text *failures)
{
    const char *own = own_mirror();
    char file[64];
    snprintf(file, sizeof file, "%s.gz", cn__idx_files[part]);
    for (int m = 0; m < (own ? 1 : CN_MIRRORS); m++) {
        cn__text url = {0};
        cn_status status = make_url(set, file, set->mirrors[m], own, &url);
        if (status == CN_OK) status = fetch_from(set, part, url.data, path, options);
        cn__text_free(&url);
        if (status == CN_OK) return CN_OK;
        cn__text_printf(failures, "\n  %s", cn_error());
    }
    return CN_ERROR_NETWORK;
}

static cn_status fetch_all(const cn__known_dataset *set, const char *folder,
                           const cn_dataset_options *options, cn__text *failures)
{
    for (int i = 0; i < CN_IDX_FILES; i++) {
        char name[64];
        snprintf(name, sizeof name, "%s.gz", cn__idx_files[i]);
        char *path = cn__path_join(folder, name);
        if (!path) return CN_ERROR_MEMORY;
        cn_status status = is_kept(set, i, path) ? CN_OK : fetch_part(set, i, path, options, failures);
        cn__free(path);
        CN_TRY(status);
    }
    return CN_OK;
}

static cn_status fetch_cifar(const cn__known_dataset *set, const char *folder,
                             const cn_dataset_options *options, cn__text *failures)
{
    const char *file = set->cifar->archive, *own = own_mirror();
    cn__text url = {0};
    cn_status status = own ? make_url(set, file, NULL, own, &url) : CN_OK;
    if (status == CN_OK)
        status = cn__cifar_fetch(set->cifar, own ? url.data : set->cifar->url, folder, options);
    cn__text_free(&url);
    if (status != CN_OK) cn__text_printf(failures, "\n  %s", cn_error());
    return status;
}

cn_status cn__known_fetch(const cn__known_dataset *set, const char *folder, const cn_dataset_options *options,
                          cn__text *failures)
{
    return (set->cifar ? fetch_cifar : fetch_all)(set, folder, options, failures);
}
