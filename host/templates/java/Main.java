package policy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.teavm.interop.Address;
import org.teavm.interop.Import;

/**
 * The policy `POLICY_NAME`: every bucket, queue and table says who owns it.
 *
 * <p>Tollgate runs the program once for each question. The question is JSON on standard input, the
 * answer JSON on standard output; `tollgate schema policy-request` and `tollgate schema
 * policy-response` describe both.
 */
public final class Main {
    /** What the policy is, and all that it wants to see of a plan. */
    private static final String METADATA = "{\"metadata\": {"
        + "\"name\": \"POLICY_NAME\","
        + "\"version\": \"1.0.0\","
        + "\"description\": \"Every bucket, queue and table says who owns it.\","
        + "\"rules\": [{"
        + "\"id\": \"owner-missing\","
        + "\"title\": \"Resource without an owner\","
        + "\"description\": \"Whoever is woken at night has to know whom to ask. A tag says so where everybody looks.\","
        + "\"severity\": \"medium\","
        + "\"remediation\": \"Add the tag to the resource, or to the provider's default_tags.\""
        + "}],"
        + "\"settings-schema\": {"
        + "\"type\": \"object\","
        + "\"properties\": {"
        + "\"tag\": {\"type\": \"string\", \"minLength\": 1, \"default\": \"owner\", \"description\": \"The name of the tag.\"}"
        + "},"
        + "\"additionalProperties\": false"
        + "},"
        + "\"interests\": [{"
        + "\"resource-types\": [\"aws_dynamodb_table\", \"aws_s3_bucket\", \"aws_sqs_queue\"],"
        + "\"actions\": [\"no-op\", \"create\", \"update\", \"replace\"],"
        + "\"attributes\": [\"tags_all\"]"
        + "}],"
        + "\"chunkable\": true"
        + "}}\n";

    @Import(module = "wasi_snapshot_preview1", name = "proc_exit")
    private static native void procExit(int code);

    public static void main(String[] args) {
        try {
            answer();
        } catch (Throwable error) {
            // Uncaught, it would be a trap without a word.
            System.err.println("the policy failed: " + error);
            System.err.flush();
            procExit(1);
        }
    }

    private static void answer() throws IOException {
        Map<String, Object> question = object(Json.parse(readAll()));
        String call = (String) question.get("call");
        if ("describe".equals(call)) {
            write(METADATA);
        } else if ("evaluate".equals(call)) {
            write(evaluate(object(question.get("request"))));
        } else {
            throw new IllegalArgumentException("unknown call " + call);
        }
    }

    private static String evaluate(Map<String, Object> request) {
        Object set = object(request.get("settings")).get("tag");
        String tag = set == null ? "owner" : (String) set;
        StringBuilder out = new StringBuilder("{\"evaluation\":{\"findings\":[");
        boolean first = true;
        for (Object each : list(request.get("changes"))) {
            Map<String, Object> change = object(each);
            for (Object attribute : list(change.get("attributes"))) {
                String[] wrong = judge(tag, object(object(attribute).get("after")));
                if (wrong == null) continue;
                if (!first) out.append(',');
                first = false;
                out.append("{\"rule\":\"owner-missing\",\"outcome\":\"").append(wrong[0]).append("\",\"address\":");
                Json.quote(out, (String) change.get("address"));
                if (change.get("deposed") != null) {
                    out.append(",\"deposed\":");
                    Json.quote(out, (String) change.get("deposed"));
                }
                out.append(",\"attributes\":[\"tags_all\"],\"message\":");
                Json.quote(out, wrong[1]);
                out.append('}');
            }
        }
        return out.append("]}}\n").toString();
    }

    /** Outcome and message; nothing if the tags are fine. What is not known is never taken for fine. */
    private static String[] judge(String tag, Map<String, Object> tags) {
        String[] missing = {"violation", "the tag `" + tag + "` is missing or empty"};
        switch ((String) tags.get("type")) {
            case "absent": case "null": return missing;
            case "unknown": case "sensitive":
                return new String[] {"undetermined", "its tags cannot be seen before apply"};
            case "json": break;
            default: throw new IllegalArgumentException("tags are not an object");
        }
        // Inside JSON, keys that start with `$` carry one more of it.
        Object owner = object(tags.get("value")).get(tag.startsWith("$") ? "$" + tag : tag);
        // {"$unknown": true} or {"$sensitive": true}
        if (owner instanceof Map) return new String[] {"undetermined", "its owner cannot be seen before apply"};
        return owner instanceof String && !((String) owner).trim().isEmpty() ? null : missing;
    }

    @SuppressWarnings("unchecked")
    private static Map<String, Object> object(Object value) { return (Map<String, Object>) value; }

    @SuppressWarnings("unchecked")
    private static List<Object> list(Object value) { return (List<Object>) value; }

    /** TeaVM's own System.in is always at its end under WASI, so that standard input is read here. */
    @Import(module = "wasi_snapshot_preview1", name = "fd_read")
    private static native int fdRead(int fd, Address vectors, int count, Address read);

    private static String readAll() {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        byte[] part = new byte[1 << 16];
        int[] vector = new int[2];
        int[] read = new int[1];
        while (true) {
            // Nothing is allocated between taking the addresses and the call, so that nothing moves.
            vector[0] = Address.ofData(part).toInt();
            vector[1] = part.length;
            int failed = fdRead(0, Address.ofData(vector), 1, Address.ofData(read));
            if (failed != 0) throw new IllegalStateException("standard input cannot be read");
            if (read[0] == 0) break;
            all.write(part, 0, read[0]);
        }
        return new String(all.toByteArray(), StandardCharsets.UTF_8);
    }

    private static void write(String answer) throws IOException {
        System.out.write(answer.getBytes(StandardCharsets.UTF_8));
        System.out.flush();
    }
}
