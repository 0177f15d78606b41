//! What one rule of a firewall says, whatever the cloud calls it.

use tollgate_policy::{Action, Attr, Change, Field, Value, Why};
use tollgate_policy_common::network::{Addresses, Ports, Protocol, Range, Reach};

/// One side of a change.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Side<'a> {
    pub(crate) change: &'a Change,
    pub(crate) after: bool,
}

impl Side<'_> {
    pub(crate) fn get(&self, path: &str) -> Field {
        if self.after {
            self.change.after(path)
        } else {
            self.change.before(path)
        }
    }

    /// Whether the configuration leaves out what the service then fills in: where the object
    /// is made it is unknown, and refers to nothing.
    pub(crate) fn left_out(&self, path: &str) -> bool {
        // The value is looked at as it was handed over: reading it is what costs.
        self.after
            && matches!(self.change.action, Action::Create | Action::Replace)
            && self.change.attributes.iter().any(|attribute| {
                attribute.path == path
                    && attribute.after == Value::Unknown
                    && attribute.references.is_empty()
            })
    }
}

/// Which way the traffic goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Direction {
    In,
    Out,
}

/// What is not known before apply: the attribute, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Doubt {
    pub(crate) path: String,
    pub(crate) why: String,
}

impl Doubt {
    fn new(path: &str, why: &dyn std::fmt::Display) -> Self {
        Self {
            path: path.to_owned(),
            why: why.to_string(),
        }
    }
}

/// One rule of a firewall.
#[derive(Clone, Debug)]
pub(crate) struct Opening {
    pub(crate) direction: Direction,
    /// Whether it lets through, rather than stops.
    pub(crate) allow: bool,
    /// The lowest decides first, where the cloud has an order.
    pub(crate) priority: i64,
    /// What it is about; everything where that is not known.
    pub(crate) reach: Reach,
    /// Why the reach is not known.
    pub(crate) reach_doubt: Option<Doubt>,
    /// Who is at the other end, as far as it is known.
    pub(crate) peers: Addresses,
    /// Whether many others who are on the Internet are there, such as all of a cloud.
    pub(crate) crowd: bool,
    /// Why the other end is not known, or not all of it.
    pub(crate) peers_doubt: Option<Doubt>,
    /// The ranges as they are written.
    pub(crate) ranges: Vec<(String, Range)>,
    /// Whom of those behind it is about, where not all: tags and accounts of Google's.
    pub(crate) targets: Vec<String>,
    /// The attributes that say who is at the other end.
    pub(crate) paths: Vec<String>,
    /// What the rule is called, if it has a name.
    pub(crate) name: Option<String>,
    /// Whether it is about every protocol, as the rule of an access list that AWS makes.
    pub(crate) every_protocol: bool,
}

impl Opening {
    /// A rule about nothing and nobody yet.
    pub(crate) fn new(direction: Direction) -> Self {
        Self {
            direction,
            allow: true,
            priority: 0,
            reach: Reach::default(),
            reach_doubt: None,
            peers: Addresses::default(),
            crowd: false,
            peers_doubt: None,
            ranges: Vec::new(),
            targets: Vec::new(),
            paths: Vec::new(),
            name: None,
            every_protocol: false,
        }
    }

    fn doubt_reach(&mut self, path: &str, why: &dyn std::fmt::Display) {
        self.reach = Reach::everything();
        self.reach_doubt
            .get_or_insert_with(|| Doubt::new(path, why));
    }

    /// Reads a protocol and the numbers of its first and last port.
    pub(crate) fn ports(&mut self, protocol: (&str, &Field), first: (&str, &Field), last: &Field) {
        let Some(read) = self.protocol(protocol.0, protocol.1) else {
            return;
        };
        if !read.has_ports() || read == Protocol::All {
            self.reach.add(read, &Ports::all());
            return;
        }
        let mut numbers = [None, None];
        for (number, field) in numbers.iter_mut().zip([first.1, last]) {
            match field.integer() {
                Attr::Known(known) => *number = Some(known),
                Attr::Unset => {}
                Attr::Undetermined(why) => return self.doubt_reach(first.0, &why),
            }
        }
        match Ports::of_numbers(numbers[0], numbers[1]) {
            Some(ports) => self.reach.add(read, &ports),
            None => self.doubt_reach(first.0, &"no range of ports"),
        }
    }

    /// Reads a protocol and its ports as texts; none are all.
    pub(crate) fn port_texts(&mut self, protocol: (&str, &Field), texts: &[(&str, Field)]) {
        let Some(read) = self.protocol(protocol.0, protocol.1) else {
            return;
        };
        let mut ports = Ports::default();
        let mut any = false;
        for (path, field) in texts {
            let items = match field.items() {
                Attr::Known(items) => items,
                // A single text.
                Attr::Undetermined(Why::NotA(_)) => vec![field.clone()],
                Attr::Unset => continue,
                Attr::Undetermined(why) => return self.doubt_reach(path, &why),
            };
            for item in items {
                match item.text() {
                    // As some providers write what is not set.
                    Attr::Known(text) if text.is_empty() => {}
                    Attr::Known(text) => match Ports::parse(&text) {
                        Some(read) => {
                            any = true;
                            ports.extend(&read);
                        }
                        None => return self.doubt_reach(path, &"no range of ports"),
                    },
                    Attr::Unset => {}
                    Attr::Undetermined(why) => return self.doubt_reach(path, &why),
                }
            }
        }
        let ports = if any { ports } else { Ports::all() };
        if read == Protocol::All && !ports.is_all() {
            // Ports of every protocol that has some.
            for one in [Protocol::TCP, Protocol::UDP, Protocol::SCTP] {
                self.reach.add(one, &ports);
            }
        } else {
            self.reach.add(read, &ports);
        }
    }

    fn protocol(&mut self, path: &str, field: &Field) -> Option<Protocol> {
        match field.text() {
            Attr::Known(text) => {
                let read = Protocol::parse(&text);
                if read.is_none() {
                    self.doubt_reach(path, &"no protocol that this policy knows");
                }
                self.every_protocol |= read == Some(Protocol::All);
                read
            }
            Attr::Unset => {
                self.every_protocol = true;
                Some(Protocol::All)
            }
            Attr::Undetermined(why) => {
                self.doubt_reach(path, &why);
                None
            }
        }
    }

    /// Reads who is at the other end: one range, or a list of them. Words of the cloud that
    /// stand for a range are translated by `word`; the others of its words are nobody on the
    /// Internet.
    pub(crate) fn peers(&mut self, path: &str, field: &Field, word: fn(&str) -> Word) {
        let items = match field.items() {
            Attr::Known(items) => items,
            Attr::Undetermined(Why::NotA(_)) => vec![field.clone()],
            Attr::Unset => return,
            Attr::Undetermined(why) => {
                self.note(path);
                self.peers_doubt
                    .get_or_insert_with(|| Doubt::new(path, &why));
                return;
            }
        };
        let mut ranges = Vec::new();
        for item in items {
            match item.text() {
                // As some providers write what is not set.
                Attr::Known(text) if text.is_empty() => {}
                Attr::Known(text) => {
                    self.note(path);
                    // What looks like a range can be a word for everybody.
                    let word = word(text.trim());
                    let read = match word {
                        Word::Everybody => word,
                        _ => Range::parse(&text).map_or(word, Word::Range),
                    };
                    match read {
                        Word::Range(range) => {
                            ranges.push(range);
                            self.ranges.push((text, range));
                        }
                        Word::Everybody => self.everybody(),
                        Word::Crowd => self.crowd = true,
                        Word::Nobody => {}
                        Word::Unheard => {
                            self.peers_doubt
                                .get_or_insert_with(|| Doubt::new(path, &"no range of addresses"));
                        }
                    }
                }
                Attr::Unset => {}
                Attr::Undetermined(why) => {
                    self.note(path);
                    self.peers_doubt
                        .get_or_insert_with(|| Doubt::new(path, &why));
                }
            }
        }
        self.peers.extend(&ranges.into_iter().collect());
    }

    /// Whether it is about the ports that answers come back on: an access list that keeps no
    /// record of connections has to let them in.
    pub(crate) fn answers(&self) -> bool {
        self.allow
            && !self.every_protocol
            && !self.reach.has_port(1023)
            && self.reach.has_port(50_000)
    }

    /// Notes that it cannot be told who is at the other end.
    pub(crate) fn doubt_peers(&mut self, path: &str, why: Why) {
        self.peers_doubt
            .get_or_insert_with(|| Doubt::new(path, &why));
    }

    /// Adds everybody.
    pub(crate) fn everybody(&mut self) {
        self.peers = Addresses::everything();
    }

    /// Names an attribute as one that says who is at the other end.
    pub(crate) fn note(&mut self, path: &str) {
        if !self.paths.iter().any(|noted| noted == path) {
            self.paths.push(path.to_owned());
        }
    }
}

/// What a word in the place of a range stands for.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Word {
    Range(Range),
    Everybody,
    /// Every customer of a cloud.
    Crowd,
    /// A group, a network of one's own, or a service.
    Nobody,
    Unheard,
}

/// Where only ranges may stand.
pub(crate) fn no_words(_: &str) -> Word {
    Word::Unheard
}
