/* floor DIR N: what SQLite alone does a second on a folder of the same disk, for measurements that are not in C (bench/registry). */
#include "tests/bench/records/floor.h"
#include <stdio.h>
#include <stdlib.h>

int main(int argc, char **argv)
{
    long n = argc == 3 ? strtol(argv[2], NULL, 10) : 0;
    if (n <= 0) {
        fprintf(stderr, "floor DIR N\n");
        return 2;
    }
    printf("%.0f\n", floor_measure(argv[1], n).creates);
    return 0;
}
