//! The files that SOPS writes, and those that it never would.
#![expect(clippy::expect_used, clippy::panic, reason = "tests")]

mod corpus;
mod forge;
mod fresh;
mod hostile;
mod identities;
mod newer;
mod properties;
mod support;

fn main() {
    let arguments = libtest_mimic::Arguments::from_args();
    let mut trials = Vec::new();
    trials.extend(corpus::trials());
    trials.extend(fresh::trials());
    trials.extend(hostile::trials());
    trials.extend(identities::trials());
    trials.extend(newer::trials());
    trials.extend(properties::trials());
    libtest_mimic::run(&arguments, trials).exit();
}
