package tollgate;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.teavm.interop.Address;
import org.teavm.interop.Import;

/**
 * What every policy in Java needs: Tollgate's question, and a way to answer. There is nothing of a rule in
 * this package: change it only if you know why, and copy it from a newer release as it is.
 */
public abstract class Policy {
    /** The version of the contract that this speaks. */
    public static final String CONTRACT = "1.0.0";

    private final StringBuilder findings = new StringBuilder();
    private final StringBuilder documents = new StringBuilder();

    /** What the policy is, and all that it wants to see of a plan, as JSON: {"metadata": …}. */
    protected abstract String metadata();

    /** Judges a plan: calls {@link #finding} and {@link #answer}. */
    protected abstract void evaluate(Request request);

    /** What a policy sees of one plan. */
    public static final class Request {
        private final Map<String, Object> json;

        Request(Map<String, Object> json) { this.json = json; }

        public Value settings() { return Value.plain(json.get("settings")); }

        /** The name of the environment, and whether it is protected, among them. */
        public Value environment() { return Value.plain(json.get("environment")); }

        public List<Change> changes() {
            List<Change> changes = new ArrayList<>();
            for (Object change : list(json.get("changes"))) changes.add(new Change(object(change)));
            return changes;
        }

        /** The content of a document that the policy reads; unset if it was not handed over. */
        public Value document(String name) {
            for (Object document : list(json.get("documents"))) {
                if (name.equals(object(document).get("name"))) return Value.plain(object(document).get("content"));
            }
            return Value.plain(null);
        }
    }

    /** What is planned for one resource instance. */
    public static final class Change {
        private final Map<String, Object> json;

        Change(Map<String, Object> json) { this.json = json; }

        /** What the contract calls so, such as `address`, `kind` or `action`; null where it is not there. */
        public String get(String key) { return (String) json.get(key); }

        /** An attribute after apply. The path is one that an interest declares. */
        public Value after(String path) { return Value.tagged(object(declared(path).get("after"))); }

        /** An attribute as it is now. */
        public Value before(String path) { return Value.tagged(object(declared(path).get("before"))); }

        private Map<String, Object> declared(String path) {
            for (Object attribute : list(json.get("attributes"))) {
                if (path.equals(object(attribute).get("path"))) return object(attribute);
            }
            // Judging without an attribute that nobody handed over would be a silent pass.
            throw new IllegalArgumentException(get("kind") + " is read, but no interest declares `" + path + "`");
        }
    }

    /** Says something of a change, because of these attributes: "violation" or "undetermined". */
    protected final void finding(String rule, String outcome, Change change, String message, String... attributes) {
        if (findings.length() > 0) findings.append(',');
        findings.append("{\"rule\":");
        Json.quote(findings, rule);
        findings.append(",\"outcome\":");
        Json.quote(findings, outcome);
        findings.append(",\"address\":");
        Json.quote(findings, change.get("address"));
        if (change.get("deposed") != null) {
            findings.append(",\"deposed\":");
            Json.quote(findings, change.get("deposed"));
        }
        findings.append(",\"attributes\":[");
        for (int at = 0; at < attributes.length; at++) {
            if (at > 0) findings.append(',');
            Json.quote(findings, attributes[at]);
        }
        findings.append("],\"message\":");
        Json.quote(findings, message);
        findings.append('}');
    }

    /** Answers with a document, whose content is JSON. */
    protected final void answer(String name, String content) {
        if (documents.length() > 0) documents.append(',');
        documents.append("{\"name\":");
        Json.quote(documents, name);
        documents.append(",\"content\":").append(content).append('}');
    }

    /** Answers the one question that the program is started for. */
    public final void run() {
        try {
            write(answer(object(Json.parse(readAll()))));
        } catch (Throwable error) {
            // Uncaught, it would be a trap without a word.
            System.err.println("the policy failed: " + error);
            System.err.flush();
            procExit(1);
        }
    }

    private String answer(Map<String, Object> question) {
        String call = (String) question.get("call");
        if ("describe".equals(call)) return metadata();
        if (!"evaluate".equals(call)) throw new IllegalArgumentException("unknown call " + call);
        evaluate(new Request(object(question.get("request"))));
        return "{\"evaluation\":{\"findings\":[" + findings + "],\"documents\":[" + documents + "]}}\n";
    }

    @SuppressWarnings("unchecked")
    private static Map<String, Object> object(Object value) { return (Map<String, Object>) value; }

    @SuppressWarnings("unchecked")
    private static List<Object> list(Object value) { return (List<Object>) value; }

    @Import(module = "wasi_snapshot_preview1", name = "proc_exit")
    private static native void procExit(int code);

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
