//! The rules, one per file.

pub(crate) mod account_not_allowed;
pub(crate) mod copy_outside_regions;
pub(crate) mod provider_not_allowed;
pub(crate) mod region_not_allowed;

/// So many resources, in words.
pub(crate) fn counted(count: usize) -> String {
    match count {
        1 => "1 resource".to_owned(),
        count => format!("{count} resources"),
    }
}
