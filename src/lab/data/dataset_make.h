/* The inside of making a stage: what the files dataset*.c share. */
#ifndef CN_LAB_DATASET_MAKE_H
#define CN_LAB_DATASET_MAKE_H

#include "base/text/text.h"
#include "lab/data/dataset.h"

/* stage.c: another stage, empty; NULL when out of memory. */
cn__stage *cn__stage_add(cn__arena *arena, cn__stages *stages);

/* What an array holds, as a line of a key. */
void cn__stage_add_array(cn__text *text, const cn_array *array);
/* An empty data set, which lives as long as the stages; NULL when out of memory. */
cn_dataset *cn__stages_add_dataset(cn__stages *stages);

/* dataset_change.c: fills the stage, a copy of the one before, with what the statement makes of it. */
CN_CHECK cn_status cn__stage_change(cn__arena *arena, const cn__statement *statement, cn__stage *stage);
/* Does to other samples what the stages up to this one did to theirs; those of a table come prepared. */
CN_CHECK cn_status cn__change_likewise(const cn__stage *stage, cn_array *x, cn_array *y);

/* dataset_find.c: the path of the file that the document calls `name`, beside it or in the working directory, of what it may
 * read. `stages` NULL: the command line names it, which may read anything. */
CN_CHECK cn_status cn__find_file(cn__arena *arena, const cn__stages *stages, const char *name,
                                 const char **out);

/* The folder that it calls `name`, likewise; NULL in *out: there is none. Fails where a folder's name is near. */
CN_CHECK cn_status cn__find_folder(cn__arena *arena, const cn__stages *stages, const char *name,
                                   const char **out);

/* stage.c: the same array, which is another's. */
cn_array cn__borrow(const cn_array *array);

/* dataset_images.c: into *out, whose arrays the stage borrows. */
CN_CHECK cn_status cn__load_images(cn__arena *arena, const char *path, const char *name,
                                   const cn__arguments *arguments, uint64_t seed, cn_dataset *out,
                                   cn__stage *stage);

/* dataset_arrays.c: `dataset x=… y=…` and `dataset FILE.npz`. Of arrays with names only the stages of each are filled.
 * `from`: where the file may lie; NULL: anywhere. */
CN_CHECK cn_status cn__load_arrays(cn__arena *arena, cn__stages *stages, const cn__arguments *arguments,
                                   uint64_t seed, cn__stage *stage);
CN_CHECK cn_status cn__load_npz(cn__arena *arena, cn__stages *stages, const char *name,
                                const cn__stages *from, const cn__arguments *arguments, uint64_t seed,
                                cn__stage *stage);

/* dataset_table.c */
CN_CHECK cn_status cn__load_table(cn__arena *arena, const cn__stages *stages, const cn__arguments *arguments,
                                  uint64_t seed, cn__stage *stage);
/* Adds to the stage's notes which words of another table, called `name`, are none of those learned. */
CN_CHECK cn_status cn__note_unknown(cn__arena *arena, const cn_table *table, const char *name,
                                    cn__stage *stage);
/* What the loss sees of a table's targets, where that is not what they are. */
void cn__add_target_scale(cn__text *text, const cn__stage *stage);
/* The numbers of a stage of a table anew: "standard", "minmax", "robust", "log", or divided by a number. */
CN_CHECK cn_status cn__scale_table(cn__arena *arena, cn__stage *stage, const char *how);
/* The argument that is for tables alone; NULL: none was given. */
const char *cn__table_argument(const cn__arguments *arguments);
/* true or false; NULL: *out stays. */
CN_CHECK cn_status cn__read_flag(const char *name, const cn__value *value, bool *out);

#endif
