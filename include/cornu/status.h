/* Errors: a function that can fail returns a cn_status (or NULL) and leaves one message, in this
 * thread, that names the thing, the value received, what was expected and the nearest valid word.
 * The library never prints and never exits. */
#ifndef CORNU_STATUS_H
#define CORNU_STATUS_H

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define CN_API __attribute__((visibility("default")))
#define CN_PRINTF(text, first) __attribute__((format(printf, text, first)))
#define CN_CHECK __attribute__((warn_unused_result))
#else
#define CN_API
#define CN_PRINTF(text, first)
#define CN_CHECK
#endif

/* A default that is not 0. C++ has it in the struct of options itself, C in the macros that make one. */
#if defined(__cplusplus) && __cplusplus >= 201402L
#define CN_DEFAULT(value) = value
#else
#define CN_DEFAULT(value)
#endif

/* clang says of a struct with defaults that C cannot have it; it is laid out as C has it. */
#if defined(__cplusplus) && defined(__clang__)
#define CN_DEFAULTS_BEGIN_                                                                                   \
    _Pragma("clang diagnostic push") _Pragma("clang diagnostic ignored \"-Wreturn-type-c-linkage\"")
#define CN_DEFAULTS_END_ _Pragma("clang diagnostic pop")
#else
#define CN_DEFAULTS_BEGIN_
#define CN_DEFAULTS_END_
#endif

typedef enum cn_status {
    CN_OK = 0,
    CN_ERROR_ARGUMENT, /* an argument, a name or a notation that is not valid */
    CN_ERROR_SHAPE,    /* two shapes that do not fit */
    CN_ERROR_DATA,     /* NaN, labels out of range, empty data */
    CN_ERROR_STATE,    /* called in the wrong order (fit before compile, …) */
    CN_ERROR_FILE,     /* cannot be opened, read or written */
    CN_ERROR_FORMAT,   /* a file that is not what it should be */
    CN_ERROR_NETWORK,  /* a download failed */
    CN_ERROR_MEMORY,   /* out of memory */
    CN_ERROR_NUMERIC   /* training met NaN or infinity and was told to stop */
} cn_status;

/* The message of the last failure in this thread; "" if there was none. Valid until the next
 * failing call in this thread. */
CN_API const char *cn_error(void);

/* The status that came with that message; CN_OK if there was none. */
CN_API cn_status cn_error_status(void);

/* Forgets the message. */
CN_API void cn_error_clear(void);

/* "argument", "shape", …: a word for a status, for logs. */
CN_API const char *cn_status_name(cn_status status);

#ifdef __cplusplus
}
#endif
#endif
