/* Reads a data set from a folder of IDX files or an .npz, and checks that it is the one that was asked for. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/files/file.h"
#include "data/named/known.h"

static cn_array *part_of(cn_dataset *d, int i)
{
    cn_array *all[CN_IDX_FILES] = {&d->train_x, &d->train_y, &d->test_x, &d->test_y};
    return all[i];
}

static cn_status check_part(const cn__known_dataset *set, const cn_array *x, const cn_array *y,
                            const char *part, const char *where)
{
    const double most = (double)cn__known_classes(set) - 1;
    char images[256], labels[256];
    if (x->ndim < 2 || y->ndim != 1 || x->shape[0] != y->shape[0] || !cn_array_size(x))
        return cn__fail(CN_ERROR_DATA, "%s: to %s there are images of shape %s and labels of shape %s", where,
                        part, cn_array_shape_text(x, images, sizeof images),
                        cn_array_shape_text(y, labels, sizeof labels));
    for (size_t s = 0; s < y->shape[0]; s++) {
        double label = cn_array_at(y, s);
        if (!(label >= 0 && label <= most) || label != floor(label))
            return cn__fail(CN_ERROR_DATA, "%s: label %g of sample %zu to %s; expected 0 to %g", where, label,
                            s, part, most);
    }
    return CN_OK;
}

/* The labels to test, as the IDX file that they come in, tell the data sets apart: clothes are not taken for digits. */
static cn_status check_identity(const cn__known_dataset *set, const cn_array *y, const char *where)
{
    char sum[65];
    cn__text file = {0};
    size_t n = y->shape[0];
    if (y->dtype != CN_UINT8 || n != 10000) return CN_OK;
    cn__text_add_bytes(&file, (const unsigned char[]){0, 0, 8, 1, 0, 0, (unsigned char)(n >> 8), n & 255}, 8);
    cn__text_add_bytes(&file, y->data, n);
    if (!file.failed) cn__sha256_hex(file.data, file.size, sum);
    cn__text_free(&file);
    for (size_t i = 0; i < CN_KNOWN_DATASETS && !file.failed; i++)
        if (&cn__known_datasets[i] != set && !cn__known_datasets[i].cifar &&
            strcmp(sum, cn__known_datasets[i].sha256[CN_IDX_FILES - 1]) == 0)
            return cn__fail(CN_ERROR_DATA, "%s holds %s, not %s", where, cn__known_datasets[i].name,
                            set->name);
    return CN_OK;
}

cn_status cn__known_check(const cn__known_dataset *set, const cn_dataset *d, const char *where)
{
    char train[256], test[256];
    const cn_array *x = &d->train_x, *t = &d->test_x;
    CN_TRY(check_part(set, x, &d->train_y, "train", where));
    CN_TRY(check_part(set, t, &d->test_y, "test", where));
    if (x->ndim != t->ndim ||
        memcmp(x->shape + 1, t->shape + 1, (size_t)(x->ndim - 1) * sizeof *x->shape) != 0)
        return cn__fail(CN_ERROR_DATA, "%s: images of shape %s to train do not go with %s to test", where,
                        cn_array_shape_text(x, train, sizeof train),
                        cn_array_shape_text(t, test, sizeof test));
    return check_identity(set, &d->test_y, where);
}

/* The file of a part in a folder, gzipped or plain ("-" or "." before idx); NULL if there is none. */
static char *find_part(const char *folder, int i)
{
    char name[64];
    for (int form = 0; form < 4; form++) {
        snprintf(name, sizeof name, "%s%s", cn__idx_files[i], form % 2 ? "" : ".gz");
        if (form > 1) name[strlen(cn__idx_files[i]) - strlen("-idx3-ubyte")] = '.';
        char *path = cn__path_join(folder, name);
        if (path && cn__file_exists(path)) return path;
        cn__free(path);
    }
    return NULL;
}

int cn__idx_count(const char *folder, int *lacking)
{
    int count = 0;
    for (int i = CN_IDX_FILES; i-- > 0;) {
        char *path = find_part(folder, i);
        cn__free(path);
        if (path) count++;
        else *lacking = i;
    }
    return count;
}

cn_status cn__known_read_folder(const cn__known_dataset *set, const char *folder, cn_dataset *out)
{
    for (int i = 0; i < CN_IDX_FILES; i++) {
        char *path = find_part(folder, i);
        if (!path) return cn__fail(CN_ERROR_FILE, "%s: %s is missing", folder, cn__idx_files[i]);
        cn_status status = cn_data_read(path, part_of(out, i));
        cn__free(path);
        CN_TRY(status);
    }
    snprintf(out->source, sizeof out->source, "%s", folder);
    return cn__known_check(set, out, folder);
}

cn_status cn__known_read_npz(const cn__known_dataset *set, const char *path, cn_dataset *out)
{
    static const char *const members[CN_IDX_FILES] = {"x_train", "y_train", "x_test", "y_test"};
    for (int i = 0; i < CN_IDX_FILES; i++)
        CN_TRY(cn__npz_read_member(&(cn__infile){.name = path}, members[i], part_of(out, i)));
    snprintf(out->source, sizeof out->source, "%s", path);
    return cn__known_check(set, out, path);
}
