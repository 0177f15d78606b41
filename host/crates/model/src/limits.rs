//! Every limit of a policy: what it bounds, what it is called in `tollgate.toml`, its
//! default and how far it can be raised.
//!
//! A policy is assumed hostile, so none of these can be switched off. The native stack
//! is not here: it belongs to the engine that all policies share.
//!
//! What grows with the plan has a share for each change that is handed over on top, so that no plan
//! is too large for a policy that does the same for each of its changes.

/// One limit. The doc comments of the variants are in [`Limit::spec`], where the
/// configuration's schema and the documentation get them from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[expect(missing_docs, reason = "`spec` documents them")]
pub enum Limit {
    ModuleMib,
    Functions,
    FunctionKib,
    CodeMib,
    DataMib,
    Items,
    Nesting,
    CompileSeconds,
    CompileMemoryMib,
    Fuel,
    DeadlineSeconds,
    MemoryMib,
    TableElements,
    Instances,
    AnswerKib,
    Findings,
    TextBytes,
}

/// What is to be known of a limit.
#[derive(Clone, Copy, Debug)]
pub struct Spec {
    /// The limit.
    pub limit: Limit,
    /// Its key in `[limits]`.
    pub key: &'static str,
    /// What it bounds, as a noun phrase.
    pub about: &'static str,
    /// Where nothing is configured.
    pub default: u64,
    /// The most that can be configured. The least is 1.
    pub max: u64,
    /// What each change that a call is handed adds, in bytes for a limit that is in KiB or MiB.
    pub per_change: u64,
    /// Names the situation in which it is hit.
    pub code: &'static str,
    /// What a policy does that hits it: goes on after "the policy".
    pub exceeded: &'static str,
}

const fn spec(
    limit: Limit,
    key: &'static str,
    about: &'static str,
    [default, max, per_change]: [u64; 3],
    code: &'static str,
    exceeded: &'static str,
) -> Spec {
    Spec {
        limit,
        key,
        about,
        default,
        max,
        per_change,
        code,
        exceeded,
    }
}

/// All limits, in the order of [`Limit`].
///
/// The defaults leave room for the interpreters that other languages bring along: a
/// Python or JavaScript guest has 12,000 functions, and needs more than 10,000 table
/// elements. A module of 200,000 small functions took 13 s and 1.3 GB to compile.
pub const LIMITS: [Spec; 17] = {
    use Limit::*;
    [
        spec(
            ModuleMib,
            "module-mib",
            "Size of the module, in MiB.",
            [32, 128, 0],
            "module-too-large",
            "is larger than a module may be",
        ),
        spec(
            Functions,
            "functions",
            "Functions in the module.",
            [30_000, 200_000, 0],
            "limit-functions",
            "has more functions than are compiled",
        ),
        spec(
            FunctionKib,
            "function-kib",
            "Size of one function's code, in KiB.",
            [1_024, 7_168, 0],
            "limit-function-size",
            "has a function that is larger than any that is compiled",
        ),
        spec(
            CodeMib,
            "code-mib",
            "Size of all functions' code, in MiB.",
            [16, 128, 0],
            "limit-code-size",
            "has more code than is compiled",
        ),
        spec(
            DataMib,
            "data-mib",
            "Size of the data that memories start with, in MiB.",
            [24, 128, 0],
            "limit-data-size",
            "brings more data than a policy may",
        ),
        spec(
            Items,
            "items",
            "Types, imports, exports, globals and the like in the module.",
            [100_000, 1_000_000, 0],
            "limit-items",
            "declares more types, imports, exports and globals than are read",
        ),
        spec(
            Nesting,
            "nesting",
            "Modules and components inside each other.",
            [8, 32, 0],
            "limit-nesting",
            "nests modules and components too deeply",
        ),
        spec(
            CompileSeconds,
            "compile-seconds",
            "Time to compile, in seconds: wall time, and processor time on all cores.",
            [60, 3_600, 0],
            "limit-compile-time",
            "took too long to compile",
        ),
        spec(
            CompileMemoryMib,
            "compile-memory-mib",
            "Address space of the process that compiles, in MiB.",
            [4_096, 65_536, 0],
            "limit-compile-memory",
            "needs more memory to be compiled than it may have",
        ),
        spec(
            Fuel,
            "fuel",
            "Instructions of one `evaluate`; `describe` has a tenth.",
            [2_000_000_000, 1_000_000_000_000, 200_000],
            "limit-fuel",
            "used up its computing budget",
        ),
        spec(
            DeadlineSeconds,
            "deadline-seconds",
            "Wall time of one call, in seconds, for what fuel does not count well.",
            [60, 3_600, 0],
            "limit-deadline",
            "did not answer in time",
        ),
        spec(
            MemoryMib,
            "memory-mib",
            "All memories together, in MiB.",
            [256, 4_096, 16 << 10],
            "limit-memory",
            "asked for more memory than a policy may use",
        ),
        spec(
            TableElements,
            "table-elements",
            "Elements of one table.",
            [100_000, 10_000_000, 0],
            "limit-table",
            "asked for a larger table than a policy may use",
        ),
        spec(
            Instances,
            "instances",
            "Instances, memories and tables, each.",
            [64, 1_000, 0],
            "limit-instances",
            "is made of more instances, memories or tables than a policy may have",
        ),
        spec(
            AnswerKib,
            "answer-kib",
            "What one call returns, in KiB.",
            [8_192, 262_144, 2 << 10],
            "limit-answer",
            "answered with more data than a policy may return",
        ),
        spec(
            Findings,
            "findings",
            "Findings of one `evaluate`.",
            [10_000, 100_000, 4],
            "limit-findings",
            "answered with more findings than are read",
        ),
        spec(
            TextBytes,
            "text-bytes",
            "One text of a finding, in bytes.",
            [4_096, 65_536, 0],
            "limit-text",
            "answered with a text that is longer than any that is read",
        ),
    ]
};

impl Limit {
    /// What is to be known of it.
    #[must_use]
    pub fn spec(self) -> &'static Spec {
        &LIMITS[self as usize]
    }
}

/// A value for every limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    configured: [u64; LIMITS.len()],
    /// How many changes a call is handed.
    changes: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            configured: LIMITS.map(|spec| spec.default),
            changes: 0,
        }
    }
}

impl Limits {
    /// Returns the value, in the unit that the key names, with the share of the changes.
    #[must_use]
    pub fn get(&self, limit: Limit) -> u64 {
        let share = limit.spec().per_change.saturating_mul(self.changes);
        self.configured[limit as usize].saturating_add(share.div_ceil(1 << shift(limit)))
    }

    /// Returns the same limits but for one.
    #[must_use]
    pub fn with(mut self, limit: Limit, value: u64) -> Self {
        self.configured[limit as usize] = value;
        self
    }

    /// Returns what a call may use that is handed so many changes.
    #[must_use]
    pub fn handed(mut self, changes: usize) -> Self {
        self.changes = changes as u64;
        self
    }

    /// Says how much a limit is: the value that is configured, and what the changes add to it.
    #[must_use]
    pub fn describe(&self, limit: Limit) -> String {
        let configured = self.configured[limit as usize];
        let per_change = match (limit.spec().per_change, shift(limit)) {
            (0, _) => return configured.to_string(),
            (bytes, 10 | 20) => format!("{} KiB", bytes >> 10),
            (number, _) => number.to_string(),
        };
        match self.changes {
            0 => configured.to_string(),
            1 => format!("{configured}, and {per_change} for the change"),
            changes => format!("{configured}, and {per_change} for each of {changes} changes"),
        }
    }

    /// Returns what a call of `describe` may use: it sees no plan.
    #[must_use]
    pub fn for_describe(self) -> Self {
        self.with(Limit::Fuel, self.get(Limit::Fuel) / 10)
    }

    /// Returns the value in bytes, for a limit that is in KiB or MiB.
    #[must_use]
    pub fn bytes(&self, limit: Limit) -> u64 {
        self.get(limit).saturating_mul(1 << shift(limit))
    }

    /// Returns the value for an interface that counts in `usize`.
    #[must_use]
    pub fn size(&self, limit: Limit) -> usize {
        usize::try_from(self.bytes(limit)).unwrap_or(usize::MAX)
    }
}

/// The unit of a limit, as the power of two of its bytes; 0 for one that is no size.
fn shift(limit: Limit) -> u32 {
    match limit {
        Limit::ModuleMib
        | Limit::CodeMib
        | Limit::DataMib
        | Limit::MemoryMib
        | Limit::CompileMemoryMib => 20,
        Limit::FunctionKib | Limit::AnswerKib => 10,
        _ => 0,
    }
}

#[cfg(test)]
#[expect(clippy::expect_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_in_the_order_of_the_limits() {
        for spec in &LIMITS {
            assert_eq!(spec.limit.spec().key, spec.key);
            assert!(
                1 <= spec.default && spec.default <= spec.max,
                "{}",
                spec.key
            );
        }
    }

    #[test]
    fn what_grows_with_the_plan_is_rounded_up() {
        let limits = Limits::default().with(Limit::MemoryMib, 1).handed(1);
        assert_eq!(limits.get(Limit::MemoryMib), 2);
        assert_eq!(limits.get(Limit::AnswerKib), 8_194);
        assert_eq!(limits.get(Limit::Fuel), 2_000_200_000);
        assert_eq!(limits.get(Limit::Nesting), 8);
        let most = Limits::default().handed(usize::MAX);
        assert_eq!(most.get(Limit::Fuel), u64::MAX);
        for (limit, changes, expected) in [
            (Limit::Fuel, 0, "2000000000"),
            (Limit::Fuel, 1, "2000000000, and 200000 for the change"),
            (Limit::MemoryMib, 9, "256, and 16 KiB for each of 9 changes"),
            (Limit::Findings, 9, "10000, and 4 for each of 9 changes"),
            (Limit::Instances, 9, "64"),
        ] {
            let limits = Limits::default().handed(changes);
            assert_eq!(limits.describe(limit), expected);
        }
    }

    /// SECURITY.md has the one table; it says what holds.
    #[test]
    fn the_documentation_has_every_limit() {
        let documentation = include_str!("../../../../SECURITY.md");
        for spec in &LIMITS {
            let row = format!(
                "| `{}` | {} | {} | {} | {} | `{}` |",
                spec.key,
                spec.about.trim_end_matches('.'),
                grouped(spec.default),
                match (spec.per_change, shift(spec.limit)) {
                    (0, _) => String::new(),
                    (bytes, 10 | 20) => format!("{} KiB", bytes >> 10),
                    (number, _) => grouped(number),
                },
                grouped(spec.max),
                spec.code
            );
            assert!(
                documentation.contains(&row),
                "SECURITY.md has no row\n{row}"
            );
        }
    }

    fn grouped(number: u64) -> String {
        let digits = number.to_string();
        let groups: Vec<&str> = digits
            .as_bytes()
            .rchunks(3)
            .rev()
            .map(|group| std::str::from_utf8(group).expect("digits"))
            .collect();
        groups.join(",")
    }
}
