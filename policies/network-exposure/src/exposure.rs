//! What a firewall lets through between the Internet and what is behind it.

use std::borrow::Cow;
use std::collections::BTreeMap;

use tollgate_policy_common::network::{Addresses, Family, Reach};

use crate::opening::{Direction, Doubt, Opening};
use crate::settings::Limits;

/// From this prefix on a range is as good as the Internet: what any of many customers of a
/// cloud or an Internet provider can have.
const INTERNET_IPV4: u32 = 8;
const INTERNET_IPV6: u32 = 16;

/// What one side of a change lets through in one direction.
#[derive(Clone, Debug, Default)]
pub(crate) struct Exposure {
    /// Between the whole Internet and what is behind.
    pub(crate) world: Reach,
    /// The same by IPv4, and by IPv6.
    pub(crate) by_family: [Reach; 2],
    /// Between a wide part of the Internet and what is behind.
    pub(crate) wide: Reach,
    /// What is stopped for everybody, whatever is let through.
    pub(crate) stopped: Reach,
    /// What cannot be told, with why.
    pub(crate) doubts: Vec<(Reach, Doubt)>,
    /// Which rules do that: what, where, and under which name.
    pub(crate) by: Vec<By>,
}

/// A rule that lets something through.
#[derive(Clone, Debug)]
pub(crate) struct By {
    pub(crate) reach: Reach,
    pub(crate) paths: Vec<String>,
    pub(crate) name: Option<String>,
    /// From where, as it is written.
    pub(crate) from: Vec<String>,
    pub(crate) every_protocol: bool,
}

/// The answer for one set of addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Width {
    Internet,
    Wide,
    Narrow,
}

impl Limits {
    fn width(&self, peers: &Addresses) -> Width {
        // Even with what is inside it is not as wide as that.
        let at_most = |family, length: u32, internet: u32| {
            !peers.is_as_wide_as(family, length.saturating_sub(1).max(internet))
        };
        if at_most(Family::V4, self.widest_ipv4, INTERNET_IPV4)
            && at_most(Family::V6, self.widest_ipv6, INTERNET_IPV6)
        {
            return Width::Narrow;
        }
        let public = peers.without(&self.inside);
        if public.is_as_wide_as(Family::V4, INTERNET_IPV4)
            || public.is_as_wide_as(Family::V6, INTERNET_IPV6)
        {
            return Width::Internet;
        }
        // Wider than the setting, so at least one bit.
        let wider = |family, length: u32| {
            length > 0 && public.is_as_wide_as(family, length.saturating_sub(1))
        };
        if wider(Family::V4, self.widest_ipv4) || wider(Family::V6, self.widest_ipv6) {
            Width::Wide
        } else {
            Width::Narrow
        }
    }

    /// Whether the addresses are the Internet by IPv4, and by IPv6.
    fn internet_by(&self, peers: &Addresses) -> [bool; 2] {
        let public = peers.without(&self.inside);
        [
            public.is_as_wide_as(Family::V4, INTERNET_IPV4),
            public.is_as_wide_as(Family::V6, INTERNET_IPV6),
        ]
    }

    /// The ranges of a rule that matter, as they are written: those that are the Internet by
    /// themselves, or else those that are on it.
    fn from(&self, opening: &Opening) -> Vec<String> {
        let of = |wide: bool| -> Vec<String> {
            opening
                .ranges
                .iter()
                .filter(|(_, range)| {
                    let range = Addresses::from_iter([*range]);
                    if wide {
                        self.width(&range) == Width::Internet
                    } else {
                        !range.is_within(&self.inside)
                    }
                })
                .map(|(text, _)| text.clone())
                .collect()
        };
        let wide = of(true);
        if wide.is_empty() { of(false) } else { wide }
    }

    /// The addresses that a setting does not allow for all of these ports.
    fn not_allowed<'a>(&self, reach: &Reach, peers: &'a Addresses) -> Cow<'a, Addresses> {
        let mut rest = Cow::Borrowed(peers);
        for (ports, networks) in &self.allow {
            if reach.without(ports).is_empty() {
                rest = Cow::Owned(rest.without(networks));
            }
        }
        rest
    }
}

/// Whether the addresses are the Internet, by themselves.
pub(crate) fn is_internet(limits: &Limits, peers: &Addresses) -> bool {
    limits.width(peers) == Width::Internet
}

/// Adds up the rules of one direction. `stopped` is what other resources stop before.
pub(crate) fn exposure(openings: &[Opening], direction: Direction, limits: &Limits) -> Exposure {
    let mut openings: Vec<_> = openings
        .iter()
        .filter(|opening| opening.direction == direction)
        .collect();
    // A rule that stops comes first among those of equal order, as on Google.
    openings.sort_by_key(|opening| (opening.priority, opening.allow));
    let mut exposure = Exposure::default();
    // Rules about the same ports are one: two halves of the Internet are the whole.
    let mut groups = BTreeMap::<Reach, Addresses>::new();
    for opening in &openings {
        if !opening.allow {
            if limits.width(&opening.peers) == Width::Internet && opening.reach_doubt.is_none() {
                exposure.stopped.extend(&opening.reach);
            }
            continue;
        }
        let reach = if exposure.stopped.is_empty() {
            opening.reach.clone()
        } else {
            opening.reach.without(&exposure.stopped)
        };
        if reach.is_empty() {
            continue;
        }
        let outside = opening.peers.without(&limits.inside);
        // Most rules are about networks of one's own.
        if outside.is_empty() && !opening.crowd && opening.peers_doubt.is_none() {
            continue;
        }
        let peers = groups.entry(reach.clone()).or_default();
        peers.extend(&outside);
        let rest = limits.not_allowed(&reach, peers);
        let mut whole = limits.width(&rest);
        let families = limits.internet_by(&rest);
        if opening.crowd && whole == Width::Narrow {
            whole = Width::Wide;
        }
        match (&opening.reach_doubt, &opening.peers_doubt) {
            (Some(doubt), _) if whole != Width::Narrow || opening.peers_doubt.is_some() => {
                exposure.doubts.push((reach, doubt.clone()));
                continue;
            }
            (Some(_), _) => continue,
            (None, Some(doubt)) if whole != Width::Internet => {
                exposure.doubts.push((reach.clone(), doubt.clone()));
            }
            (None, _) => {}
        }
        match whole {
            Width::Internet => {
                exposure.world.extend(&reach);
                for (family, is) in exposure.by_family.iter_mut().zip(families) {
                    if is {
                        family.extend(&reach);
                    }
                }
            }
            Width::Wide => exposure.wide.extend(&reach),
            Width::Narrow => {}
        }
        if opening.crowd || !outside.is_empty() {
            exposure.by.push(By {
                reach,
                paths: opening.paths.clone(),
                name: opening.name.clone(),
                from: limits.from(opening),
                every_protocol: opening.every_protocol,
            });
        }
    }
    exposure
}

impl Exposure {
    /// What was let through before as well, by each of the two kinds of addresses: what only
    /// IPv4 could reach and IPv6 can now is news.
    pub(crate) fn so_before(&self, now: &Self) -> Reach {
        let mut before = self.world.clone();
        for (now, was) in now.by_family.iter().zip(&self.by_family) {
            before = before.without(&now.without(was));
        }
        before
    }

    /// The attributes of the rules that let some of `reach` through, the names of these rules,
    /// and from where.
    pub(crate) fn responsible(&self, reach: &Reach) -> (Vec<String>, Vec<String>, Vec<String>) {
        let (mut paths, mut names, mut from) = (Vec::new(), Vec::new(), Vec::new());
        for by in &self.by {
            if by.reach.and(reach).is_empty() {
                continue;
            }
            for path in &by.paths {
                if !paths.contains(path) {
                    paths.push(path.clone());
                }
            }
            if let Some(name) = &by.name
                && !names.contains(name)
            {
                names.push(name.clone());
            }
            for range in &by.from {
                if !from.contains(range) {
                    from.push(range.clone());
                }
            }
        }
        (paths, names, from)
    }
}
