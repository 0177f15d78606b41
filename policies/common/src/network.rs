//! Networks: ranges of addresses, sets of them, protocols and ports.
//!
//! What a firewall rule lets in is compared as sets, never as texts: `0.0.0.0/1` and
//! `128.0.0.0/1` are everything as well, and port 22 is in `0-65535`.

use std::collections::BTreeMap;
use std::fmt;
use std::net::IpAddr;

/// The two kinds of addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Family {
    /// IPv4, 32 bits.
    V4,
    /// IPv6, 128 bits.
    V6,
}

/// A run of addresses of one family, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Range(Run);

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Run {
    V4(u32, u32),
    V6(u128, u128),
}

impl Range {
    /// Reads an address, a prefix (`10.0.0.0/8`, host bits do not matter) or a range
    /// (`10.0.0.1-10.0.0.9`).
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        if let Some((first, last)) = text.split_once('-') {
            return Self::between(first, last);
        }
        let (address, length) = match text.split_once('/') {
            Some((address, length)) => (address, Some(digits(length)?)),
            None => (text, None),
        };
        match address.parse().ok()? {
            IpAddr::V4(v4) => Self::prefix_v4(u32::from(v4), length.unwrap_or(32)),
            IpAddr::V6(v6) => {
                let length = length.unwrap_or(128);
                // An IPv4 network that is written as IPv6 is an IPv4 network.
                match v6.to_ipv4_mapped() {
                    Some(v4) if length >= 96 => Self::prefix_v4(u32::from(v4), length - 96),
                    _ => Self::prefix_v6(u128::from(v6), length),
                }
            }
        }
    }

    /// Reads the first and the last address of a range.
    #[must_use]
    pub fn between(first: &str, last: &str) -> Option<Self> {
        let run = match (first.trim().parse().ok()?, last.trim().parse().ok()?) {
            (IpAddr::V4(first), IpAddr::V4(last)) => Run::V4(u32::from(first), u32::from(last)),
            (IpAddr::V6(first), IpAddr::V6(last)) => Run::V6(u128::from(first), u128::from(last)),
            _ => return None,
        };
        let in_order = match run {
            Run::V4(first, last) => first <= last,
            Run::V6(first, last) => first <= last,
        };
        in_order.then_some(Self(run))
    }

    fn prefix_v4(address: u32, length: u32) -> Option<Self> {
        let host = match length {
            0..=31 => u32::MAX >> length,
            32 => 0,
            _ => return None,
        };
        let first = address & !host;
        Some(Self(Run::V4(first, first | host)))
    }

    fn prefix_v6(address: u128, length: u32) -> Option<Self> {
        let host = match length {
            0..=127 => u128::MAX >> length,
            128 => 0,
            _ => return None,
        };
        let first = address & !host;
        Some(Self(Run::V6(first, first | host)))
    }

    const fn v4(octets: [u8; 4], length: u32) -> Self {
        let address = u32::from_be_bytes(octets);
        Self(Run::V4(address, address | (u32::MAX >> length)))
    }

    const fn v6(head: u32, length: u32) -> Self {
        let address = (head as u128) << 96;
        Self(Run::V6(address, address | (u128::MAX >> length)))
    }
}

fn digits(text: &str) -> Option<u32> {
    (!text.is_empty() && text.len() <= 3 && text.bytes().all(|b| b.is_ascii_digit()))
        .then(|| text.parse().ok())?
}

/// What is not on the Internet, however it is written:
/// <https://www.iana.org/assignments/iana-ipv4-special-registry/> and its sibling for IPv6.
const SPECIAL: &[Range] = &[
    Range::v4([10, 0, 0, 0], 8),
    Range::v4([100, 64, 0, 0], 10),
    Range::v4([127, 0, 0, 0], 8),
    Range::v4([169, 254, 0, 0], 16),
    Range::v4([172, 16, 0, 0], 12),
    Range::v4([192, 0, 0, 0], 24),
    Range::v4([192, 0, 2, 0], 24),
    Range::v4([192, 168, 0, 0], 16),
    Range::v4([198, 18, 0, 0], 15),
    Range::v4([198, 51, 100, 0], 24),
    Range::v4([203, 0, 113, 0], 24),
    Range::v4([224, 0, 0, 0], 3),
    // Of IPv6 only 2000::/3 is handed out; in it, the block for documentation.
    Range::v6(0x0000_0000, 3),
    Range::v6(0x2001_0db8, 32),
    Range::v6(0x4000_0000, 2),
    Range::v6(0x8000_0000, 1),
];

/// A set of addresses of both families.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Addresses {
    v4: Runs<u32>,
    v6: Runs<u128>,
}

impl Addresses {
    /// Every address there is.
    #[must_use]
    pub fn everything() -> Self {
        Self {
            v4: Runs(vec![(0, u32::MAX)]),
            v6: Runs(vec![(0, u128::MAX)]),
        }
    }

    /// Adds a range. For many of them, collect them.
    pub fn add(&mut self, range: Range) {
        match range.0 {
            Run::V4(first, last) => self.v4.add(first, last),
            Run::V6(first, last) => self.v6.add(first, last),
        }
    }

    /// Adds all of another set.
    pub fn extend(&mut self, other: &Self) {
        self.v4.extend(&other.v4);
        self.v6.extend(&other.v6);
    }

    /// Whether there is no address in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.v4.is_empty() && self.v6.is_empty()
    }

    /// What of it is not in `other`.
    #[must_use]
    pub fn without(&self, other: &Self) -> Self {
        Self {
            v4: self.v4.without(&other.v4),
            v6: self.v6.without(&other.v6),
        }
    }

    /// Whether all of it is in `other`.
    #[must_use]
    pub fn is_within(&self, other: &Self) -> bool {
        self.without(other).is_empty()
    }

    /// Every address that is not on the Internet, however it is written: private, shared,
    /// local, for documentation, or not handed out.
    #[must_use]
    pub fn special() -> Self {
        SPECIAL.iter().copied().collect()
    }

    /// What of it is on the Internet. For many sets, subtract [`Addresses::special`] once made.
    #[must_use]
    pub fn public(&self) -> Self {
        self.without(&Self::special())
    }

    /// Whether it has at least as many addresses as a prefix of this length, counted
    /// together: two halves are the whole.
    #[must_use]
    pub fn is_as_wide_as(&self, family: Family, length: u32) -> bool {
        match family {
            Family::V4 => self.v4.count() >= 1_u64 << 32_u32.saturating_sub(length),
            Family::V6 => {
                let size = 1_u128.checked_shl(128_u32.saturating_sub(length));
                self.v6.count() >= size.unwrap_or(u128::MAX)
            }
        }
    }
}

impl FromIterator<Range> for Addresses {
    fn from_iter<I: IntoIterator<Item = Range>>(ranges: I) -> Self {
        let (mut v4, mut v6) = (Vec::new(), Vec::new());
        for range in ranges {
            match range.0 {
                Run::V4(first, last) => v4.push((first, last)),
                Run::V6(first, last) => v6.push((first, last)),
            }
        }
        Self {
            v4: Runs::of(v4),
            v6: Runs::of(v6),
        }
    }
}

/// Runs of numbers, sorted and apart from each other.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Runs<N>(Vec<(N, N)>);

impl<N> Default for Runs<N> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

/// What counts up and down without overflow.
trait Number: Copy + Ord {
    fn next(self) -> Option<Self>;
    fn previous(self) -> Option<Self>;
}

impl Number for u128 {
    fn next(self) -> Option<Self> {
        self.checked_add(1)
    }
    fn previous(self) -> Option<Self> {
        self.checked_sub(1)
    }
}

impl Number for u32 {
    fn next(self) -> Option<Self> {
        self.checked_add(1)
    }
    fn previous(self) -> Option<Self> {
        self.checked_sub(1)
    }
}

impl Number for u16 {
    fn next(self) -> Option<Self> {
        self.checked_add(1)
    }
    fn previous(self) -> Option<Self> {
        self.checked_sub(1)
    }
}

impl<N: Number> Runs<N> {
    /// Sorts runs, and joins those that touch.
    fn of(mut all: Vec<(N, N)>) -> Self {
        if all.len() < 2 {
            return Self(all);
        }
        all.sort_unstable();
        let mut runs = Vec::<(N, N)>::with_capacity(all.len());
        for (first, last) in all {
            match runs.last_mut() {
                Some(run) if run.1.next().is_none_or(|next| first <= next) => {
                    run.1 = run.1.max(last);
                }
                _ => runs.push((first, last)),
            }
        }
        Self(runs)
    }

    fn add(&mut self, first: N, last: N) {
        self.extend(&Self(vec![(first, last)]));
    }

    fn extend(&mut self, other: &Self) {
        if other.0.is_empty() {
            return;
        }
        let mut all = std::mem::take(&mut self.0);
        all.extend_from_slice(&other.0);
        *self = Self::of(all);
    }

    const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn without(&self, other: &Self) -> Self {
        let mut rest = Vec::new();
        let mut cuts = other.0.iter().peekable();
        for &(first, last) in &self.0 {
            let mut from = Some(first);
            while let Some(&&(cut_first, cut_last)) = cuts.peek() {
                let Some(start) = from else { break };
                if cut_last < start {
                    cuts.next();
                    continue;
                }
                if cut_first > last {
                    break;
                }
                if let Some(end) = cut_first.previous().filter(|end| *end >= start) {
                    rest.push((start, end));
                }
                // The same cut may go on into the next run.
                from = cut_last.next().filter(|next| *next <= last);
                if from.is_none() {
                    break;
                }
                cuts.next();
            }
            if let Some(start) = from {
                rest.push((start, last));
            }
        }
        Self(rest)
    }
}

impl Runs<u32> {
    fn count(&self) -> u64 {
        self.0
            .iter()
            .map(|(first, last)| u64::from(last.abs_diff(*first)) + 1)
            .sum()
    }
}

impl Runs<u128> {
    fn count(&self) -> u128 {
        self.0.iter().fold(0, |sum: u128, (first, last)| {
            sum.saturating_add(last.abs_diff(*first)).saturating_add(1)
        })
    }
}

/// A set of ports of one protocol.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Ports(Runs<u16>);

impl Ports {
    /// Every port.
    #[must_use]
    pub fn all() -> Self {
        Self::range(0, u16::MAX)
    }

    /// From one port to another, both included.
    #[must_use]
    pub fn range(first: u16, last: u16) -> Self {
        let mut ports = Self::default();
        if first <= last {
            ports.0.add(first, last);
        }
        ports
    }

    /// Reads `22`, `8000-8100`, or `*` for every port.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        if text == "*" {
            return Some(Self::all());
        }
        let (first, last) = text.split_once('-').unwrap_or((text, text));
        let (first, last) = (first.trim().parse().ok()?, last.trim().parse().ok()?);
        (first <= last).then(|| Self::range(first, last))
    }

    /// The ports from `first` to `last` as clouds count them, where a negative number or none
    /// stands for every port.
    #[must_use]
    pub fn of_numbers(first: Option<i64>, last: Option<i64>) -> Option<Self> {
        match (first, last) {
            (None, None) => Some(Self::all()),
            (Some(first), _) if first < 0 => Some(Self::all()),
            (Some(first), Some(last)) if first <= last => Some(Self::range(
                u16::try_from(first).ok()?,
                u16::try_from(last).ok()?,
            )),
            (Some(only), None) | (None, Some(only)) => {
                let only = u16::try_from(only).ok()?;
                Some(Self::range(only, only))
            }
            (Some(_), Some(_)) => None,
        }
    }

    /// Adds all of another set.
    pub fn extend(&mut self, other: &Self) {
        self.0.extend(&other.0);
    }

    /// Whether there is no port in it.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether it is every port; port 0 is none that anything listens on.
    #[must_use]
    pub fn is_all(&self) -> bool {
        Self::range(1, u16::MAX).without(self).is_empty()
    }

    fn count(&self) -> u32 {
        self.0
            .0
            .iter()
            .map(|(first, last)| u32::from(last.abs_diff(*first)) + 1)
            .sum()
    }

    /// Whether the port is in it.
    #[must_use]
    pub fn has(&self, port: u16) -> bool {
        self.0
            .0
            .iter()
            .any(|(first, last)| (*first..=*last).contains(&port))
    }

    /// What of it is not in `other`.
    #[must_use]
    pub fn without(&self, other: &Self) -> Self {
        Self(self.0.without(&other.0))
    }

    /// What is in both.
    #[must_use]
    pub fn and(&self, other: &Self) -> Self {
        self.without(&self.without(other))
    }
}

impl fmt::Display for Ports {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, (first, last)) in self.0.0.iter().enumerate() {
            if at > 0 {
                f.write_str(", ")?;
            }
            if first == last {
                write!(f, "{first}")?;
            } else {
                write!(f, "{first}-{last}")?;
            }
        }
        Ok(())
    }
}

/// A protocol above IP.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Protocol {
    /// Every protocol.
    All,
    /// The one of this number: <https://www.iana.org/assignments/protocol-numbers/>.
    Number(u8),
}

impl Protocol {
    /// TCP.
    pub const TCP: Self = Self::Number(6);
    /// UDP.
    pub const UDP: Self = Self::Number(17);
    /// SCTP.
    pub const SCTP: Self = Self::Number(132);

    /// Reads a protocol by name or number, as the three clouds write it.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim().to_ascii_lowercase();
        if matches!(text.as_str(), "-1" | "all" | "any" | "*") {
            return Some(Self::All);
        }
        NAMES
            .iter()
            .find(|(name, _)| *name == text)
            .map(|(_, number)| *number)
            .or_else(|| text.parse().ok())
            .map(Self::Number)
    }

    /// Whether it counts in ports.
    #[must_use]
    pub const fn has_ports(self) -> bool {
        matches!(self, Self::All | Self::Number(6 | 17 | 132 | 33 | 136))
    }
}

const NAMES: &[(&str, u8)] = &[
    ("tcp", 6),
    ("udp", 17),
    ("icmp", 1),
    ("icmpv6", 58),
    ("ipv6-icmp", 58),
    ("esp", 50),
    ("ah", 51),
    ("gre", 47),
    ("sctp", 132),
    ("ipip", 94),
    ("igmp", 2),
];

impl fmt::Display for Protocol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::All => f.write_str("every protocol"),
            Self::Number(number) => match NAMES.iter().find(|(_, one)| one == number) {
                Some((name, _)) => f.write_str(name),
                None => write!(f, "protocol {number}"),
            },
        }
    }
}

/// What gets through: ports by protocol.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Reach {
    /// Whether the protocols that `of` does not name get through on every port.
    others: bool,
    of: BTreeMap<u8, Ports>,
}

impl Reach {
    /// Every port of every protocol.
    #[must_use]
    pub const fn everything() -> Self {
        Self {
            others: true,
            of: BTreeMap::new(),
        }
    }

    /// Ports of a protocol; of one that has none, the protocol.
    #[must_use]
    pub fn of(protocol: Protocol, ports: &Ports) -> Self {
        let mut reach = Self::default();
        reach.add(protocol, ports);
        reach
    }

    /// Adds ports of a protocol; of one that has none, the protocol.
    pub fn add(&mut self, protocol: Protocol, ports: &Ports) {
        let other = match protocol {
            Protocol::All => Self::everything(),
            Protocol::Number(number) => {
                let ports = if protocol.has_ports() {
                    ports.clone()
                } else {
                    Ports::all()
                };
                Self {
                    others: false,
                    of: BTreeMap::from([(number, ports)]),
                }
            }
        };
        self.extend(&other);
    }

    /// Adds all of another.
    pub fn extend(&mut self, other: &Self) {
        *self = self.combined(
            other,
            |one, other| one || other,
            |one, other| {
                let mut sum = one.clone();
                sum.extend(other);
                sum
            },
        );
    }

    /// Whether nothing gets through.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        !self.others && self.of.is_empty()
    }

    /// Whether every port of TCP gets through, or protocols without number.
    #[must_use]
    pub fn is_all(&self) -> bool {
        self.others || self.ports(6).is_all()
    }

    /// Whether more than half of the ports of TCP get through, or protocols without number.
    #[must_use]
    pub fn is_most(&self) -> bool {
        self.others || self.ports(6).count() > u32::from(u16::MAX / 2)
    }

    /// What of it is not in `other`.
    #[must_use]
    pub fn without(&self, other: &Self) -> Self {
        self.combined(other, |one, other| one && !other, Ports::without)
    }

    /// What is in both.
    #[must_use]
    pub fn and(&self, other: &Self) -> Self {
        self.combined(other, |one, other| one && other, Ports::and)
    }

    /// Whether the port gets through by TCP or UDP.
    #[must_use]
    pub fn has_port(&self, port: u16) -> bool {
        [6, 17]
            .into_iter()
            .any(|number| match self.of.get(&number) {
                Some(ports) => ports.has(port),
                None => self.others,
            })
    }

    fn ports(&self, protocol: u8) -> Ports {
        self.of.get(&protocol).cloned().unwrap_or_else(|| {
            if self.others {
                Ports::all()
            } else {
                Ports::default()
            }
        })
    }

    fn combined(
        &self,
        other: &Self,
        whether: impl Fn(bool, bool) -> bool,
        ports: impl Fn(&Ports, &Ports) -> Ports,
    ) -> Self {
        let others = whether(self.others, other.others);
        let usual = if others {
            Ports::all()
        } else {
            Ports::default()
        };
        let of = self
            .of
            .keys()
            .chain(other.of.keys())
            .map(|number| (*number, ports(&self.ports(*number), &other.ports(*number))))
            .filter(|(_, ports)| *ports != usual)
            .collect();
        Self { others, of }
    }
}

impl fmt::Display for Reach {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.others {
            f.write_str("every port and protocol")?;
            if !self.of.is_empty() {
                write!(f, " except {}", Self::everything().without(self))?;
            }
            return Ok(());
        }
        let same = self.of.contains_key(&6) && self.of.get(&6) == self.of.get(&17);
        let mut first = true;
        for (number, ports) in &self.of {
            if same && *number == 17 {
                continue;
            }
            if !first {
                f.write_str(", ")?;
            }
            first = false;
            let protocol = Protocol::Number(*number);
            write!(f, "{protocol}")?;
            if same && *number == 6 {
                f.write_str(" and udp")?;
            }
            if protocol.has_ports() {
                if ports.is_all() {
                    f.write_str(" on every port")?;
                } else {
                    write!(f, " {ports}")?;
                }
            }
        }
        Ok(())
    }
}

/// Whether the text is an address or a prefix of private use: not on the Internet.
#[must_use]
pub fn is_private(text: &str) -> bool {
    Range::parse(text).is_some_and(|range| {
        let set: Addresses = [range].into_iter().collect();
        set.public().is_empty()
    })
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::*;

    fn set(texts: &[&str]) -> Addresses {
        texts
            .iter()
            .map(|text| Range::parse(text).unwrap())
            .collect()
    }

    #[test]
    fn ranges_are_read() {
        for text in [
            "10.0.0.0/8",
            "0.0.0.0/0",
            "::/0",
            "1.2.3.4",
            "2001:db8::1",
            "10.0.0.1-10.0.0.9",
            " 10.0.0.7/24 ",
        ] {
            assert!(Range::parse(text).is_some(), "{text}");
        }
        for text in [
            "",
            "/",
            "10.0.0.0/33",
            "::/129",
            "10.0.0.0/-1",
            "10.0.0.0/+1",
            "10.0.0/8",
            "10.0.0.9-10.0.0.1",
            "10.0.0.1-::1",
            "sg-1",
            "Internet",
            "10.0.0.0/8/8",
        ] {
            assert!(Range::parse(text).is_none(), "{text}");
        }
        assert_eq!(Range::parse("10.1.2.3/8"), Range::parse("10.0.0.0/8"));
        assert_eq!(
            Range::parse("::ffff:10.0.0.0/104"),
            Range::parse("10.0.0.0/8")
        );
        assert_eq!(Range::parse("::ffff:0.0.0.0/96"), Range::parse("0.0.0.0/0"));
    }

    #[test]
    fn several_ranges_together_are_everything() {
        let whole = set(&["0.0.0.0/0"]);
        for halves in [
            &["0.0.0.0/1", "128.0.0.0/1"][..],
            &["128.0.0.0/1", "0.0.0.0/1"],
            &["0.0.0.0/2", "64.0.0.0/2", "128.0.0.0/2", "192.0.0.0/2"],
            &["0.0.0.0-255.255.255.255"],
            &["0.0.0.0/0", "10.0.0.0/8"],
        ] {
            assert_eq!(set(halves), whole, "{halves:?}");
        }
        let whole = set(&["::/0"]);
        assert_eq!(set(&["::/1", "8000::/1"]), whole);
        assert!(whole.is_as_wide_as(Family::V6, 0) && whole.is_as_wide_as(Family::V6, 3));
        assert!(!whole.is_as_wide_as(Family::V4, 32));
        assert!(set(&["0.0.0.0/1", "128.0.0.0/2"]).is_as_wide_as(Family::V4, 1));
        assert!(!set(&["0.0.0.0/1", "128.0.0.0/2"]).is_as_wide_as(Family::V4, 0));
    }

    #[test]
    fn what_is_on_the_internet() {
        for (text, private) in [
            ("10.0.0.0/8", true),
            ("172.16.0.0/12", true),
            ("172.16.0.0/11", false),
            ("192.168.1.1", true),
            ("100.64.0.0/10", true),
            ("169.254.169.254", true),
            ("8.8.8.8", false),
            ("0.0.0.0/0", false),
            ("fd00::/8", true),
            ("fe80::1", true),
            ("2600::/12", false),
            ("::/0", false),
            ("sg-1", false),
        ] {
            assert_eq!(is_private(text), private, "{text}");
        }
        assert!(
            Addresses::everything()
                .public()
                .is_as_wide_as(Family::V6, 4)
        );
    }

    #[test]
    fn sets_are_subtracted() {
        let rest = set(&["0.0.0.0/0"]).without(&set(&["10.0.0.0/8", "128.0.0.0/1"]));
        assert_eq!(
            rest,
            set(&["0.0.0.0-9.255.255.255", "11.0.0.0-127.255.255.255"])
        );
        assert!(set(&["10.1.0.0/16"]).is_within(&set(&["10.0.0.0/8"])));
        assert!(!set(&["10.0.0.0/8"]).is_within(&set(&["10.1.0.0/16"])));
        assert!(
            set(&["10.0.0.0/8", "10.2.0.0/16"])
                .without(&set(&["0.0.0.0/0"]))
                .is_empty()
        );
        // One cut through several runs.
        let runs = set(&["10.0.0.0/24", "10.0.2.0/24", "10.0.4.0/24"]);
        let cut = runs.without(&set(&["10.0.0.128-10.0.4.127"]));
        assert_eq!(cut, set(&["10.0.0.0/25", "10.0.4.128/25"]));
    }

    #[test]
    fn ports_and_protocols() {
        let mut ports = Ports::parse("80").unwrap();
        ports.extend(&Ports::parse("443").unwrap());
        ports.extend(&Ports::parse("81-90").unwrap());
        assert_eq!(ports.to_string(), "80-90, 443");
        assert!(ports.has(85) && !ports.has(91));
        assert_eq!(ports.and(&Ports::range(85, 500)).to_string(), "85-90, 443");
        assert!(Ports::of_numbers(Some(1), Some(65535)).unwrap().is_all());
        assert!(Ports::of_numbers(Some(-1), Some(-1)).unwrap().is_all());
        assert!(Ports::of_numbers(Some(9), Some(1)).is_none());
        assert!(Ports::parse("70000").is_none() && Ports::parse("").is_none());
        for (text, protocol) in [
            ("-1", Protocol::All),
            ("*", Protocol::All),
            ("TCP", Protocol::TCP),
            ("6", Protocol::TCP),
            ("Udp", Protocol::UDP),
            ("icmpv6", Protocol::Number(58)),
        ] {
            assert_eq!(Protocol::parse(text), Some(protocol), "{text}");
        }
        assert_eq!(Protocol::parse("tls"), None);
    }

    #[test]
    fn reach_is_compared() {
        let reach = |parts: &[(&str, &str)]| {
            let mut reach = Reach::default();
            for (protocol, ports) in parts {
                reach.add(
                    Protocol::parse(protocol).unwrap(),
                    &Ports::parse(ports).unwrap(),
                );
            }
            reach
        };
        let wide = reach(&[("tcp", "1-1024"), ("icmp", "0")]);
        let rest = wide.without(&reach(&[("tcp", "80"), ("icmp", "*")]));
        assert_eq!(rest.to_string(), "tcp 1-79, 81-1024");
        assert!(rest.has_port(22) && !rest.has_port(80));
        let all = reach(&[("-1", "*")]);
        assert!(wide.without(&all).is_empty());
        let most = all.without(&reach(&[("tcp", "22")]));
        assert_eq!(most.to_string(), "every port and protocol except tcp 22");
        assert!(most.has_port(22), "by UDP");
        assert!(most.and(&reach(&[("tcp", "22")])).is_empty());
        assert_eq!(most.without(&all), Reach::default());
        let mut again = most;
        again.extend(&reach(&[("tcp", "22")]));
        assert_eq!(again, all);
        assert_eq!(all.and(&wide), wide);
        assert!(all.is_all() && reach(&[("tcp", "0-65535")]).is_all());
        assert_eq!(
            reach(&[("tcp", "443"), ("udp", "443")]).to_string(),
            "tcp and udp 443"
        );
    }
}
