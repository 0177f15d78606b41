package tollgate;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** A value of a plan or a document. It is read as what it is asked for, and says whether it is that. */
public final class Value {
    /** Whether there is a value. */
    public enum State {
        /** Known only after apply, marked sensitive, or of another type than is read: satisfies no rule. */
        UNDETERMINED,
        /** Absent or null: the provider's default applies. */
        UNSET,
        KNOWN
    }

    private final State state;
    private final Object json;
    /** Whether it is of a plan, where `$unknown` and `$sensitive` stand for values. */
    private final boolean marked;

    private Value(State state, Object json, boolean marked) {
        this.state = state;
        this.json = json;
        this.marked = marked;
    }

    private static Value inside(Object json, boolean marked) {
        boolean mark = marked && json instanceof Map
            && (((Map<?, ?>) json).containsKey("$unknown") || ((Map<?, ?>) json).containsKey("$sensitive"));
        State state = mark ? State.UNDETERMINED : json == null ? State.UNSET : State.KNOWN;
        return new Value(state, json, marked);
    }

    /** JSON as a value, such as the content of a document. */
    static Value plain(Object json) { return inside(json, false); }

    /** A value as it comes: with what it is, so that a text never passes for an unknown. */
    static Value tagged(Map<String, Object> tagged) {
        Object value = tagged.get("value");
        switch ((String) tagged.get("type")) {
            case "absent": case "null": return new Value(State.UNSET, null, true);
            case "unknown": case "sensitive": return new Value(State.UNDETERMINED, null, true);
            case "decimal": return new Value(State.KNOWN, new Json.Number((String) value), true);
            default: return new Value(State.KNOWN, value, true);
        }
    }

    /** Whether there is a value at all. That it is of the type that is wanted only the others say. */
    public State state() { return state; }

    public boolean isUndetermined() { return state == State.UNDETERMINED; }

    public boolean isUnset() { return state == State.UNSET; }

    public boolean isKnown() { return state == State.KNOWN; }

    /** What it is as a text. Numbers and booleans are texts as well, as in the configuration language. */
    public Value asText() {
        if (json instanceof Json.Number) return known(((Json.Number) json).text);
        return json instanceof Boolean ? known(json.toString()) : only(json instanceof String);
    }

    /** What it is as a boolean; the texts `true` and `false` count. */
    public Value asBoolean() {
        Value text = asText();
        if (!text.isKnown()) return text;
        return text.only(text.text().equals("true") || text.text().equals("false"));
    }

    /** What it is as the exact text of a number, such as 0.1 or 12345678901234567890.5, which no double is. */
    public Value asDecimal() {
        Value text = asText();
        return text.isKnown() ? text.only(isNumber(text.text())) : text;
    }

    /** What it is as a whole number that a long holds; a text of digits counts. */
    public Value asInteger() {
        Value text = asDecimal();
        if (!text.isKnown()) return text;
        try {
            // As it is written, but for `-0`.
            return text.known(Long.toString(Long.parseLong(text.text())));
        } catch (NumberFormatException error) {
            return text.only(false);
        }
    }

    /** What it is as a list or set. */
    public Value asList() { return only(json instanceof List); }

    /** What it is as an object or map. */
    public Value asMap() { return only(json instanceof Map); }

    /** The text of what {@link #asText}, {@link #asDecimal} and others say is known. */
    public String text() { return (String) json; }

    /** The items of what {@link #asList} says is known. */
    public List<Value> items() {
        List<Value> items = new ArrayList<>();
        for (Object item : (List<?>) json) items.add(inside(item, marked));
        return items;
    }

    /** The entries of what {@link #asMap} says is known, by the bytes of UTF-8 of their keys. */
    public Map<String, Value> entries() {
        Map<String, Value> entries = new TreeMap<>(Value::compare);
        for (Map.Entry<?, ?> entry : ((Map<?, ?>) json).entrySet()) {
            String key = (String) entry.getKey();
            // Inside a plan's JSON, keys that start with `$` carry one more of it.
            entries.put(marked && key.startsWith("$$") ? key.substring(1) : key, inside(entry.getValue(), marked));
        }
        return entries;
    }

    /** The value under a key: unset where there is none, undetermined where this is no object. */
    public Value get(String key) {
        Value map = asMap();
        if (!map.isKnown()) return map;
        return inside(((Map<?, ?>) json).get(marked && key.startsWith("$") ? "$" + key : key), marked);
    }

    private Value known(String text) { return new Value(state, text, marked); }

    private Value only(boolean is) {
        return state == State.KNOWN && !is ? new Value(State.UNDETERMINED, null, marked) : this;
    }

    private static boolean isNumber(String text) {
        int at = text.startsWith("-") ? 1 : 0;
        int whole = digits(text, at);
        if (whole == 0 || whole > 1 && text.charAt(at) == '0') return false;
        at += whole;
        if (at < text.length() && text.charAt(at) == '.') {
            int part = digits(text, at + 1);
            if (part == 0) return false;
            at += 1 + part;
        }
        if (at < text.length() && (text.charAt(at) == 'e' || text.charAt(at) == 'E')) {
            at++;
            if (at < text.length() && (text.charAt(at) == '-' || text.charAt(at) == '+')) at++;
            int part = digits(text, at);
            if (part == 0) return false;
            at += part;
        }
        return at == text.length();
    }

    private static int digits(String text, int from) {
        int at = from;
        while (at < text.length() && text.charAt(at) >= '0' && text.charAt(at) <= '9') at++;
        return at - from;
    }

    /** Whether a text has nothing but blanks, tabs and line breaks. */
    public static boolean isBlank(String text) {
        for (int at = 0; at < text.length(); at++) {
            if (" \t\r\n".indexOf(text.charAt(at)) < 0) return false;
        }
        return true;
    }

    /** Compares by the bytes of UTF-8; compareTo does so by the units of UTF-16, which is another order. */
    public static int compare(String one, String other) {
        int shorter = Math.min(one.length(), other.length());
        for (int at = 0; at < shorter; at++) {
            char a = one.charAt(at);
            char b = other.charAt(at);
            // Half a character beyond the first 65536 sorts after every whole one.
            if (a != b) return (a + (isHalf(a) ? 0x10000 : 0)) - (b + (isHalf(b) ? 0x10000 : 0));
        }
        return one.length() - other.length();
    }

    private static boolean isHalf(char c) { return c >= 0xd800 && c < 0xe000; }
}
