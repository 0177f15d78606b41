/* The policy `owner-tag`: every bucket, queue and table says who owns it.
 *
 * Tollgate runs the program once for each question. The question is JSON on standard
 * input, the answer JSON on standard output; `tollgate schema policy-request` and
 * `tollgate schema policy-response` describe both.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What the policy is, and all that it wants to see of a plan. */
static const char METADATA[] =
    "{\"metadata\": {"
    "\"name\": \"owner-tag\","
    "\"version\": \"1.0.0\","
    "\"description\": \"Every bucket, queue and table says who owns it.\","
    "\"rules\": [{"
    "\"id\": \"owner-missing\","
    "\"title\": \"Resource without an owner\","
    "\"description\": \"Whoever is woken at night has to know whom to ask. A tag says so where everybody looks.\","
    "\"severity\": \"medium\","
    "\"remediation\": \"Add the tag to the resource, or to the provider's default_tags.\""
    "}],"
    "\"settings-schema\": {"
    "\"type\": \"object\","
    "\"properties\": {\"tag\": {\"type\": \"string\", \"minLength\": 1, \"default\": \"owner\", \"description\": \"The name of the tag.\"}},"
    "\"additionalProperties\": false"
    "},"
    "\"interests\": [{"
    "\"resource-types\": [\"aws_dynamodb_table\", \"aws_s3_bucket\", \"aws_sqs_queue\"],"
    "\"actions\": [\"no-op\", \"create\", \"update\", \"replace\"],"
    "\"attributes\": [\"tags_all\"]"
    "}],"
    "\"chunkable\": true"
    "}}";

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

static bool blank(struct json text) {
    char *decoded = string(text);
    bool blank = decoded[strspn(decoded, " \t\r\n")] == '\0';
    free(decoded);
    return blank;
}

/* What a finding says, if there is one to report. */
enum verdict { FINE, MISSING, TAGS_UNSEEN, OWNER_UNSEEN };

static enum verdict judge(struct json tags, const char *key) {
    struct json type = must(tags, "type");
    if (is(type, "absent") || is(type, "null"))
        return MISSING;
    if (is(type, "unknown") || is(type, "sensitive"))
        return TAGS_UNSEEN;
    if (!is(type, "json"))
        fail("tags are not an object");
    struct json owner;
    if (!member(must(tags, "value"), key, &owner))
        return MISSING;
    /* {"$unknown": true} or {"$sensitive": true} */
    if (*owner.start == '{')
        return OWNER_UNSEEN;
    return *owner.start == '"' && !blank(owner) ? FINE : MISSING;
}

/* Writes text of the request as it is written there. */
static void copy(struct json value) {
    fwrite(value.start, 1, (size_t)(value.end - value.start), stdout);
}

static void evaluate(struct json request) {
    static const char OWNER[] = "\"owner\"";
    struct json tag;
    if (!member(must(request, "settings"), "tag", &tag))
        tag = (struct json){OWNER, OWNER + sizeof OWNER - 1};
    char *name = string(tag);
    /* Inside JSON, keys that start with `$` carry one more of it. */
    char *key = malloc(strlen(name) + 2);
    if (!key)
        fail("out of memory");
    strcpy(key, *name == '$' ? "$" : "");
    strcat(key, name);

    struct json changes = must(request, "changes"), change, attribute, deposed;
    bool first = true;
    printf("{\"evaluation\":{\"findings\":[");
    for (const char *at = NULL; next_item(changes, &at, &change);) {
        struct json attributes = must(change, "attributes");
        for (const char *inner = NULL; next_item(attributes, &inner, &attribute);) {
            enum verdict verdict = judge(must(attribute, "after"), key);
            if (verdict == FINE)
                continue;
            printf("%s{\"rule\":\"owner-missing\",\"address\":", first ? "" : ",");
            first = false;
            copy(must(change, "address"));
            if (member(change, "deposed", &deposed)) {
                printf(",\"deposed\":");
                copy(deposed);
            }
            printf(",\"attributes\":[\"tags_all\"],\"outcome\":\"%s\",\"message\":",
                   verdict == MISSING ? "violation" : "undetermined");
            if (verdict == MISSING) {
                /* The tag's name as it is written, without its quotes. */
                printf("\"the tag `");
                copy((struct json){tag.start + 1, tag.end - 1});
                printf("` is missing or empty\"}");
            } else if (verdict == TAGS_UNSEEN) {
                printf("\"its tags cannot be seen before apply\"}");
            } else {
                printf("\"its owner cannot be seen before apply\"}");
            }
        }
    }
    printf("]}}\n");
}

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

int main(void) {
    const char *text = space(read_all());
    struct json message = {text, skip(text)};
    struct json call = must(message, "call");
    if (is(call, "describe")) {
        puts(METADATA);
    } else if (is(call, "evaluate")) {
        evaluate(must(message, "request"));
    } else {
        fail("unknown call");
    }
    return fflush(stdout) == 0 ? 0 : 1;
}
