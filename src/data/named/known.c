/* The data sets that have names: their files, mirrors, places and classes. */
#include "data/named/known.h"

const char *const cn__idx_files[CN_IDX_FILES] = {"train-images-idx3-ubyte", "train-labels-idx1-ubyte",
                                                 "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"};

const cn__known_dataset cn__known_datasets[CN_KNOWN_DATASETS] = {
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

const char *const *cn_dataset_names(void)
{
    static const char *const names[] = {"mnist", "fashion_mnist", "cifar10", "cifar100", NULL};
    return names;
}
