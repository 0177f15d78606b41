//! Which attributes hold a size or a number that costs or limits something.
//!
//! `quantities.txt` has a line for each: the resource type, the path of the attribute, `size` or
//! `number`, and whether the service has a say (`computed`: what the configuration leaves out is
//! known only after apply) or not (`argument`); sorted by bytes. It covers hashicorp/aws 6.69,
//! hashicorp/google 8.7 and hashicorp/azurerm 5.10; a test compares it with their schemas. Each
//! attribute is described on the provider's page of its type.

/// One attribute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row {
    /// The resource type.
    pub kind: &'static str,
    /// The path, through blocks that may repeat.
    pub path: &'static str,
    /// Whether it is a size, and not a number.
    pub is_size: bool,
    /// Whether the service decides what the configuration leaves out.
    pub is_computed: bool,
}

const QUANTITIES: &str = include_str!("../quantities.txt");

/// Every attribute.
pub fn rows() -> impl Iterator<Item = Row> {
    QUANTITIES.lines().filter_map(|line| {
        let mut words = line.split(' ');
        Some(Row {
            kind: words.next()?,
            path: words.next()?,
            is_size: words.next()? == "size",
            is_computed: words.next()? == "computed",
        })
    })
}
