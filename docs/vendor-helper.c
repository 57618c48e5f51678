/*
 * A sample of a vendor's helper in C, without a JSON parser: speaks smilius-helper/1 (vendor-helper.md beside this file)
 * and shows a grey wedge. What an integrator replaces is sdk_grab and the texts of "opened"; the sensor is opened,
 * lit, darkened and given back where `opened` and `armed` are set.
 *
 *     cc -O2 -o helper vendor-helper.c && smilius helper check -- ./helper
 */
#define _GNU_SOURCE
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

enum { W = 320, H = 480 };
static unsigned char frame[W * H];
static FILE *answers;
static int opened, armed;

static uint32_t crc32_of(const unsigned char *p, size_t n) {
    uint32_t crc = ~0u;
    while (n--) {
        crc ^= *p++;
        for (int k = 0; k < 8; k++) crc = crc >> 1 ^ (0xEDB88320u & -(crc & 1));
    }
    return ~crc;
}
static void done(int id) { fprintf(answers, "{\"id\":%d,\"kind\":\"done\"}\n", id); }
static void fault(int id, const char *code) {
    fprintf(answers, "{\"id\":%d,\"kind\":\"fault\",\"code\":\"%s\"}\n", id, code);
}
static void hint(int id, const char *what) {
    fprintf(answers, "{\"id\":%d,\"kind\":\"hint\",\"hint\":\"%s\"}\n", id, what);
}

static int sdk_grab(int wait_ms) { /* the maker's call, with this time limit; 0 when no finger came */
    (void)wait_ms;
    for (int y = 0; y < H; y++) for (int x = 0; x < W; x++) frame[y * W + x] = (unsigned char)(x + y);
    return 1;
}
static void grab(int id, int wait_ms) {
    if (!armed) { fault(id, "device-order"); return; }
    if (!sdk_grab(wait_ms)) { hint(id, "no-finger"); return; }
    fprintf(answers, "{\"id\":%d,\"kind\":\"frame\",\"width_px\":%d,\"height_px\":%d,\"bits\":8,\"ppi\":500,"
            "\"bytes\":%d,\"crc32\":%u}\n", id, W, H, W * H, crc32_of(frame, sizeof frame));
    fwrite(frame, 1, sizeof frame, answers);
}
static int number_of(const char *line, const char *key, int *number) {
    const char *at = strstr(line, key);
    return at && sscanf(at + strlen(key), "%d", number) == 1;
}

int main(void) {
    char line[512], verb[16];
    int id, wait_ms, position;
    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
    mlockall(MCL_CURRENT | MCL_FUTURE);
    answers = fdopen(dup(1), "w");
    dup2(2, 1); /* what a library prints goes to standard error */
    while (fgets(line, sizeof line, stdin)) {
        if (sscanf(line, "{\"id\":%d,\"do\":\"%15[a-z]\"", &id, verb) != 2) return 1;
        if (!strcmp(verb, "hello"))
            fprintf(answers, "{\"id\":%d,\"kind\":\"hello\",\"speaks\":\"smilius-helper/1\","
                    "\"program\":\"wedge 1\"}\n", id);
        else if (!strcmp(verb, "open") && !opened) {
            opened = 1;
            fprintf(answers, "{\"id\":%d,\"kind\":\"opened\",\"make\":\"nobody\",\"model\":\"wedge\",\"serial\":\"\","
                    "\"firmware\":\"\",\"certified\":false,\"certificate\":\"\",\"simulated\":true,\"ppi\":500,"
                    "\"width_px\":%d,\"height_px\":%d}\n", id, W, H);
        } else if (!strcmp(verb, "arm")) {
            if (!opened || armed) fault(id, "device-order");
            else if (!number_of(line, "\"position\":", &position)) fault(id, "device-protocol");
            else { armed = 1; done(id); }
        } else if (!strcmp(verb, "grab")) {
            if (!number_of(line, "\"wait_ms\":", &wait_ms)) fault(id, "device-protocol");
            else grab(id, wait_ms);
        } else if (!strcmp(verb, "disarm")) { explicit_bzero(frame, sizeof frame); armed = 0; done(id); }
        else if (!strcmp(verb, "close")) { armed = opened = 0; done(id); }
        else if (!strcmp(verb, "bye")) { done(id); fflush(answers); return 0; }
        else fault(id, !strcmp(verb, "open") ? "device-order" : "device-protocol");
        fflush(answers);
    }
    return 0;
}
