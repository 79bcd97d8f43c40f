/* Data sets by name: where they are looked for, and how they are fetched. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/files/file.h"
#include "data/files/cifar.h"
#include "data/data.h"

enum { PARTS = 4, MIRRORS = 3, LIMIT = 64 << 20 };

/* The four files, in the order of cn_dataset: images and labels to train, images and labels to test. */
static const char *const parts[PARTS] = {"train-images-idx3-ubyte", "train-labels-idx1-ubyte",
                                         "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"};

typedef struct known {
    const char *name, *alias;
    const char *sha256[PARTS]; /* of the files unzipped: who packs them anew changes the rest */
    const char *mirrors[MIRRORS];
    const char *folders[3]; /* below the directories that are looked at */
    const char *system[3];
    const char *class_names[CN_CIFAR_CLASSES];
    size_t classes;         /* 0: ten */
    const cn__cifar *cifar; /* its files are CIFAR's; NULL: the four of MNIST */
} known;

static size_t classes_of(const known *set) { return set->classes ? set->classes : 10; }

static const known sets[] = {
    {.name = "mnist",
     .sha256 = {"ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
                "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
                "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
                "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2"},
     .mirrors = {"https://ossci-datasets.s3.amazonaws.com/mnist/",
                 "https://storage.googleapis.com/cvdf-datasets/mnist/",
                 "https://raw.githubusercontent.com/fgnt/mnist/master/"},
     .folders = {"mnist", "MNIST/raw"},
     .system = {"/usr/share/mnist", "/usr/local/share/cornu/mnist", "/usr/share/cornu/mnist"},
     .class_names = {"0", "1", "2", "3", "4", "5", "6", "7", "8", "9"}},
    {.name = "fashion_mnist",
     .alias = "fashion-mnist",
     .sha256 = {"c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
                "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9",
                "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b",
                "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34"},
     .mirrors = {"https://storage.googleapis.com/tensorflow/tf-keras-datasets/",
                 "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
                 "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/"},
     .folders = {"fashion_mnist", "fashion-mnist", "FashionMNIST/raw"},
     .system = {"/usr/share/datasets/fashion-mnist", "/usr/local/share/cornu/fashion_mnist",
                "/usr/share/cornu/fashion_mnist"},
     .class_names = {"T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker",
                     "Bag", "Ankle boot"}},
    {.name = "cifar10",
     .alias = "cifar-10",
     .cifar = &cn__cifar10,
     .folders = {"cifar10", "cifar-10-batches-bin", "cifar10/cifar-10-batches-bin"},
     .system = {"/usr/local/share/cornu/cifar10", "/usr/share/cornu/cifar10", NULL},
     .class_names = {"airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship",
                     "truck"}},
    {.name = "cifar100",
     .alias = "cifar-100",
     .cifar = &cn__cifar100,
     .classes = CN_CIFAR_CLASSES,
     .folders = {"cifar100", "cifar-100-binary", "cifar100/cifar-100-binary"},
     .system = {"/usr/local/share/cornu/cifar100", "/usr/share/cornu/cifar100", NULL},
     .class_names =
         {"apple",       "aquarium_fish", "baby",      "bear",       "beaver",       "bed",
          "bee",         "beetle",        "bicycle",   "bottle",     "bowl",         "boy",
          "bridge",      "bus",           "butterfly", "camel",      "can",          "castle",
          "caterpillar", "cattle",        "chair",     "chimpanzee", "clock",        "cloud",
          "cockroach",   "couch",         "crab",      "crocodile",  "cup",          "dinosaur",
          "dolphin",     "elephant",      "flatfish",  "forest",     "fox",          "girl",
          "hamster",     "house",         "kangaroo",  "keyboard",   "lamp",         "lawn_mower",
          "leopard",     "lion",          "lizard",    "lobster",    "man",          "maple_tree",
          "motorcycle",  "mountain",      "mouse",     "mushroom",   "oak_tree",     "orange",
          "orchid",      "otter",         "palm_tree", "pear",       "pickup_truck", "pine_tree",
          "plain",       "plate",         "poppy",     "porcupine",  "possum",       "rabbit",
          "raccoon",     "ray",           "road",      "rocket",     "rose",         "sea",
          "seal",        "shark",         "shrew",     "skunk",      "skyscraper",   "snail",
          "snake",       "spider",        "squirrel",  "streetcar",  "sunflower",    "sweet_pepper",
          "table",       "tank",          "telephone", "television", "tiger",        "tractor",
          "train",       "trout",         "tulip",     "turtle",     "wardrobe",     "whale",
          "willow_tree", "wolf",          "woman",     "worm"}},
};
enum { SETS = sizeof sets / sizeof sets[0] };

static _Thread_local bool missing;
bool cn_dataset_missing(void) { return missing; }

const char *const *cn_dataset_names(void)
{
    static const char *const names[] = {"mnist", "fashion_mnist", "cifar10", "cifar100", NULL};
    return names;
}

/* ---- reading from a place ------------------------------------------------------------------------------ */

static cn_array *part_of(cn_dataset *d, int i)
{
    cn_array *all[PARTS] = {&d->train_x, &d->train_y, &d->test_x, &d->test_y};
    return all[i];
}

static cn_status check_part(const known *set, const cn_array *x, const cn_array *y, const char *part,
                            const char *where)
{
    const double most = (double)classes_of(set) - 1;
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
static cn_status check_identity(const known *set, const cn_array *y, const char *where)
{
    char sum[65];
    cn__text file = {0};
    size_t n = y->shape[0];
    if (y->dtype != CN_UINT8 || n != 10000) return CN_OK;
    cn__text_add_bytes(&file, (const unsigned char[]){0, 0, 8, 1, 0, 0, (unsigned char)(n >> 8), n & 255}, 8);
    cn__text_add_bytes(&file, y->data, n);
    if (!file.failed) cn__sha256_hex(file.data, file.size, sum);
    cn__text_free(&file);
    for (size_t i = 0; i < SETS && !file.failed; i++)
        if (&sets[i] != set && !sets[i].cifar && strcmp(sum, sets[i].sha256[PARTS - 1]) == 0)
            return cn__fail(CN_ERROR_DATA, "%s holds %s, not %s", where, sets[i].name, set->name);
    return CN_OK;
}

/* Is it what the data set's arrays must look like? */
static cn_status check(const known *set, const cn_dataset *d, const char *where)
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
        snprintf(name, sizeof name, "%s%s", parts[i], form % 2 ? "" : ".gz");
        if (form > 1) name[strlen(parts[i]) - strlen("-idx3-ubyte")] = '.';
        char *path = cn__path_join(folder, name);
        if (path && cn__file_exists(path)) return path;
        cn__free(path);
    }
    return NULL;
}

/* How many of the parts a folder has, and the first that it lacks. */
static int count_parts(const char *folder, int *lacking)
{
    int count = 0;
    for (int i = PARTS; i-- > 0;) {
        char *path = find_part(folder, i);
        cn__free(path);
        if (path) count++;
        else *lacking = i;
    }
    return count;
}

static cn_status read_folder(const known *set, const char *folder, cn_dataset *out)
{
    for (int i = 0; i < PARTS; i++) {
        char *path = find_part(folder, i);
        if (!path) return cn__fail(CN_ERROR_FILE, "%s: %s is missing", folder, parts[i]);
        cn_status status = cn_data_read(path, part_of(out, i));
        cn__free(path);
        CN_TRY(status);
    }
    snprintf(out->source, sizeof out->source, "%s", folder);
    return check(set, out, folder);
}

static cn_status read_npz(const known *set, const char *path, cn_dataset *out)
{
    static const char *const members[PARTS] = {"x_train", "y_train", "x_test", "y_test"};
    for (int i = 0; i < PARTS; i++)
        CN_TRY(cn__npz_read_member(&(cn__infile){.name = path}, members[i], part_of(out, i)));
    snprintf(out->source, sizeof out->source, "%s", path);
    return check(set, out, path);
}

/* ---- the search ---------------------------------------------------------------------------------------- */

typedef struct search {
    const known *set;
    cn_dataset *out;
    cn__text looked; /* the places, for the message */
    bool found;
} search;

/* Reads what `read` finds there, and checks it. */
static cn_status read_cifar(search *s, const char *place,
                            cn_status (*read)(const cn__cifar *, const char *, cn_dataset *))
{
    s->found = true;
    CN_TRY(read(s->set->cifar, place, s->out));
    return check(s->set, s->out, place);
}

static cn_status look_cifar_folder(search *s, const char *folder)
{
    const char *lacking = "";
    const size_t files = cn__cifar_files(s->set->cifar),
                 count = cn__cifar_count(s->set->cifar, folder, &lacking);
    cn__text_printf(&s->looked, "\n  %s", folder);
    if (count && count < files)
        cn__text_printf(&s->looked, " (has %zu of the %zu files, not %s)", count, files, lacking);
    return count < files ? CN_OK : read_cifar(s, folder, cn__cifar_read_folder);
}

/* The archive as it was downloaded. */
static cn_status look_archive(search *s, const char *dir)
{
    char *path = s->found || !s->set->cifar ? NULL : cn__path_join(dir, s->set->cifar->archive);
    const cn_status status =
        path && cn__file_exists(path) ? read_cifar(s, path, cn__cifar_read_archive) : CN_OK;
    cn__free(path);
    return status;
}

/* Looks at one place; `found` when it has the data set, whether or not it could be read. */
static cn_status look_folder(search *s, const char *folder)
{
    if (s->found || !folder) return CN_OK;
    if (s->set->cifar) return look_cifar_folder(s, folder);
    int lacking = 0, count = count_parts(folder, &lacking);
    cn__text_printf(&s->looked, "\n  %s", folder);
    if (count && count < PARTS)
        cn__text_printf(&s->looked, " (has %d of the four files, not %s.gz)", count, parts[lacking]);
    if (count < PARTS) return CN_OK;
    s->found = true;
    return read_folder(s->set, folder, s->out);
}

static cn_status look_npz(search *s, const char *dir)
{
    char name[64];
    snprintf(name, sizeof name, "%s.npz", s->set->name);
    char *path = s->found ? NULL : cn__path_join(dir, name);
    if (!path || !cn__file_exists(path)) {
        cn__free(path);
        return CN_OK;
    }
    s->found = true;
    cn_status status = read_npz(s->set, path, s->out);
    cn__free(path);
    return status;
}

/* A directory that may hold several data sets. */
static cn_status look_dir(search *s, const char *dir, bool itself)
{
    for (int i = 0; i < 3 && s->set->folders[i] && dir && *dir; i++) {
        char *folder = cn__path_join(dir, s->set->folders[i]);
        if (!folder) return CN_ERROR_MEMORY;
        cn_status status = look_folder(s, folder);
        cn__free(folder);
        CN_TRY(status);
    }
    if (!dir || !*dir) return CN_OK;
    CN_TRY(look_npz(s, dir));
    CN_TRY(look_archive(s, dir));
    return itself ? look_folder(s, dir) : CN_OK;
}

static cn_status look_below_home(search *s)
{
    const char *home = getenv("HOME");
    char *cache = cn__cache_folder(), *keras = home && *home ? cn__path_join(home, ".keras/datasets") : NULL;
    cn_status status = look_dir(s, cache, false);
    if (status == CN_OK) status = look_dir(s, keras, false);
    cn__free(cache);
    cn__free(keras);
    return status;
}

static cn_status look_everywhere(search *s, const cn_dataset_options *options)
{
    const char *given = options->data_dir;
    if (given && *given && !cn__dir_exists(given))
        return cn__fail(CN_ERROR_FILE, "%s: no such folder to look for %s in", given, s->set->name);
    CN_TRY(look_dir(s, given, true));
    CN_TRY(look_dir(s, getenv("CORNU_DATA"), false));
    CN_TRY(look_dir(s, "data", false));
    CN_TRY(look_below_home(s));
    for (int i = 0; i < 3; i++) CN_TRY(look_folder(s, s->set->system[i]));
    return CN_OK;
}

/* ---- the network ---------------------------------------------------------------------------------------- */

static cn_status verify(const known *set, int part, const char *url, const char *bytes, size_t size)
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
static bool is_kept(const known *set, int part, const char *path)
{
    char *bytes;
    size_t size;
    if (!cn__file_exists(path) || cn__file_read(path, &bytes, &size, LIMIT) != CN_OK) return false;
    cn_status status = verify(set, part, path, bytes, size);
    cn__free(bytes);
    return status == CN_OK;
}

static cn_status fetch_from(const known *set, int part, const char *url, const char *path,
                            const cn_dataset_options *options)
{
    char file[64], *bytes = NULL;
    size_t size = 0;
    cn__text begun = {0};
    cn__text_printf(&begun, "%s.part", path);
    if (begun.failed) return cn__fail_memory(begun.size, "a path");
    snprintf(file, sizeof file, "%s.gz", parts[part]);
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
static cn_status make_url(const known *set, const char *file, const char *mirror, const char *own,
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
static cn_status fetch_part(const known *set, int part, const char *path, const cn_dataset_options *options,
                            cn__text *failures)
{
    const char *own = own_mirror();
    char file[64];
    snprintf(file, sizeof file, "%s.gz", parts[part]);
    for (int m = 0; m < (own ? 1 : MIRRORS); m++) {
        cn__text url = {0};
        cn_status status = make_url(set, file, set->mirrors[m], own, &url);
        if (status == CN_OK) status = fetch_from(set, part, url.data, path, options);
        cn__text_free(&url);
        if (status == CN_OK) return CN_OK;
        cn__text_printf(failures, "\n  %s", cn_error());
    }
    return CN_ERROR_NETWORK;
}

static cn_status fetch_all(const known *set, const char *folder, const cn_dataset_options *options,
                           cn__text *failures)
{
    for (int i = 0; i < PARTS; i++) {
        char name[64];
        snprintf(name, sizeof name, "%s.gz", parts[i]);
        char *path = cn__path_join(folder, name);
        if (!path) return CN_ERROR_MEMORY;
        cn_status status = is_kept(set, i, path) ? CN_OK : fetch_part(set, i, path, options, failures);
        cn__free(path);
        CN_TRY(status);
    }
    return CN_OK;
}

static cn_status fetch_cifar(const known *set, const char *folder, const cn_dataset_options *options,
                             cn__text *failures)
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

static cn_status fetch(search *s, const cn_dataset_options *options, cn__text *failures)
{
    char *cache = cn__cache_folder(), *folder = cache ? cn__path_join(cache, s->set->name) : NULL;
    cn_status status = folder ? cn__make_dirs(folder)
                              : cn__fail(CN_ERROR_FILE, "there is no home directory to keep downloads in");
    if (status == CN_OK) cn__remove_stale(folder); /* of a download that was killed */
    if (status != CN_OK) cn__text_printf(failures, "\n  %s", cn_error());
    else status = (s->set->cifar ? fetch_cifar : fetch_all)(s->set, folder, options, failures);
    if (status == CN_OK) {
        s->found = true;
        status = s->set->cifar ? read_cifar(s, folder, cn__cifar_read_folder)
                               : read_folder(s->set, folder, s->out);
    }
    cn__free(folder);
    cn__free(cache);
    return status;
}

static cn_status not_found(const search *s, const char *failures, bool offline)
{
    missing = true;
    const known *set = s->set;
    cn__text files = {0};
    if (set->cifar) cn__text_printf(&files, "%s, or the files in it,", set->cifar->archive);
    else cn__text_printf(&files, "the four files (%s.gz, …)", parts[0]);
    const cn_status status = cn__fail(
        offline ? CN_ERROR_FILE : CN_ERROR_NETWORK,
        "%s was not found. Looked for in:%s\n%s%s\nPut %s into ./data/%s, or name their folder with --data-dir or "
        "CORNU_DATA%s",
        set->name, s->looked.data ? s->looked.data : "",
        offline ? "No download was tried (offline)." : "Downloads failed:", failures ? failures : "",
        files.data ? files.data : "its files", set->name,
        set->cifar ? "" : "; Debian and Ubuntu have fashion_mnist as dataset-fashion-mnist");
    cn__text_free(&files);
    return status;
}

static cn_status find(search *s, const cn_dataset_options *options)
{
    CN_TRY(look_everywhere(s, options));
    if (s->found) return CN_OK;
    const char *off = getenv("CORNU_OFFLINE");
    bool offline = options->offline || (off && *off && strcmp(off, "0") != 0);
    cn__text failures = {0};
    cn_status status = offline ? CN_ERROR_FILE : fetch(s, options, &failures);
    if (status != CN_OK && !s->found) status = not_found(s, failures.data, offline);
    cn__text_free(&failures);
    return status;
}

cn_status cn_dataset_load(const char *name, const cn_dataset_options *options, cn_dataset *out)
{
    static const cn_dataset_options defaults = {0};
    const known *set = NULL;
    *out = (cn_dataset){0};
    missing = false;
    if (!name) name = "";
    for (size_t i = 0; i < SETS; i++)
        if (cn__same_name(name, sets[i].name) || (sets[i].alias && cn__same_name(name, sets[i].alias)))
            set = &sets[i];
    if (!set && cn__dir_exists(name)) return cn_images_load(name, options ? &options->images : NULL, out);
    if (!set && strchr(name, '/')) return cn__fail(CN_ERROR_FILE, "there is no folder %s", name);
    if (!set) return cn__fail_word(CN_ERROR_ARGUMENT, "data set", name, cn_dataset_names(), SETS);
    search s = {.set = set, .out = out};
    cn_status status = find(&s, options ? options : &defaults);
    cn__text_free(&s.looked);
    if (status != CN_OK) {
        cn_dataset_free(out);
        return status;
    }
    snprintf(out->name, sizeof out->name, "%s", set->name);
    out->classes = classes_of(set);
    out->class_names = set->class_names;
    return CN_OK;
}
