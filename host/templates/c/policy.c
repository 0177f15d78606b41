/* The policy `POLICY_NAME`: every bucket, queue and table says who owns it.
 *
 * Tollgate runs the program once for each question. The question is JSON on standard
 * input, the answer JSON on standard output; `tollgate schema policy-request` and
 * `tollgate schema policy-response` describe both.
 */
#include "tollgate.h"

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
    "\"remediation\": \"Add the tag to the resource, or to the provider's default_tags.\","
    "\"example\": \"An `aws_s3_bucket` without the tag `owner`.\""
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

static void evaluate(struct json request) {
    struct text tag = text_of("owner"), owner;
    struct json set;
    if (member(must(request, "settings"), "tag", &set))
        tag = decoded(set);
    struct json changes = must(request, "changes"), change;
    bool first = true;
    printf("{\"evaluation\":{\"findings\":[");
    for (const char *at = NULL; next_item(changes, &at, &change);) {
        struct value tags = after(change, "tags_all");
        struct map all;
        enum state state = as_text(get(tags, tag), &owner);
        /* What cannot be seen is never taken for fine. */
        if (as_map(tags, &all) == UNDETERMINED) {
            finding(first, "owner-missing", "undetermined", change, "[\"tags_all\"]");
            printf("its tags cannot be seen before apply\"}");
        } else if (state == UNDETERMINED) {
            finding(first, "owner-missing", "undetermined", change, "[\"tags_all\"]");
            printf("its owner cannot be seen before apply\"}");
        } else if (state == UNSET || is_blank(owner)) {
            finding(first, "owner-missing", "violation", change, "[\"tags_all\"]");
            printf("the tag `");
            escape(tag);
            printf("` is missing or empty\"}");
        } else {
            continue;
        }
        first = false;
    }
    printf("]}}\n");
}

int main(void) {
    return answer(METADATA, evaluate);
}
