//! The files that SOPS writes, and those that it never would.
#![expect(clippy::expect_used, clippy::panic, reason = "tests")]
#![expect(
    clippy::disallowed_methods,
    reason = "a test that is its own child ends as one"
)]

mod corpus;
mod editing;
mod forge;
mod fresh;
mod hostile;
mod identities;
#[cfg(feature = "aws")]
mod kms;
#[cfg(feature = "aws")]
mod moto;
mod newer;
mod properties;
mod sources;
mod support;
mod writing;

fn main() {
    #[cfg(feature = "aws")]
    if let Some(code) = kms::as_child() {
        std::process::exit(code);
    }
    let arguments = libtest_mimic::Arguments::from_args();
    let mut trials = Vec::new();
    trials.extend(corpus::trials());
    trials.extend(editing::trials());
    trials.extend(fresh::trials());
    trials.extend(hostile::trials());
    trials.extend(identities::trials());
    #[cfg(feature = "aws")]
    trials.extend(kms::trials());
    trials.extend(newer::trials());
    trials.extend(properties::trials());
    trials.extend(sources::trials());
    trials.extend(writing::trials());
    let conclusion = libtest_mimic::run(&arguments, trials);
    #[cfg(feature = "aws")]
    moto::stop();
    conclusion.exit();
}
