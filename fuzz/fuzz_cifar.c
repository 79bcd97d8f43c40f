/* The unpacked archives of CIFAR-10 and CIFAR-100: the first byte says which. */
#include "data/named/cifar.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    cn_dataset d = {.classes = 0};
    if (!size) return 0;
    const cn__cifar *set = data[0] % 2 ? &cn__cifar100 : &cn__cifar10;
    if (cn__cifar_parse(set, data + 1, size - 1, "fuzz", &d) == CN_OK) {
        PROMISE(d.train_x.shape[0] == d.train_y.shape[0] && d.train_x.shape[0] > 0);
        PROMISE(d.test_x.shape[0] == d.test_y.shape[0] && d.test_x.shape[0] > 0);
    }
    cn_dataset_free(&d);
    return 0;
}
