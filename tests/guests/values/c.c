/* What the helper for C reads of values and documents, told in findings. */
#include <inttypes.h>

#include "tollgate.h"

static const char METADATA[] =
    "{\"metadata\": {\"name\": \"values\", \"version\": \"1.0.0\", \"description\": \"Tells what it reads.\","
    "\"rules\": [{\"id\": \"value\", \"title\": \"A value\", \"description\": \"What is read.\","
    "\"severity\": \"low\", \"remediation\": \"None.\"}],"
    "\"interests\": [{\"resource-types\": [\"aws_x\"], \"attributes\": [\"value\"]}],"
    "\"documents\": [\"book\"]}}";

static bool known(enum state state) {
    if (state != KNOWN)
        printf("%s", state == UNSET ? "-" : "?");
    return state == KNOWN;
}

static void tell(struct value value) {
    struct text text;
    if (known(as_text(value, &text)))
        escape(text);
}

static void tell_decimal(struct value value) {
    struct text text;
    if (known(as_decimal(value, &text)))
        escape(text);
}

static void evaluate(struct json request) {
    struct json changes = must(request, "changes"), change;
    struct value book = document(request, "book");
    bool first = true, boolean;
    int64_t integer;
    struct list list;
    struct map map;
    printf("{\"evaluation\":{\"findings\":[");
    for (const char *at = NULL; next_item(changes, &at, &change); first = false) {
        struct value value = after(change, "value");
        finding(first, "value", "violation", change, "[\"value\"]");
        printf("text ");
        tell(value);
        printf("; boolean ");
        if (known(as_boolean(value, &boolean)))
            printf("%s", boolean ? "true" : "false");
        printf("; integer ");
        if (known(as_integer(value, &integer)))
            printf("%" PRId64, integer);
        printf("; decimal ");
        tell_decimal(value);
        printf("; list ");
        if (known(as_list(value, &list))) {
            printf("[");
            for (size_t nth = 0; nth < list.length; nth++) {
                printf("%s", nth ? "|" : "");
                tell(list.items[nth]);
            }
            printf("]");
        }
        printf("; map ");
        if (known(as_map(value, &map))) {
            printf("[");
            for (size_t nth = 0; nth < map.length; nth++) {
                printf("%s", nth ? "|" : "");
                escape(map.entries[nth].key);
                printf("=");
                tell(map.entries[nth].value);
            }
            printf("]");
        }
        printf("; price ");
        tell_decimal(get(book, text_of("price")));
        printf("\"}");
    }
    printf("],\"documents\":[{\"name\":\"echo\",\"content\":{\"price\":\"");
    tell_decimal(get(book, text_of("price")));
    printf("\",\"odd\":\"");
    tell(get(book, text_of("$odd")));
    printf("\"}}]}}\n");
}

int main(void) {
    return answer(METADATA, evaluate);
}
