/* What every policy in C needs: to find its way through the question, to read values of a plan and of
 * documents with every digit of their numbers, and to write the answer. There is nothing of a rule in
 * here: change it only if you know why, and copy it from a newer release as it is.
 */
#ifndef TOLLGATE_H
#define TOLLGATE_H

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The version of the contract that this speaks. */
#define TOLLGATE_CONTRACT "1.0.0"

/* A policy need not use everything. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wunused-function"

/* One JSON value within the question, as it is written there. */
struct json {
    const char *start;
    const char *end;
};

/* Text in UTF-8; there may be NUL in it. */
struct text {
    const char *bytes;
    size_t length;
};

/* Ends the program so that the plan is refused. */
_Noreturn static void fail(const char *why) {
    fprintf(stderr, "%s\n", why);
    exit(1);
}

static void *room_for(size_t size) {
    void *room = malloc(size);
    if (!room)
        fail("out of memory");
    return room;
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

/* Returns the characters of a JSON text. */
static struct text decoded(struct json text) {
    char *bytes = room_for((size_t)(text.end - text.start));
    return (struct text){bytes, decode(text, bytes)};
}

/* Returns a string of C as text. */
static struct text text_of(const char *string) {
    return (struct text){string, strlen(string)};
}

/* Compares texts by the bytes of UTF-8. */
static int compare(struct text one, struct text other) {
    size_t shorter = one.length < other.length ? one.length : other.length;
    int order = memcmp(one.bytes, other.bytes, shorter);
    return order ? order : (one.length > other.length) - (one.length < other.length);
}

static bool equal(struct text one, const char *other) {
    return compare(one, text_of(other)) == 0;
}

/* Whether a text has nothing but blanks, tabs and line breaks. */
static bool is_blank(struct text text) {
    for (size_t at = 0; at < text.length; at++)
        if (!text.bytes[at] || !strchr(" \t\r\n", text.bytes[at]))
            return false;
    return true;
}

/* Returns the members of an object, one call after the other. */
static bool next_member(struct json object, const char **at, struct json *name, struct json *value) {
    const char *start = space(*at ? *at : object.start + 1);
    if (*start == ',')
        start = space(start + 1);
    if (*start != '"')
        return false;
    *name = (struct json){start, skip(start)};
    value->start = space(space(name->end) + 1);
    value->end = *at = skip(value->start);
    return true;
}

/* Finds a member of an object. */
static bool member_named(struct json object, struct text key, struct json *value) {
    if (*object.start != '{')
        fail("expected an object");
    struct json name;
    for (const char *at = NULL; next_member(object, &at, &name, value);) {
        struct text own = decoded(name);
        bool found = compare(own, key) == 0;
        free((char *)own.bytes);
        if (found)
            return true;
    }
    return false;
}

static bool member(struct json object, const char *key, struct json *value) {
    return member_named(object, text_of(key), value);
}

/* Returns a member that has to be there. */
static struct json must(struct json object, const char *key) {
    struct json value;
    if (!member(object, key, &value))
        fail("the question lacks a member");
    return value;
}

/* Whether a value is this text. */
static bool is(struct json value, const char *expected) {
    if (*value.start != '"')
        return false;
    struct text own = decoded(value);
    bool same = equal(own, expected);
    free((char *)own.bytes);
    return same;
}

/* Whether there is a value. Undetermined is known only after apply, marked sensitive, or of another type
 * than is read: it never satisfies a rule. Unset is absent or null: the provider's default applies. */
enum state { UNDETERMINED, UNSET, KNOWN };

/* A value of a plan or a document. */
struct value {
    enum state state;
    /* What is known, as JSON. A number that a 64-bit integer does not hold is handed over as a text. */
    struct json json;
    /* Whether it is of a plan, where `$unknown` and `$sensitive` stand for values. */
    bool marked;
};

/* Returns JSON as a value, such as the content of a document. */
static struct value plain(struct json json) {
    return (struct value){*json.start == 'n' ? UNSET : KNOWN, json, false};
}

/* Returns a value within another one. */
static struct value inside(struct value whole, struct json json) {
    struct value value = plain(json);
    value.marked = whole.marked;
    struct json mark;
    if (value.marked && *json.start == '{' && (member(json, "$unknown", &mark) || member(json, "$sensitive", &mark)))
        value.state = UNDETERMINED;
    return value;
}

/* Returns a value as it comes: with what it is, so that a text never passes for an unknown. */
static struct value tagged(struct json json) {
    struct json type = must(json, "type");
    struct value value = {UNSET, type, true};
    if (is(type, "absent") || is(type, "null"))
        return value;
    value.state = UNDETERMINED;
    if (is(type, "unknown") || is(type, "sensitive"))
        return value;
    value.state = KNOWN;
    value.json = must(json, "value");
    return value;
}

static struct value side(struct json change, const char *path, const char *side) {
    struct json attributes = must(change, "attributes"), attribute;
    for (const char *at = NULL; next_item(attributes, &at, &attribute);)
        if (is(must(attribute, "path"), path))
            return tagged(must(attribute, side));
    /* Judging without an attribute that nobody handed over would be a silent pass. */
    fail("an attribute is read that no interest declares");
}

/* Returns an attribute after apply. The path is one that an interest declares. */
static struct value after(struct json change, const char *path) {
    return side(change, path, "after");
}

/* Returns an attribute as it is now. */
static struct value before(struct json change, const char *path) {
    return side(change, path, "before");
}

/* Returns the content of a document that the policy reads; unset if it was not handed over. */
static struct value document(struct json request, const char *name) {
    struct json documents = must(request, "documents"), each;
    for (const char *at = NULL; next_item(documents, &at, &each);)
        if (is(must(each, "name"), name))
            return plain(must(each, "content"));
    return (struct value){UNSET, documents, false};
}

/* Reads a text. Numbers and booleans are texts as well, as they are in the configuration language. */
static enum state as_text(struct value value, struct text *text) {
    if (value.state != KNOWN)
        return value.state;
    if (*value.json.start == '{' || *value.json.start == '[')
        return UNDETERMINED;
    if (*value.json.start == '"')
        *text = decoded(value.json);
    else
        *text = (struct text){value.json.start, (size_t)(value.json.end - value.json.start)};
    return KNOWN;
}

/* Reads a boolean; the texts `true` and `false` count. */
static enum state as_boolean(struct value value, bool *boolean) {
    struct text text;
    enum state state = as_text(value, &text);
    if (state != KNOWN)
        return state;
    *boolean = equal(text, "true");
    return *boolean || equal(text, "false") ? KNOWN : UNDETERMINED;
}

static size_t digits(struct text text, size_t at) {
    size_t from = at;
    while (at < text.length && text.bytes[at] >= '0' && text.bytes[at] <= '9')
        at++;
    return at - from;
}

/* Whether a text is a number of JSON. */
static bool is_number(struct text text) {
    size_t at = text.length > 0 && text.bytes[0] == '-';
    size_t whole = digits(text, at);
    if (whole == 0 || (whole > 1 && text.bytes[at] == '0'))
        return false;
    at += whole;
    if (at < text.length && text.bytes[at] == '.') {
        size_t part = digits(text, at + 1);
        if (part == 0)
            return false;
        at += 1 + part;
    }
    if (at < text.length && (text.bytes[at] == 'e' || text.bytes[at] == 'E')) {
        at++;
        if (at < text.length && (text.bytes[at] == '-' || text.bytes[at] == '+'))
            at++;
        size_t part = digits(text, at);
        if (part == 0)
            return false;
        at += part;
    }
    return at == text.length;
}

/* Reads the exact text of a number, such as 0.1 or 12345678901234567890.5, which no `double` is. A text
 * that is a number counts. */
static enum state as_decimal(struct value value, struct text *text) {
    enum state state = as_text(value, text);
    return state == KNOWN && !is_number(*text) ? UNDETERMINED : state;
}

/* Reads a whole number; a text of digits counts. */
static enum state as_integer(struct value value, int64_t *number) {
    struct text text;
    enum state state = as_decimal(value, &text);
    if (state != KNOWN)
        return state;
    char copy[24];
    size_t sign = text.bytes[0] == '-';
    if (text.length >= sizeof copy || digits(text, sign) != text.length - sign)
        return UNDETERMINED;
    memcpy(copy, text.bytes, text.length);
    copy[text.length] = '\0';
    errno = 0;
    *number = strtoll(copy, NULL, 10);
    return errno ? UNDETERMINED : KNOWN;
}

/* The items of a list or set. */
struct list {
    struct value *items;
    size_t length;
};

/* Reads a list or set. */
static enum state as_list(struct value value, struct list *list) {
    if (value.state != KNOWN || *value.json.start != '[')
        return value.state == KNOWN ? UNDETERMINED : value.state;
    struct json item;
    *list = (struct list){NULL, 0};
    for (const char *at = NULL; next_item(value.json, &at, &item);)
        list->length++;
    list->items = room_for((list->length + 1) * sizeof *list->items);
    size_t nth = 0;
    for (const char *at = NULL; next_item(value.json, &at, &item);)
        list->items[nth++] = inside(value, item);
    return KNOWN;
}

/* The entries of an object or map. */
struct entry {
    struct text key;
    struct value value;
};

struct map {
    struct entry *entries;
    size_t length;
};

static int by_key(const void *one, const void *other) {
    return compare(((const struct entry *)one)->key, ((const struct entry *)other)->key);
}

/* Reads an object or map, by the bytes of UTF-8 of its keys. */
static enum state as_map(struct value value, struct map *map) {
    if (value.state != KNOWN || *value.json.start != '{')
        return value.state == KNOWN ? UNDETERMINED : value.state;
    struct json name, each;
    *map = (struct map){NULL, 0};
    for (const char *at = NULL; next_member(value.json, &at, &name, &each);)
        map->length++;
    map->entries = room_for((map->length + 1) * sizeof *map->entries);
    size_t nth = 0;
    for (const char *at = NULL; next_member(value.json, &at, &name, &each);) {
        struct text key = decoded(name);
        /* Inside a plan's JSON, keys that start with `$` carry one more of it. */
        if (value.marked && key.length > 1 && key.bytes[0] == '$' && key.bytes[1] == '$')
            key = (struct text){key.bytes + 1, key.length - 1};
        map->entries[nth++] = (struct entry){key, inside(value, each)};
    }
    qsort(map->entries, map->length, sizeof *map->entries, by_key);
    return KNOWN;
}

/* Returns the value under a key: unset where there is none, undetermined where this is no object. */
static struct value get(struct value value, struct text key) {
    struct value found = value;
    if (value.state != KNOWN)
        return found;
    found.state = *value.json.start == '{' ? UNSET : UNDETERMINED;
    if (found.state == UNDETERMINED)
        return found;
    char *escaped = room_for(key.length + 1);
    bool more = value.marked && key.length > 0 && key.bytes[0] == '$';
    escaped[0] = '$';
    memcpy(escaped + more, key.bytes, key.length);
    struct json json;
    if (member_named(value.json, (struct text){escaped, key.length + more}, &json))
        found = inside(value, json);
    free(escaped);
    return found;
}

/* Writes JSON of the question as it is written there. */
static void copy(struct json value) {
    fwrite(value.start, 1, (size_t)(value.end - value.start), stdout);
}

/* Writes text as JSON, without the quotes around it. */
static void escape(struct text text) {
    for (size_t at = 0; at < text.length; at++) {
        unsigned char byte = (unsigned char)text.bytes[at];
        if (byte < 0x20)
            printf("\\u%04x", byte);
        else if (byte == '"' || byte == '\\')
            printf("\\%c", byte);
        else
            putchar(byte);
    }
}

/* Writes the beginning of a finding, as far as its message: that, its quote and `}` follow. `attributes` is
 * a JSON array. */
static void finding(bool first, const char *rule, const char *outcome, struct json change, const char *attributes) {
    struct json deposed;
    printf("%s{\"rule\":\"%s\",\"outcome\":\"%s\",\"address\":", first ? "" : ",", rule, outcome);
    copy(must(change, "address"));
    if (member(change, "deposed", &deposed)) {
        printf(",\"deposed\":");
        copy(deposed);
    }
    printf(",\"attributes\":%s,\"message\":\"", attributes);
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

/* Answers the one question that the program is started for: with the metadata, which is JSON, or with what
 * `evaluate` writes. Its result is the program's. */
static int answer(const char *metadata, void (*evaluate)(struct json request)) {
    const char *text = space(read_all());
    struct json message = {text, skip(text)};
    struct json call = must(message, "call");
    if (is(call, "describe"))
        puts(metadata);
    else if (is(call, "evaluate"))
        evaluate(must(message, "request"));
    else
        fail("unknown call");
    return fflush(stdout) == 0 ? 0 : 1;
}


#pragma GCC diagnostic pop

#endif
