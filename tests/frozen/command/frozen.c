/* A policy that says all that its contract can say, and repeats all that it is told. */
#include "json.h"

#ifdef CONTRACT_0_1
#define VERSION "0.1.0"
#define CAUSE(word) ""
#define SINCE_0_2 ""
#else
#define CAUSE(word) ",\"cause\":\"" word "\""
#define SINCE_0_2 ",\"together\":[],\"known-types\":[\"aws_route\"]"
#ifdef CONTRACT_0_2
#define VERSION "0.2.0"
#endif
#endif

#ifndef VERSION
#define VERSION "1.0.0"
#define EXAMPLE ",\"example\":\"An `aws_s3_bucket`.\",\"extensions\":{\"later\":[1]}"
#define SUMMARY ",\"summary\":\"what it was told\""
#define EXTENDED ",\"extensions\":{\"later\":{\"a\":null}}"
#else
#define EXAMPLE ""
#define SUMMARY ""
#define EXTENDED ""
#endif

#define RULE(id, severity) \
    "{\"id\":\"" id "\",\"title\":\"The rule `" id "`\",\"description\":\"Is *reported* of what it is told.\"," \
    "\"severity\":\"" severity "\",\"remediation\":\"Nothing has to be done.\"," \
    "\"links\":[\"https://example.com/rules\"]" EXAMPLE "}"

static const char METADATA[] =
    "{\"metadata\":{\"name\":\"frozen\",\"version\":\"1.2.3-rc.1\",\"description\":\"Repeats what it is told.\","
    "\"rules\":[" RULE("seen", "info") "," RULE("unseen", "low") "," RULE("gone", "medium") ","
    RULE("whole-plan", "high") "," RULE("never", "critical") "],"
    "\"settings-schema\":{\"type\":\"object\",\"properties\":{\"word\":{\"type\":\"string\"}},\"additionalProperties\":false},"
    "\"interests\":[{\"resource-types\":[\"aws_s3_*\"],\"actions\":[],\"attributes\":[\"bucket\",\"tags\",\"size\"],\"references\":true},"
    "{\"resource-types\":[\"aws_db_instance\"],\"actions\":[\"delete\",\"replace\",\"forget\"],\"attributes\":[\"\",\"on\"],\"references\":false}],"
    "\"outputs\":true,\"drift\":true,\"documents\":[\"book\"],\"chunkable\":false" SINCE_0_2 EXTENDED "}}";

static void finding(struct json change) {
    struct json action = must(change, "action"), deposed, attribute;
    bool gone = is(action, "delete") || is(action, "replace") || is(action, "forget");
    bool seen = is(action, "no-op");
    printf("{\"rule\":\"%s\",\"outcome\":\"%s\"%s,\"address\":", gone ? "gone" : seen ? "seen" : "unseen",
           gone || seen ? "violation" : "undetermined", seen ? CAUSE("existing") : CAUSE("planned"));
    copy(must(change, "address"));
    if (member(change, "deposed", &deposed)) {
        printf(",\"deposed\":");
        copy(deposed);
    }
    printf(",\"attributes\":[");
    const char *at = NULL;
    if (next_item(must(change, "attributes"), &at, &attribute))
        copy(must(attribute, "path"));
    printf("],\"message\":\"it is a ");
    struct json kind = must(change, "kind");
    copy((struct json){kind.start + 1, kind.end - 1});
    printf("\",\"remediation\":\"Leave it.\",\"details\":[{\"label\":\"provider\",\"text\":");
    copy(must(change, "provider"));
    printf("}]" EXTENDED "},");
}

int main(void) {
    const char *text = space(read_all());
    struct json message = {text, skip(text)};
    if (!is(must(message, "contract"), VERSION))
        fail("it speaks " VERSION " only");
    if (is(must(message, "call"), "describe")) {
        puts(METADATA);
        return 0;
    }
    struct json request = must(message, "request"), word, change;
    if (member(must(request, "settings"), "word", &word) && is(word, "refuse")) {
        puts("{\"error\":\"it was told to refuse\"}");
        return 0;
    }
    printf("{\"evaluation\":{\"findings\":[");
    struct json changes = must(request, "changes");
    for (const char *at = NULL; next_item(changes, &at, &change);)
        finding(change);
    printf("{\"rule\":\"whole-plan\",\"outcome\":\"violation\"%s,\"message\":\"the plan as a whole\"}],"
           "\"documents\":[{\"name\":\"request\",\"content\":",
           CAUSE("advice"));
    copy(request);
    printf(SUMMARY "}]" EXTENDED "}}\n");
    return 0;
}
