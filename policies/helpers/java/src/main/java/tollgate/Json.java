package tollgate;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** JSON as maps, lists, strings, booleans and null. Numbers stay as they are written. */
public final class Json {
    /** A number as it is written: a {@code double} has not every digit. */
    public static final class Number {
        public final String text;

        Number(String text) { this.text = text; }
    }

    private final String text;
    private int at;

    private Json(String text) { this.text = text; }

    public static Object parse(String text) {
        Json json = new Json(text);
        Object value = json.value();
        json.space();
        if (json.at != text.length()) throw new IllegalArgumentException("more than one JSON value");
        return value;
    }

    private void space() {
        while (at < text.length() && " \t\r\n".indexOf(text.charAt(at)) >= 0) at++;
    }

    private char next() {
        space();
        if (at == text.length()) throw new IllegalArgumentException("the question ends early");
        return text.charAt(at);
    }

    private void expect(char c) {
        if (next() != c) throw new IllegalArgumentException("expected " + c + " at " + at);
        at++;
    }

    private Object value() {
        switch (next()) {
            case '{': {
                Map<String, Object> object = new LinkedHashMap<>();
                at++;
                if (next() == '}') { at++; return object; }
                while (true) {
                    next();
                    String key = string();
                    expect(':');
                    object.put(key, value());
                    if (next() == ',') { at++; continue; }
                    expect('}');
                    return object;
                }
            }
            case '[': {
                List<Object> list = new ArrayList<>();
                at++;
                if (next() == ']') { at++; return list; }
                while (true) {
                    list.add(value());
                    if (next() == ',') { at++; continue; }
                    expect(']');
                    return list;
                }
            }
            case '"': return string();
            default: {
                int from = at;
                while (at < text.length() && ",]} \t\r\n".indexOf(text.charAt(at)) < 0) at++;
                String word = text.substring(from, at);
                if (word.equals("true")) return Boolean.TRUE;
                if (word.equals("false")) return Boolean.FALSE;
                if (word.equals("null")) return null;
                return new Number(word);
            }
        }
    }

    private String string() {
        if (text.charAt(at) != '"') throw new IllegalArgumentException("expected a text at " + at);
        at++;
        StringBuilder out = new StringBuilder();
        while (true) {
            char c = text.charAt(at++);
            if (c == '"') return out.toString();
            if (c != '\\') { out.append(c); continue; }
            c = text.charAt(at++);
            switch (c) {
                case 'b': out.append('\b'); break;
                case 'f': out.append('\f'); break;
                case 'n': out.append('\n'); break;
                case 'r': out.append('\r'); break;
                case 't': out.append('\t'); break;
                case 'u': out.append((char) Integer.parseInt(text.substring(at, at + 4), 16)); at += 4; break;
                default: out.append(c);
            }
        }
    }

    /** Writes text as JSON, with its quotes. */
    public static void quote(StringBuilder out, String value) {
        out.append('"');
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            if (c == '"' || c == '\\') out.append('\\').append(c);
            else if (c < ' ') {
                out.append("\\u00").append("0123456789abcdef".charAt(c >> 4)).append("0123456789abcdef".charAt(c & 15));
            } else out.append(c);
        }
        out.append('"');
    }
}
