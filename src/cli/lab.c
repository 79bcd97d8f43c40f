#include "cli/cli.h"
const cn__command cn__lab_command = {.name = "lab"};
