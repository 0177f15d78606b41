package policy;

import tollgate.Policy;
import tollgate.Value;

/**
 * The policy `POLICY_NAME`: every bucket, queue and table says who owns it.
 *
 * <p>Tollgate runs the program once for each question. The question is JSON on standard input, the
 * answer JSON on standard output; `tollgate schema policy-request` and `tollgate schema
 * policy-response` describe both.
 */
public final class Main extends Policy {
    private static final String RULE = "owner-missing";

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
        + "\"remediation\": \"Add the tag to the resource, or to the provider's default_tags.\","
        + "\"example\": \"An `aws_s3_bucket` without the tag `owner`.\""
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

    public static void main(String[] args) { new Main().run(); }

    @Override
    protected String metadata() { return METADATA; }

    @Override
    protected void evaluate(Request request) {
        Value set = request.settings().get("tag");
        String tag = set.isKnown() ? set.text() : "owner";
        for (Change change : request.changes()) {
            Value tags = change.after("tags_all");
            Value owner = tags.get(tag).asText();
            // What cannot be seen is never taken for fine.
            if (tags.asMap().isUndetermined()) {
                finding(RULE, "undetermined", change, "its tags cannot be seen before apply", "tags_all");
            } else if (owner.isUndetermined()) {
                finding(RULE, "undetermined", change, "its owner cannot be seen before apply", "tags_all");
            } else if (owner.isUnset() || Value.isBlank(owner.text())) {
                finding(RULE, "violation", change, "the tag `" + tag + "` is missing or empty", "tags_all");
            }
        }
    }
}
