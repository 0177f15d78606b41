//! Policies of Google Cloud as JSON text: `policy_data` of the types `*_iam_policy`.

use tollgate_policy::{Attr, Change, Field, Interest, Mode, Why};

use super::json::Node;
use super::reference::{ByBlock, target};
use super::{Side, unreadable};

/// The data source in which a configuration writes a policy.
const KIND: &str = "google_iam_policy";

/// What a policy has to declare so that [`Policies`] sees the data sources.
#[must_use]
pub fn policy_interest() -> Interest {
    Interest::in_types([KIND]).attributes(["binding"])
}

/// The data sources of a plan that write policies.
#[derive(Clone, Debug, Default)]
pub struct Policies<'a>(ByBlock<'a>);

impl<'a> Policies<'a> {
    /// Those among the changes.
    #[must_use]
    pub fn of(changes: &'a [Change]) -> Self {
        Self(
            changes
                .iter()
                .filter(|change| change.mode == Mode::Data && change.kind == KIND)
                .collect(),
        )
    }

    /// The bindings of the policy that an attribute holds. One that is known only after
    /// apply is looked up in the data source that its configuration refers to.
    ///
    /// # Errors
    /// The sentence part that says why they cannot be told.
    pub fn read(&self, change: &Change, path: &str, side: Side) -> Result<Vec<Binding>, String> {
        match side.of(change, path).text() {
            Attr::Known(text) => bindings(&text),
            Attr::Unset => Ok(Vec::new()),
            Attr::Undetermined(Why::Unknown) if side == Side::After => {
                let mut meant: Vec<&Change> = change
                    .references(path)
                    .iter()
                    .filter_map(|reference| target(reference))
                    .flat_map(|target| self.0.meant(change, &target))
                    .collect();
                meant.dedup_by(|one, other| one.address == other.address);
                match meant.as_slice() {
                    [one] => blocks(&one.after("binding")),
                    _ => Err(unreadable(Why::Unknown)),
                }
            }
            Attr::Undetermined(why) => Err(unreadable(why)),
        }
    }
}

/// The bindings that blocks write.
fn blocks(field: &Field) -> Result<Vec<Binding>, String> {
    let blocks = match field.items() {
        Attr::Known(blocks) => blocks,
        Attr::Unset => return Ok(Vec::new()),
        Attr::Undetermined(why) => return Err(unreadable(why)),
    };
    Ok(blocks
        .iter()
        .map(|block| {
            let mut binding = Binding {
                conditional: !block.get("condition").first().is_unset(),
                ..Binding::default()
            };
            match block.get("role").text() {
                Attr::Known(role) => binding.role = role,
                Attr::Unset => {}
                Attr::Undetermined(why) => binding.lacks_role(why),
            }
            match block.get("members").items() {
                Attr::Known(members) => {
                    for member in &members {
                        match member.text() {
                            Attr::Known(member) => binding.members.push(member),
                            Attr::Unset => {}
                            Attr::Undetermined(why) => binding.lacks_member(why),
                        }
                    }
                }
                Attr::Unset => {}
                Attr::Undetermined(why) => binding.lacks_member(why),
            }
            binding
        })
        .collect())
}

/// One role and those who have it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Binding {
    /// Such as `roles/storage.objectViewer`.
    pub role: String,
    /// Such as `user:a@example.com`.
    pub members: Vec<String>,
    /// Whether it has a condition.
    pub conditional: bool,
    /// Whether some of it is known only after apply.
    pub unknown: bool,
    /// Whether the role is marked sensitive.
    pub hidden_role: bool,
    /// Whether some of the members are marked sensitive.
    pub hidden_members: bool,
}

impl Binding {
    /// Notes that the role is not known.
    pub fn lacks_role(&mut self, why: Why) {
        self.unknown = true;
        self.hidden_role |= why == Why::Sensitive;
    }

    /// Notes that a member, or all of them, are not known.
    pub fn lacks_member(&mut self, why: Why) {
        self.unknown = true;
        self.hidden_members |= why == Why::Sensitive;
    }
}

/// Whether the sentence part that says why bindings cannot be told is that they are marked sensitive.
#[must_use]
pub fn is_hidden(why: &str) -> bool {
    why == unreadable(Why::Sensitive)
}

/// Reads the bindings of a policy.
///
/// # Errors
/// The sentence part that says why the text is no policy.
pub fn bindings(text: &str) -> Result<Vec<Binding>, String> {
    let node = Node::parse(text).map_err(|problem| format!("it is not valid JSON ({problem})"))?;
    let Node::Map(entries) = node else {
        return Err("it is not a JSON object".to_owned());
    };
    let mut bindings = Vec::new();
    for (key, value) in &entries {
        if key != "bindings" {
            continue;
        }
        for item in value.list() {
            let Node::Map(entries) = item else {
                return Err("a binding is not an object".to_owned());
            };
            let mut binding = Binding::default();
            for (key, value) in entries {
                match key.as_str() {
                    "role" => binding.role = value.text().unwrap_or_default(),
                    "members" => {
                        let words = value
                            .words()
                            .ok_or("the members of a binding are no list of texts")?;
                        binding.members.extend(words.known);
                    }
                    "condition" => binding.conditional |= *value != Node::Null,
                    _ => {}
                }
            }
            bindings.push(binding);
        }
    }
    Ok(bindings)
}

/// Whether a member is everyone, or everyone with any account of Google's.
#[must_use]
pub fn is_public(member: &str) -> bool {
    let name = member.rsplit(':').next().unwrap_or(member).trim();
    member.contains("://goog/public:all")
        || name.eq_ignore_ascii_case("allUsers")
        || name.eq_ignore_ascii_case("allAuthenticatedUsers")
}
