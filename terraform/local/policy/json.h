/* What this policy needs of JSON: to find its way through the question, and to repeat parts
 * of it in the answer. A new policy has more of it: policies/helpers/c.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* One JSON value within the request, as it is written there. */
struct json {
    const char *start;
    const char *end;
};

/* Ends the program so that the plan is refused. */
static void fail(const char *why) {
    fprintf(stderr, "%s\n", why);
    exit(1);
}

static const char *space(const char *at) {
    return at + strspn(at, " \t\r\n");
}

/* Returns where a value that starts at `at` ends. */
static const char *skip(const char *at) {
    size_t depth = 0;
    do {
        if (*at == '"') {
            for (at++; *at != '"'; at++) {
                if (*at == '\\')
                    at++;
                if (*at == '\0')
                    fail("the request ends within a text");
            }
            at++;
        } else if (*at == '{' || *at == '[') {
            depth++;
            at++;
        } else if (*at == '}' || *at == ']') {
            depth--;
            at++;
        } else if (*at == '\0') {
            fail("the request ends within a value");
        } else if (depth > 0 && strchr(" \t\r\n,:", *at)) {
            at++;
        } else {
            at += strcspn(at, " \t\r\n,:]}\"");
        }
    } while (depth > 0);
    return at;
}

/* Returns the items of an array, one call after the other. */
static bool next_item(struct json array, const char **at, struct json *item) {
    const char *start = space(*at ? *at : array.start + 1);
    if (*start == ',')
        start = space(start + 1);
    if (*start == ']')
        return false;
    item->start = start;
    item->end = *at = skip(start);
    return true;
}

/* Writes the characters of a JSON text to `into`, and returns how many bytes. */
static size_t decode(struct json text, char *into) {
    char *out = into;
    for (const char *at = text.start + 1; at < text.end - 1; at++) {
        if (*at != '\\') {
            *out++ = *at;
            continue;
        }
        at++;
        switch (*at) {
        case 'b': *out++ = '\b'; break;
        case 'f': *out++ = '\f'; break;
        case 'n': *out++ = '\n'; break;
        case 'r': *out++ = '\r'; break;
        case 't': *out++ = '\t'; break;
        case 'u': {
            char digits[5] = {0};
            memcpy(digits, at + 1, 4);
            unsigned long code = strtoul(digits, NULL, 16);
            at += 4;
            if (code >= 0xd800 && code < 0xdc00 && at[1] == '\\' && at[2] == 'u') {
                memcpy(digits, at + 3, 4);
                code = 0x10000 + ((code - 0xd800) << 10) + (strtoul(digits, NULL, 16) - 0xdc00);
                at += 6;
            }
            if (code < 0x80) {
                *out++ = (char)code;
            } else if (code < 0x800) {
                *out++ = (char)(0xc0 | code >> 6);
                *out++ = (char)(0x80 | (code & 0x3f));
            } else if (code < 0x10000) {
                *out++ = (char)(0xe0 | code >> 12);
                *out++ = (char)(0x80 | (code >> 6 & 0x3f));
                *out++ = (char)(0x80 | (code & 0x3f));
            } else {
                *out++ = (char)(0xf0 | code >> 18);
                *out++ = (char)(0x80 | (code >> 12 & 0x3f));
                *out++ = (char)(0x80 | (code >> 6 & 0x3f));
                *out++ = (char)(0x80 | (code & 0x3f));
            }
            break;
        }
        default: *out++ = *at;
        }
    }
    return (size_t)(out - into);
}

/* Returns a JSON text as a string of C. */
static char *string(struct json text) {
    char *copy = malloc((size_t)(text.end - text.start));
    if (!copy)
        fail("out of memory");
    copy[decode(text, copy)] = '\0';
    return copy;
}

/* Finds a member of an object. */
static bool member(struct json object, const char *key, struct json *value) {
    if (*object.start != '{')
        fail("expected an object");
    for (const char *at = space(object.start + 1); *at == '"';) {
        struct json name = {at, skip(at)};
        at = space(name.end);
        value->start = space(at + 1);
        value->end = skip(value->start);
        char *decoded = string(name);
        bool found = strcmp(decoded, key) == 0;
        free(decoded);
        if (found)
            return true;
        at = space(value->end);
        if (*at == ',')
            at = space(at + 1);
    }
    return false;
}

static struct json must(struct json object, const char *key) {
    struct json value;
    if (!member(object, key, &value))
        fail("the request lacks a member");
    return value;
}

static bool is(struct json text, const char *expected) {
    return *text.start == '"' && strlen(expected) == (size_t)(text.end - text.start - 2) &&
           memcmp(text.start + 1, expected, strlen(expected)) == 0;
}

/* Writes text of the request as it is written there. */
static void copy(struct json value) {
    fwrite(value.start, 1, (size_t)(value.end - value.start), stdout);
}

/* Returns standard input as a string of C. */
static char *read_all(void) {
    size_t size = 0, room = 1 << 16;
    char *text = malloc(room);
    while (text) {
        size += fread(text + size, 1, room - size - 1, stdin);
        if (size < room - 1)
            break;
        room *= 2;
        text = realloc(text, room);
    }
    if (!text)
        fail("out of memory");
    text[size] = '\0';
    return text;
}
