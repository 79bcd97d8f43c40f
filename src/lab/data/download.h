/* How far a download has come, on a terminal. */
#ifndef CN_LAB_DOWNLOAD_H
#define CN_LAB_DOWNLOAD_H

/* For cn_dataset_options. */
void cn__report_download(void *user, const char *file, double bytes, double total);

#endif
