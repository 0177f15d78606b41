package policy;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import tollgate.Json;
import tollgate.Policy;
import tollgate.Value;

/** What the helper for Java reads of values and documents, told in findings. */
public final class Main extends Policy {
    public static void main(String[] args) { new Main().run(); }

    @Override
    protected String metadata() {
        return "{\"metadata\": {\"name\": \"values\", \"version\": \"1.0.0\", \"description\": \"Tells what it reads.\","
            + "\"rules\": [{\"id\": \"value\", \"title\": \"A value\", \"description\": \"What is read.\","
            + "\"severity\": \"low\", \"remediation\": \"None.\"}],"
            + "\"interests\": [{\"resource-types\": [\"aws_x\"], \"attributes\": [\"value\"]}],"
            + "\"documents\": [\"book\"]}}\n";
    }

    private static String told(Value value) { return told(value, value.isKnown() ? value.text() : ""); }

    private static String told(Value value, String text) {
        return value.isUnset() ? "-" : value.isUndetermined() ? "?" : text;
    }

    private static String list(Value value) {
        if (!value.isKnown()) return told(value, "");
        List<String> items = new ArrayList<>();
        for (Value item : value.items()) items.add(told(item.asText()));
        return "[" + String.join("|", items) + "]";
    }

    private static String map(Value value) {
        if (!value.isKnown()) return told(value, "");
        List<String> entries = new ArrayList<>();
        for (Map.Entry<String, Value> entry : value.entries().entrySet()) {
            entries.add(entry.getKey() + "=" + told(entry.getValue().asText()));
        }
        return "[" + String.join("|", entries) + "]";
    }

    @Override
    protected void evaluate(Request request) {
        Value book = request.document("book");
        String price = told(book.get("price").asDecimal());
        for (Change change : request.changes()) {
            Value value = change.after("value");
            String message = "text " + told(value.asText()) + "; boolean " + told(value.asBoolean())
                + "; integer " + told(value.asInteger()) + "; decimal " + told(value.asDecimal())
                + "; list " + list(value.asList()) + "; map " + map(value.asMap()) + "; price " + price;
            finding("value", "violation", change, message, "value");
        }
        StringBuilder content = new StringBuilder("{\"price\":");
        Json.quote(content, price);
        content.append(",\"odd\":");
        Json.quote(content, told(book.get("$odd").asText()));
        answer("echo", content.append("}").toString());
    }
}
