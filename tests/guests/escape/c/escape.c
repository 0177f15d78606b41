/* A policy that tries to get out of the sandbox, and reports what it got. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include <wasi/api.h>

extern char **environ;

static bool first = true;

static void loot(const char *what, const char *got) {
    printf("%s\"%s\":\"%s\"", first ? "" : ",", what, got);
    first = false;
}

/* What an attempt that fails with -1 or a null pointer brought. */
static void attempt(const char *what, bool succeeded) {
    loot(what, succeeded ? "something" : "nothing");
}

static void number(const char *what, unsigned long long got) {
    char text[32];
    snprintf(text, sizeof text, "%llu", got);
    loot(what, text);
}

int main(int argc, char **argv) {
    static char asked[1 << 20];
    size_t size = fread(asked, 1, sizeof asked - 1, stdin);
    asked[size] = '\0';
    if (!strstr(asked, "\"call\":\"evaluate\"")) {
        puts("{\"metadata\":{\"name\":\"escape\",\"version\":\"1.0.0\",\"description\":\"Tries to get out.\",\"rules\":[{"
             "\"id\":\"none\",\"title\":\"Nothing\",\"description\":\"\",\"severity\":\"info\",\"remediation\":\"None.\"}]}}");
        return 0;
    }
    printf("{\"evaluation\":{\"findings\":[],\"documents\":[{\"name\":\"loot\",\"content\":{");
    struct stat stat_buffer;
    char buffer[64];
    attempt("fopen", fopen("/etc/passwd", "r") != NULL);
    attempt("open", open("tollgate.toml", O_RDONLY) >= 0);
    attempt("create", open("/tmp/tollgate-escape", O_CREAT | O_WRONLY, 0600) >= 0);
    attempt("opendir", opendir("/") != NULL);
    attempt("stat", stat("/etc/passwd", &stat_buffer) == 0);
    attempt("mkdir", mkdir("/tmp/tollgate-escape", 0700) == 0);
    attempt("unlink", unlink("/etc/passwd") == 0);
    attempt("rename", rename("tollgate.toml", "gone") == 0);
    attempt("symlink", symlink("/etc", "here") == 0);
    attempt("readlink", readlink("/proc/self/exe", buffer, sizeof buffer) >= 0);
    attempt("seek", lseek(0, 0, SEEK_SET) >= 0);
    /* Past the library, which knows of no directory: straight to the host. */
    bool opened = false, preopened = false, written = false, accepted = false;
    for (int fd = 0; fd < 64; fd++) {
        __wasi_prestat_t prestat;
        __wasi_fd_t file;
        __wasi_ciovec_t out = {(const uint8_t *)"out", 3};
        __wasi_size_t count;
        preopened |= __wasi_fd_prestat_get(fd, &prestat) == 0;
        opened |= __wasi_path_open(fd, 0, "etc/passwd", 0, ~0ULL, ~0ULL, 0, &file) == 0;
        accepted |= __wasi_sock_send(fd, &out, 1, 0, &count) == 0;
        accepted |= accept(fd, NULL, NULL) >= 0;
        if (fd > 2)
            written |= __wasi_fd_write(fd, &out, 1, &count) == 0;
    }
    attempt("preopened directory", preopened);
    attempt("path_open", opened);
    attempt("descriptor", written);
    attempt("socket", accepted);
    attempt("receive", recv(0, buffer, 1, 0) >= 0);
    attempt("getenv", getenv("HOME") || getenv("PATH") || (environ && *environ));
    number("arguments", (unsigned long long)argc);
    attempt("program name", argv && argv[0]);
    void *volatile memory = malloc((size_t)1 << 30);
    attempt("memory", memory != NULL);

    struct timespec now, later;
    clock_gettime(CLOCK_MONOTONIC, &now);
    number("clock", (unsigned long long)time(NULL));
    for (volatile int i = 0; i < 1000000; i++) {
    }
    clock_gettime(CLOCK_MONOTONIC, &later);
    number("seconds passed", (unsigned long long)(later.tv_sec - now.tv_sec));
    number("nanoseconds passed", (unsigned long long)(later.tv_nsec - now.tv_nsec));
    sleep(86400);
    clock_gettime(CLOCK_MONOTONIC, &later);
    number("seconds slept", (unsigned long long)(later.tv_sec - now.tv_sec));
    unsigned long long random = 0;
    if (getentropy(&random, sizeof random) == 0)
        number("random", random);
    printf("}}]}}\n");
    return 0;
}
