/* The policy `POLICY_NAME`: every bucket, queue and table says who owns it.
 *
 * Tollgate runs the program once for each question. The question is JSON on standard
 * input, the answer JSON on standard output; `tollgate schema policy-request` and
 * `tollgate schema policy-response` describe both.
 */
#include "json.h"

/* What the policy is, and all that it wants to see of a plan. */
static const char METADATA[] =
    "{\"metadata\": {"
    "\"name\": \"POLICY_NAME\","
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
