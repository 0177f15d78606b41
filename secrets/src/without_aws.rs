//! What stands for AWS in a build without the feature `aws`: whatever would ask AWS says what is missing.
//!
//! Everything has the names that it has with it, so that nobody else has to ask how Tollgate was built.

use crate::error::{Error, Problem};
use crate::keys::{Attempt, KeySource, Keyring, LookedAt, Recipient, Refusal, Sealing, Stanza};
use crate::secrets::{ExtractPath, Secrets};
use crate::source::Source;

fn missing() -> Refusal {
    Refusal::new("needs AWS, which this build of Tollgate leaves out (the feature `aws`)")
        .next("use a release of Tollgate, or build it without `--no-default-features`")
}

/// No connection.
#[derive(Clone, Debug, Default)]
pub struct Aws(());

impl Aws {
    /// Prepares nothing.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Would say whose the credentials are.
    ///
    /// # Errors
    /// Always.
    pub fn caller(&self) -> Result<Caller, Refusal> {
        Err(missing())
    }
}

/// Whose the credentials are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// Twelve digits.
    pub account: String,
    /// The user or the role's session.
    pub arn: String,
}

/// Objects of S3.
pub mod s3 {
    use super::{Aws, missing};
    use crate::keys::Refusal;

    /// One bucket, which nobody reaches.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct Bucket(String);

    /// One state of an object.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct Version(());

    /// What is there.
    pub struct Object {
        /// All of it.
        pub bytes: Vec<u8>,
        /// Which state this is.
        pub version: Version,
    }

    impl Bucket {
        /// Names a bucket.
        #[must_use]
        pub fn new(_: Aws, name: impl Into<String>) -> Self {
            Self(name.into())
        }

        /// Would be asked there.
        #[must_use]
        pub fn region(self, _: Option<String>) -> Self {
            self
        }

        /// Would be asked with it.
        #[must_use]
        pub fn profile(self, _: Option<String>) -> Self {
            self
        }

        /// Would be asked as it.
        #[must_use]
        pub fn role(self, _: Option<String>) -> Self {
            self
        }

        /// Would be asked there.
        #[must_use]
        pub fn endpoint(self, _: Option<String>) -> Self {
            self
        }

        /// Would be named in the path.
        #[must_use]
        pub fn path_style(self, _: bool) -> Self {
            self
        }

        /// Would encrypt with it.
        #[must_use]
        pub fn encrypted(self, _: Option<String>) -> Self {
            self
        }

        /// Returns its name.
        #[must_use]
        pub fn name(&self) -> &str {
            &self.0
        }

        /// Would read an object.
        ///
        /// # Errors
        /// Always.
        pub fn get(&self, _: &str) -> Result<Option<Object>, Refusal> {
            Err(missing())
        }

        /// Would list objects.
        ///
        /// # Errors
        /// Always.
        pub fn list(&self, _: &str) -> Result<Vec<String>, Refusal> {
            Err(missing())
        }

        /// Would make an object.
        ///
        /// # Errors
        /// Always.
        pub fn create(&self, _: &str, _: Vec<u8>) -> Result<Option<Version>, Refusal> {
            Err(missing())
        }

        /// Would replace an object.
        ///
        /// # Errors
        /// Always.
        pub fn replace(
            &self,
            _: &str,
            _: Vec<u8>,
            _: &Version,
        ) -> Result<Option<Version>, Refusal> {
            Err(missing())
        }

        /// Would remove an object.
        ///
        /// # Errors
        /// Always.
        pub fn remove(&self, _: &str, _: &Version) -> Result<bool, Refusal> {
            Err(missing())
        }
    }
}

/// A secret of AWS Secrets Manager, which nobody can ask for.
pub struct AwsSecretsManager(String);

impl AwsSecretsManager {
    /// Names a secret by name or ARN.
    #[must_use]
    pub fn new(_: Aws, id: impl Into<String>) -> Self {
        Self(id.into())
    }

    /// Would be asked there.
    #[must_use]
    pub fn region(self, _: impl Into<String>) -> Self {
        self
    }

    /// Would be asked with it.
    #[must_use]
    pub fn profile(self, _: impl Into<String>) -> Self {
        self
    }

    /// Would be asked as it.
    #[must_use]
    pub fn role(self, _: impl Into<String>) -> Self {
        self
    }

    /// Would be asked for that version.
    #[must_use]
    pub fn stage(self, _: impl Into<String>) -> Self {
        self
    }

    /// Would be one secret of this name.
    #[must_use]
    pub fn as_value(self, _: impl Into<String>) -> Self {
        self
    }

    /// Would be looked for there.
    #[must_use]
    pub fn at(self, _: ExtractPath) -> Self {
        self
    }
}

impl Source for AwsSecretsManager {
    fn name(&self) -> String {
        format!("the secret {} of AWS Secrets Manager", self.0)
    }

    fn fetch(&self, _: &Keyring) -> Result<Secrets, Error> {
        let Refusal { why, next, .. } = missing();
        Err(Error::new(
            &self.name(),
            Problem::Source { what: why, next },
        ))
    }
}

/// Keys of AWS KMS.
pub mod aws_kms {
    use super::{Attempt, Aws, KeySource, LookedAt, Recipient, Sealing, Stanza, missing};

    /// Opens none of them, and says why.
    #[derive(Debug, Default)]
    pub struct AwsKms(());

    impl AwsKms {
        /// Asks nobody.
        #[must_use]
        pub fn new(_: Aws) -> Self {
            Self::default()
        }
    }

    impl KeySource for AwsKms {
        fn open(&self, stanza: &Stanza) -> Attempt {
            match stanza.recipient {
                Recipient::AwsKms { .. } => Attempt::Refused(missing()),
                _ => Attempt::NotMine,
            }
        }

        fn seal(&self, recipient: &Recipient, _: &[u8]) -> Sealing {
            match recipient {
                Recipient::AwsKms { .. } => Sealing::Refused(missing()),
                _ => Sealing::NotMine,
            }
        }

        fn seals(&self, _: &Recipient) -> bool {
            false
        }

        fn looked_at(&self) -> Vec<LookedAt> {
            Vec::new()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_asks_aws_says_what_is_missing() {
        let says = |refusal: Refusal| {
            assert!(refusal.why.contains("`aws`"), "{}", refusal.why);
            assert!(refusal.next.is_some());
        };
        says(
            Aws::new()
                .caller()
                .err()
                .unwrap_or_else(|| Refusal::new("")),
        );
        let bucket = s3::Bucket::new(Aws::new(), "states");
        assert_eq!(bucket.name(), "states");
        says(bucket.get("key").err().unwrap_or_else(|| Refusal::new("")));
        let keyring = Keyring::silent_of_process(None);
        let secret = AwsSecretsManager::new(Aws::new(), "prod/db");
        let error = secret.fetch(&keyring).err().map(|error| error.to_string());
        assert!(error.is_some_and(|error| error.contains("prod/db") && error.contains("`aws`")));
    }
}
