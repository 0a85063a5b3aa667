/* How long liboath takes to check a code: the same secret, window and digits as the others. Prints a row like theirs. */
#include <liboath/oath.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { ROUNDS = 301, CALLS = 200 };

static const char SECRET[] = "12345678901234567890";

static int compare(const void *one, const void *other) {
    double a = *(const double *)one, b = *(const double *)other;
    return (a > b) - (a < b);
}

static double median(time_t now, const char *code) {
    static double times[ROUNDS];
    for (int round = 0; round < ROUNDS; round++) {
        struct timespec start, end;
        clock_gettime(CLOCK_MONOTONIC, &start);
        for (int call = 0; call < CALLS; call++) {
            volatile int found = oath_totp_validate(SECRET, 20, now, 30, 0, 1, code);
            (void)found;
        }
        clock_gettime(CLOCK_MONOTONIC, &end);
        times[round] = ((end.tv_sec - start.tv_sec) * 1e9 + (end.tv_nsec - start.tv_nsec)) / CALLS;
    }
    qsort(times, ROUNDS, sizeof times[0], compare);
    return times[ROUNDS / 2];
}

int main(int count, char **arguments) {
    if (count != 4 || oath_init() != OATH_OK) return 1;
    time_t now = strtoll(arguments[1], NULL, 10);
    const char *right = arguments[2], *wrong = arguments[3];
    if (oath_totp_validate(SECRET, 20, now, 30, 0, 1, right) < 0) return 1;
    if (oath_totp_validate(SECRET, 20, now, 30, 0, 1, wrong) >= 0) return 1;
    printf("liboath, in C, from its bytes\n");
    printf("  %-22s%10.0f%10s%12.0f\n", oath_check_version(NULL), median(now, wrong), "", median(now, right));
    return 0;
}
