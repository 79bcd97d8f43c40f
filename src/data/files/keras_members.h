/* Members of a .keras file that Keras passes over. */
#ifndef CN_DATA_FILES_KERAS_MEMBERS_H
#define CN_DATA_FILES_KERAS_MEMBERS_H

/* Where config.json has a table's preparation as layers of Keras: the network without them, which is what Cornu reads. */
#define CN_NETWORK_MEMBER "cornu_network.json"

#endif
