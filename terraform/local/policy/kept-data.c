/* The policy `kept-data`: what a stack without a cloud says it must keep, it keeps.
 *
 * A `terraform_data` whose input says `keep = true` is not destroyed, replaced or dropped from
 * the state in a protected environment. Turn `keep` off and apply that first: two steps, as with
 * the deletion protection of a real database.
 */
#include "json.h"

static const char METADATA[] =
    "{\"metadata\": {"
    "\"name\": \"kept-data\","
    "\"version\": \"1.0.0\","
    "\"description\": \"What says that it must be kept is not destroyed, replaced or forgotten.\","
    "\"rules\": [{"
    "\"id\": \"data-lost\","
    "\"title\": \"Kept data is lost\","
    "\"description\": \"`keep` was turned on so that no plan takes this away by mistake.\","
    "\"severity\": \"critical\","
    "\"remediation\": \"Undo what removes it; or set `keep = false`, apply that, and remove it then.\""
    "}],"
    "\"interests\": [{"
    "\"resource-types\": [\"terraform_data\"],"
    "\"actions\": [\"delete\", \"replace\", \"forget\"],"
    "\"attributes\": [\"input.keep\"]"
    "}],"
    "\"chunkable\": true"
    "}}";

/* Whether it has to stay, as it is today: 0, 1, or 2 where that cannot be seen. */
static int kept(struct json before) {
    struct json type = must(before, "type");
    if (is(type, "absent") || is(type, "null"))
        return 0;
    if (!is(type, "boolean"))
        return 2;
    return *must(before, "value").start == 't';
}

static void evaluate(struct json request) {
    struct json changes = must(request, "changes"), change, attribute, deposed;
    bool protected = *must(must(request, "environment"), "protected").start == 't';
    bool first = true;
    printf("{\"evaluation\":{\"findings\":[");
    for (const char *at = NULL; protected && next_item(changes, &at, &change);) {
        struct json attributes = must(change, "attributes");
        for (const char *inner = NULL; next_item(attributes, &inner, &attribute);) {
            int keep = kept(must(attribute, "before"));
            if (keep == 0)
                continue;
            printf("%s{\"rule\":\"data-lost\",\"address\":", first ? "" : ",");
            first = false;
            copy(must(change, "address"));
            if (member(change, "deposed", &deposed)) {
                printf(",\"deposed\":");
                copy(deposed);
            }
            printf(",\"attributes\":[\"input.keep\"],\"outcome\":\"%s\",\"message\":\"%s\"}",
                   keep == 1 ? "violation" : "undetermined",
                   keep == 1 ? "it says `keep = true`, and this plan takes it away"
                             : "whether it must be kept cannot be seen, and this plan takes it away");
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
