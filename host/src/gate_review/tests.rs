//! What a change of the configuration is told to do, as a table.

#![expect(clippy::unwrap_used, reason = "tests")]

use jiff::civil::date;

use super::*;
use tollgate_model::library::LibraryPolicy;

const BUILTINS: [LibraryPolicy; 2] = [
    LibraryPolicy {
        name: "cost-cap",
        summary: "",
        preset: Some(tollgate_model::library::Preset::Minimal),
        enforcement: Enforcement::SoftMandatory,
        advisory: &[],
        formal: false,
    },
    LibraryPolicy {
        name: "locks",
        summary: "",
        preset: Some(tollgate_model::library::Preset::Minimal),
        enforcement: Enforcement::Advisory,
        advisory: &[],
        formal: false,
    },
];

fn config(text: &str) -> Config {
    Config::parse("tollgate.toml", text.as_bytes().to_vec(), &BUILTINS).unwrap()
}

fn told(before: &Config, after: &Config) -> Vec<String> {
    compare(before, after, "production", date(2026, 11, 21))
        .iter()
        .map(|change| format!("{} {}", change.effect.word(), change.message()))
        .collect()
}

const WAIVER: &str = "[[waivers]]\nrule = 'locks/kept'\naddress = 'a.b'\nreason = 'r'\nowner = 'o'\nexpires = 2027-01-01\n";

#[test]
fn what_a_change_does() {
    let envs = "[environments.production]\n[environments.staging]\n";
    let wide = WAIVER.replace("a.b", "*");
    let cases: &[(&str, &str, &[&str])] = &[
        (envs, envs, &[]),
        // The same, said otherwise.
        (
            envs,
            "[environments.staging]\nprotected = false\n[environments.production]\nprotected = true\nundetermined = 'fail'\n[policies.locks]\nenforcement = 'advisory'\n",
            &[],
        ),
        (
            "[environments.production]\n",
            "[environments.production]\nprotected = false\n",
            &[
                "loosens production: `protected` is lowered: true → false",
                "loosens production: what a change of the gate leads to is lowered: soft-mandatory → advisory",
                "loosens production: what an incomplete plan does is lowered: fail → warn",
                "loosens production: what an undetermined finding does is lowered: fail → warn",
            ],
        ),
        // What has to be so in another environment first
        (
            "[environments.a]\nafter = 'b'\n[environments.b]\nverify = ['x']\n",
            "[environments.a]\n[environments.b]\n",
            &[
                "loosens a: nothing has to be deployed elsewhere first any more: b → none",
                "loosens b: nothing is verified after a deploy any more: x → none",
            ],
        ),
        (
            "[environments.a]\nafter = 'b'\nmax-age = '2d'\npromote = ['x', 'y']\n[environments.b]\n[environments.c]\n",
            "[environments.a]\nafter = 'c'\nmax-age = '49h'\npromote = ['y', 'z']\n[environments.b]\n[environments.c]\n",
            &[
                "loosens a: `promote` is another list: x, y → y, z",
                "loosens a: another environment comes first: b → c",
                "loosens a: how old a deploy elsewhere may be is raised: 2d → 49h",
            ],
        ),
        (
            "[environments.a]\nafter = 'b'\nmax-age = '2d'\n[environments.b]\nverify = ['x']\n",
            "[environments.a]\nafter = 'b'\npromote = ['x']\n[environments.b]\nverify = ['x', 'y']\nverify-secrets = ['token']\nverify-timeout = '1m'\n",
            &[
                "loosens a: how old a deploy elsewhere may be is raised: 2d → any",
                "loosens b: what verifies a deploy gets more secrets: none → token",
                "changes b: what is verified after a deploy is another: x → x y",
                "tightens a: `promote` is another list: none → x",
                "neutral b: how long a verification may take is another: 600 s → 60 s",
            ],
        ),
        (
            "[environments.b]\n",
            "[environments.b]\nverify = ['x', 'y']\nverify-secrets = ['token']\n",
            &[
                "loosens b: what verifies a deploy gets more secrets: none → token",
                "changes b: a program is run after a deploy: none → x y",
            ],
        ),
        // A table in which nothing is says something: a requirement, or an exception.
        (
            "[policies.locks.settings]\nrequired = { owner = {}, team = {} }\n",
            "[policies.locks.settings]\nrequired = {}\n",
            &[
                "changes production: the setting `required.owner` of locks is removed: {} → none",
                "changes production: the setting `required.team` of locks is removed: {} → none",
            ],
        ),
        (
            "[policies.locks.settings.sizes]\n'*' = { allow = ['a'] }\n",
            "[policies.locks.settings.sizes]\n'*' = { allow = ['a'] }\n'b' = {}\n'c' = { allow = {} }\n",
            &[
                "changes production: the setting `sizes.b` of locks is set: none → {}",
                "changes production: the setting `sizes.c.allow` of locks is set: none → {}",
            ],
        ),
        (
            "[environments.a]\n",
            "[environments.a]\n[environments.a.secrets]\n",
            &[],
        ),
        // Secrets: who may read them, and where they come from
        (
            "[project]\nisolated = true\nseparate-identities = true\n[environments.a]\n[environments.b]\n",
            "[environments.a]\n[environments.b]\nisolated = true\n",
            &[
                "loosens a: `isolated` is turned off: true → false",
                "loosens a, b: `separate-identities` is turned off: true → false",
            ],
        ),
        (
            "[environments.a]\n",
            "[environments.a]\nisolated = true\n",
            &["tightens a: `isolated` is turned on: false → true"],
        ),
        (
            "[environments.a.secrets]\nrecipients = ['x', 'y']\n",
            "[environments.a.secrets]\nrecipients = ['y', 'z']\n",
            &["loosens a: `recipients` of the secrets is another list: x, y → y, z"],
        ),
        (
            "[environments.a.secrets]\nrecipients = ['x', 'y']\n",
            "[environments.a.secrets]\nrecipients = ['y']\n",
            &["tightens a: `recipients` of the secrets is another list: x, y → y"],
        ),
        (
            "[environments.a.secrets]\nrecipients = ['x']\nenvironment-marker = 'e'\n",
            "[environments.a]\n",
            &[
                "loosens a: `recipients` of the secrets is another list: x → anybody",
                "loosens a: the `environment-marker` of the secrets is another: e → none",
            ],
        ),
        (
            "[environments.a.secrets]\nenvironment-marker = 'e'\n",
            "[environments.a.secrets]\nenvironment-marker = 'f'\n",
            &["changes a: the `environment-marker` of the secrets is another: e → f"],
        ),
        (
            "[environments.a]\nsecrets = 'x.yaml'\n",
            "[environments.a.secrets]\nfiles = ['x.yaml']\n",
            &[],
        ),
        (
            "[environments.a]\nsecrets = 'x.yaml'\n",
            "[environments.a.secrets]\ncommand = ['vault', 'hunter2']\n",
            &["changes a: the secrets come from elsewhere: x.yaml → the command `vault`"],
        ),
        (
            "[environments.a.secrets]\ncommand = ['vault', 'hunter2']\n",
            "[environments.a.secrets]\ncommand = ['vault', 'hunter3']\n",
            &["changes a: what the command `vault` is asked for the secrets is another"],
        ),
        (
            "[environments.a.secrets]\nprefix = 'A_'\n",
            "[environments.a]\n",
            &[
                "changes a: the secrets come from elsewhere: the variables of the environment that begin with `A_` → the file by convention",
            ],
        ),
        (
            "[environments.a.secrets.map]\nx = 'a'\n",
            "[environments.a.secrets.map]\nx = 'b'\n",
            &["changes a: `environments.a.secrets.map.x` is changed: a → b"],
        ),
        (
            "[environments.staging]\n",
            "[environments.staging]\nundetermined = 'fail'\n",
            &["tightens staging: what an undetermined finding does is raised: warn → fail"],
        ),
        (
            envs,
            "[environments.staging]\n",
            &["loosens production: the environment is no longer configured"],
        ),
        (
            "[environments.production]\naliases = ['prod']\n[environments.staging]\n",
            "[environments.production]\n[environments.staging]\naliases = ['prod']\n",
            &[
                "loosens production: the name `prod` stands for another environment: production → staging",
            ],
        ),
        (
            envs,
            "[environments.production]\naliases = ['prod']\n[environments.staging]\naliases = ['prod-eu', 'stage-eu']\n",
            &[
                "loosens prod-eu: the name comes to stand for staging, which is not protected",
                "neutral staging: the name `stage-eu` is added",
            ],
        ),
        (
            "[environments.live]\naliases = ['pr']\n[environments.staging]\n",
            "[environments.staging]\naliases = ['pr', 'live']\n",
            &[
                "loosens live: the name `pr` stands for another environment: live → staging",
                "loosens live: the name stands for the environment staging",
            ],
        ),
        (
            "",
            "[environments.production]\n[environments.staging]\naliases = ['prod-eu']\n",
            &["loosens prod-eu: the name comes to stand for staging, which is not protected"],
        ),
        (
            "[environments.staging]\n",
            "[environments.staging]\n[environments.live]\nprotected = false\n[environments.dev]\n",
            &[
                "loosens live: the environment is added without protection, in spite of its name",
                "neutral dev: the environment is added",
            ],
        ),
        (
            envs,
            "[environments.production]\n[environments.staging]\n[policies.cost-cap]\nenabled = false\n",
            &["loosens production, staging: the policy cost-cap does not run any more"],
        ),
        (
            "[policies.cost-cap]\nenabled = false\n",
            "",
            &["tightens production: the policy cost-cap runs too"],
        ),
        (
            "",
            "[policies.cost-cap]\nenabled = false\n[policies.locks]\nenabled = false\n",
            &["loosens production: no policy is enabled any more"],
        ),
        (
            "",
            "[policies.cost-cap]\nenforcement = 'advisory'\n",
            &[
                "loosens production: the enforcement of cost-cap is lowered: soft-mandatory → advisory",
            ],
        ),
        (
            "[policies.cost-cap]\nrules = { total = 'hard-mandatory' }\n",
            "",
            &[
                "loosens production: the enforcement of cost-cap/total is lowered: hard-mandatory → soft-mandatory",
            ],
        ),
        (
            "[environments.production]\n[environments.production.policies.cost-cap]\nsettings = { monthly-cap-usd = '20' }\n",
            "[environments.production]\n[environments.production.policies.cost-cap]\nsettings = { monthly-cap-usd = '50' }\n",
            &["loosens production: the setting `monthly-cap-usd` of cost-cap is raised: 20 → 50"],
        ),
        (
            "[policies.cost-cap.settings]\nmonthly-cap-usd = '20'\nregion = 'eu-west-1'\n",
            "[policies.cost-cap.settings]\nmonthly-cap-usd = '9.5'\n",
            &[
                "changes production: the setting `region` of cost-cap is removed: eu-west-1 → none",
                "tightens production: the setting `monthly-cap-usd` of cost-cap is lowered: 20 → 9.5",
            ],
        ),
        (
            "[policies.cost-cap.settings]\nmonthly-cap-usd = '20'\n",
            "",
            &[
                "loosens production: the setting `monthly-cap-usd` of cost-cap is removed: 20 → none",
            ],
        ),
        (
            "[policies.locks.settings]\ntags = { owner = 'a' }\n",
            "[policies.locks.settings]\ntags = { owner = ['a', 'b'] }\n",
            &[
                "changes production: the setting `tags.owner` of locks is changed: a → [\"a\",\"b\"]",
            ],
        ),
        (
            "",
            WAIVER,
            &[
                "loosens production: the waiver of locks/kept at a.b is added (until 2027-01-01, o: r)",
            ],
        ),
        (
            WAIVER,
            "",
            &["tightens production: the waiver of locks/kept at a.b is removed"],
        ),
        (
            WAIVER,
            &WAIVER.replace("2027", "2028"),
            &[
                "loosens production: the waiver of locks/kept at a.b is extended: 2027-01-01 → 2028-01-01",
            ],
        ),
        (
            WAIVER,
            &WAIVER.replace("2027-01-01", "2026-12-01"),
            &[
                "tightens production: the waiver of locks/kept at a.b ends sooner: 2027-01-01 → 2026-12-01",
            ],
        ),
        (
            WAIVER,
            &wide,
            &[
                "loosens production: a waiver is widened (until 2027-01-01, o: r): locks/kept at a.b → locks/kept at *",
            ],
        ),
        (
            &wide,
            WAIVER,
            &[
                "tightens production: the waiver of locks/kept at * is removed",
                "neutral production: the waiver of locks/kept at a.b is added, within what another waives already (until 2027-01-01, o: r)",
            ],
        ),
        (
            "",
            &WAIVER.replace("2027", "2025"),
            &[
                "neutral production: the waiver of locks/kept at a.b is added, and has ended already (until 2025-01-01, o: r)",
            ],
        ),
        (
            WAIVER,
            &WAIVER.replace("'o'", "'p'"),
            &[
                "neutral production: the waiver of locks/kept at a.b has another owner or reason: o: r → p: r",
            ],
        ),
        (
            "[project]\nwaiver-owners = ['a*']\ngate-approvers = ['x@y']\n",
            "[project]\nname = 'p'\ngate-approvers = ['x@y', '*']\n",
            &[
                "loosens `gate-approvers` is another list: x@y → *, x@y",
                "loosens `waiver-owners` is another list: a* → none",
            ],
        ),
        (
            "",
            "[project]\nwaiver-owners = ['a*']\n",
            &["tightens `waiver-owners` is another list: none → a*"],
        ),
        (
            "",
            "[project]\nformer-names = ['network']\n",
            &["loosens `former-names` is another list: none → network"],
        ),
        (
            "",
            "[limits]\nfindings = 5\n[policies.locks.limits]\nfuel = 100_000_000_000\n",
            &[
                "loosens production: the limit `fuel` of locks is raised: 2000000000 → 100000000000",
                "tightens production: the limit `findings` of cost-cap, locks is lowered: 10000 → 5",
            ],
        ),
        // A table without anything in it.
        (
            "[environments.production]\n[environments.production.policies.locks]\n",
            "[environments.production]\n",
            &[],
        ),
        // Conventions and a first file.
        (
            "",
            "[environments.production]\nincomplete = 'pass'\n[environments.staging]\n",
            &["loosens production: what an incomplete plan does is lowered: fail → pass"],
        ),
    ];
    for (before, after, expected) in cases {
        assert_eq!(
            told(&config(before), &config(after)),
            *expected,
            "\n{before}\n→\n{after}"
        );
    }
}

#[test]
fn where_a_change_is_written() {
    let envs = "[environments.production]\n[environments.staging]\n";
    for (before, after, expected) in [
        (
            envs,
            "[environments.staging]\n\n[environments.production]\nprotected = false\ngate-changes = 'advisory'\n",
            // What follows from `protected` alone is at the environment.
            &[4, 5, 3, 3][..],
        ),
        (
            envs,
            "[environments.production]\n[environments.staging]\naliases = ['prod-eu']\n",
            &[3],
        ),
        (
            "[environments.production]\naliases = ['prod']\n[environments.staging]\n",
            "[environments.production]\n[environments.staging]\naliases = ['prod']\n",
            &[3],
        ),
        (
            "[environments.staging]\n",
            "[environments.staging]\n[environments.live]\nprotected = false\n",
            &[3],
        ),
        (
            "",
            "[limits]\nfindings = 50_000\n[policies.locks.limits]\nfuel = 100_000_000_000\n",
            &[2, 4],
        ),
        ("", "[project]\nname = 'p'\ngate-approvers = ['*']\n", &[3]),
    ] {
        let changes = compare(
            &config(before),
            &config(after),
            "production",
            date(2026, 11, 21),
        );
        let written: Vec<_> = changes
            .iter()
            .map(|change| change.location.clone().unwrap_or_default())
            .collect();
        let expected: Vec<_> = expected
            .iter()
            .map(|line| format!("tollgate.toml:{line}"))
            .collect();
        assert_eq!(written, expected, "{changes:#?}");
    }
}

#[test]
fn nothing_told_is_nothing_lost() {
    // Whatever is turned round tightens where it loosened, and is never silent.
    let loose = config(&format!(
        "[environments.production]\nprotected = false\n{WAIVER}[policies.cost-cap]\nenforcement = 'advisory'\n"
    ));
    let strict = config("[environments.production]\n");
    let words = |changes: Vec<String>| -> BTreeMap<String, usize> {
        let mut words = BTreeMap::new();
        for change in changes {
            let word = change.split(' ').next().unwrap_or_default().to_owned();
            *words.entry(word).or_default() += 1;
        }
        words
    };
    let there = words(told(&strict, &loose));
    let back = words(told(&loose, &strict));
    assert_eq!(there.get("loosens"), back.get("tightens"));
    assert_eq!((there.len(), back.len()), (1, 1), "{there:?} {back:?}");
}

#[test]
fn texts_of_the_change_are_cut() {
    let long = format!("{}{}", "é".repeat(5_000), "\\u001b[2J");
    let waiver = WAIVER
        .replace("'r'", &format!("\"{long}\""))
        .replace("'o'", &format!("\"{long}\""))
        .replace("'a.b'", &format!("\"{long}\""));
    let settings = format!("[policies.locks.settings]\nx = \"{long}\"\n");
    for text in [waiver, settings] {
        for told in told(&config(""), &config(&text)) {
            assert!(told.chars().count() < 600, "{told}");
        }
    }
}

#[test]
fn approval() {
    let people =
        |names: &[&str]| -> Vec<String> { names.iter().map(ToString::to_string).collect() };
    let patterns = ["*@platform.example", "Ann@example.org"];
    for (patterns, who, all, approved) in [
        (&patterns[..], &["ann@example.org"][..], true, true),
        (&patterns[..], &["x@platform.example"][..], true, true),
        (
            &patterns[..],
            &["x@platform.example", "y@example.org"][..],
            true,
            false,
        ),
        (
            &patterns[..],
            &["x@platform.example", "y@example.org"][..],
            false,
            true,
        ),
        (&patterns[..], &["y@example.org"][..], false, false),
        (&patterns[..], &[][..], true, false),
        (&patterns[..], &[][..], false, false),
        (&[][..], &["x@platform.example"][..], false, false),
    ] {
        let approval = Approval::of(patterns, &people(who), all);
        assert_eq!(
            matches!(approval, Approval::Approved(_)),
            approved,
            "{who:?} {all}: {approval:?}"
        );
    }
}

#[test]
fn the_base_says_what_a_change_leads_to() {
    use Enforcement::{Advisory, HardMandatory, SoftMandatory};
    let waived = |text: &str, environments: &str| {
        config(&format!("{text}{WAIVER}environments = [{environments}]\n"))
    };
    let both = "[environments.production]\n[environments.staging]\n";
    let hard =
        "[environments.production]\ngate-changes = 'hard-mandatory'\n[environments.staging]\n";
    let approved = Approval::Approved(vec!["a".to_owned()]);
    for (base, environments, approval, expected) in [
        (both, "'production'", Approval::NoApprovers, SoftMandatory),
        (both, "'staging'", Approval::NoApprovers, Advisory),
        (
            both,
            "'production', 'staging'",
            Approval::NoApprovers,
            SoftMandatory,
        ),
        (both, "'production'", approved.clone(), Advisory),
        (
            both,
            "'production'",
            Approval::NotApproved(String::new()),
            SoftMandatory,
        ),
        (hard, "'production'", approved, HardMandatory),
    ] {
        // Which environment is judged makes no difference.
        for judged in ["production", "staging"] {
            let mut review = Review::new(
                String::new(),
                &config(base),
                &waived(base, environments),
                judged,
                Vec::new(),
                date(2026, 11, 21),
            );
            review.approval = approval.clone();
            assert!(review.needs_approval());
            assert_eq!(
                review.enforcement("gate-loosened"),
                expected,
                "{base} {environments} {judged}"
            );
        }
    }
}
