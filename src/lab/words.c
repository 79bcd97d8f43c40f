/* The table of words.h as an array. */
#include "lab/words.h"

#define PAIR(name_, es_, en_) {es_, en_},
static const char *const words[CN_WORD_COUNT][CN_LANGUAGES] = {CN_WORDS(PAIR)};

const char *cn__words(cn__language language, cn__word word) { return words[word][language]; }
