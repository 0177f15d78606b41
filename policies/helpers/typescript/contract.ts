// The types of `wit/policy.wit`, as far as a policy meets them.
export type Severity = "info" | "low" | "medium" | "high" | "critical";
export type Action = "no-op" | "create" | "read" | "update" | "delete" | "replace" | "forget";
export type Outcome = "violation" | "undetermined";
export type Cause = "planned" | "existing" | "advice";

/** What is `unknown` or `sensitive` never satisfies a rule: the compiler makes you say what it does. */
export type Value =
  | { tag: "absent" }
  | { tag: "null" }
  | { tag: "unknown" }
  | { tag: "sensitive" }
  | { tag: "boolean"; val: boolean }
  | { tag: "integer"; val: bigint }
  | { tag: "decimal"; val: string }
  | { tag: "text"; val: string }
  | { tag: "json"; val: string };

/** What this version of the contract has no field for. Whoever does not know the name leaves it unread. */
export interface Extension {
  name: string;
  content: string;
}

export interface Rule {
  id: string;
  title: string;
  description: string;
  severity: Severity;
  remediation: string;
  example?: string;
  links: string[];
  extensions: Extension[];
}

export interface Interest {
  resourceTypes: string[];
  actions: Action[];
  attributes: string[];
  references: boolean;
}

export interface Metadata {
  name: string;
  version: string;
  description: string;
  rules: Rule[];
  settingsSchema: string;
  interests: Interest[];
  outputs: boolean;
  drift: boolean;
  documents: string[];
  chunkable: boolean;
  together: string[];
  knownTypes: string[];
  requires: string[];
  extensions: Extension[];
}

export interface Attribute {
  path: string;
  before: Value;
  after: Value;
  references: string[];
}

export interface Change {
  address: string;
  block: string;
  previousAddress?: string;
  moduleAddress?: string;
  mode: "managed" | "data" | "ephemeral";
  kind: string;
  name: string;
  index?: { tag: "number"; val: bigint } | { tag: "text"; val: string };
  provider: string;
  region?: string;
  deposed?: string;
  action: Action;
  replacement?: "delete-then-create" | "create-then-delete" | "create-then-forget" | "forget-then-create";
  reason?: string;
  importing: boolean;
  replacePaths: string[];
  attributes: Attribute[];
}

export interface Request {
  environment: { name: string; protected: boolean };
  settings: string;
  plan: {
    terraformVersion?: string;
    complete?: boolean;
    applyable?: boolean;
    totalChanges: number;
    checks: { address: string; status: "pass" | "fail" | "error" | "unknown"; problems: string[] }[];
    deferred: { reason: string; change: Change }[];
    actionInvocations: { address: string; kind: string; provider: string; triggeredBy?: string; event?: string }[];
    drift: Change[];
  };
  changes: Change[];
  outputs: { name: string; action: Action; before: Value; after: Value }[];
  documents: { name: string; content: string }[];
  extensions: Extension[];
}

export interface Finding {
  rule: string;
  outcome: Outcome;
  cause: Cause;
  address?: string;
  deposed?: string;
  attributes: string[];
  message: string;
  remediation?: string;
  details: { label: string; text: string }[];
  extensions: Extension[];
}

export interface Evaluation {
  findings: Finding[];
  documents: { name: string; content: string; summary?: string }[];
  extensions: Extension[];
}
