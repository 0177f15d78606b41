//! Where one change puts its resource.

use tollgate_policy::{Attr, Change, Field, Why};

use crate::table::{Cloud, PLACES, is_global};

/// One side of a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    Before,
    After,
}

/// Where a resource is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// In this region, as this attribute says; none if the provider's configuration does.
    Region(String, Option<&'static str>),
    /// Nowhere in particular.
    Global,
    /// It cannot be told, because of this attribute.
    Undetermined(&'static str, Option<Why>),
}

pub(crate) fn field(change: &Change, path: &str, side: Side) -> Field {
    match side {
        Side::Before => change.before(path),
        Side::After => change.after(path),
    }
}

/// Where a resource is on one side of a change.
pub(crate) fn place(change: &Change, cloud: Cloud, side: Side) -> Place {
    match cloud {
        Cloud::Aws => of_aws(change, side),
        Cloud::Google => {
            for attribute in PLACES {
                match field(change, attribute, side).text() {
                    Attr::Known(text) => return of_google(&text, attribute),
                    Attr::Unset => {}
                    // A region that follows from the provider is known as soon as its zone is.
                    Attr::Undetermined(why) => {
                        return match (&change.region, side) {
                            (Some(region), Side::After) => {
                                Place::Region(region.clone(), Some(attribute))
                            }
                            _ => Place::Undetermined(attribute, Some(why)),
                        };
                    }
                }
            }
            Place::Global
        }
        Cloud::Azure => match field(change, "location", side).text() {
            Attr::Known(text) if text.eq_ignore_ascii_case("global") => Place::Global,
            Attr::Known(text) => Place::Region(text, Some("location")),
            // It is where what it belongs to is.
            Attr::Unset => Place::Global,
            Attr::Undetermined(why) => Place::Undetermined("location", Some(why)),
        },
    }
}

fn of_aws(change: &Change, side: Side) -> Place {
    if is_global(&change.kind) {
        return Place::Global;
    }
    // What is today says its ARN, too.
    if side == Side::Before {
        let own = match change.before("region").text() {
            Attr::Known(region) => Some(region),
            Attr::Unset | Attr::Undetermined(_) => arn_part(&change.before("arn"), 3),
        };
        return match own {
            Some(region) => Place::Region(region, Some("region")),
            None => Place::Undetermined("region", None),
        };
    }
    match (change.after("region").text(), &change.region) {
        (Attr::Known(region), _) if !region.is_empty() => Place::Region(region, Some("region")),
        (_, Some(region)) => Place::Region(region.clone(), None),
        (Attr::Undetermined(why), None) => Place::Undetermined("region", Some(why)),
        (Attr::Known(_) | Attr::Unset, None) => match arn_part(&change.after("arn"), 3) {
            Some(region) => Place::Region(region, Some("arn")),
            None => Place::Undetermined("region", None),
        },
    }
}

fn of_google(text: &str, attribute: &'static str) -> Place {
    // Some write the whole address of the region.
    let name = text.rsplit('/').next().unwrap_or(text);
    if name.is_empty() || name.eq_ignore_ascii_case("global") {
        return Place::Global;
    }
    Place::Region(region_of_zone(name).to_owned(), Some(attribute))
}

/// `europe-west1` of `europe-west1-b`; anything else as it is.
pub(crate) fn region_of_zone(name: &str) -> &str {
    match name.rsplit_once('-') {
        Some((region, zone))
            if zone.len() == 1
                && zone.bytes().all(|b| b.is_ascii_lowercase())
                && region.ends_with(|c: char| c.is_ascii_digit()) =>
        {
            region
        }
        _ => name,
    }
}

/// A part of an ARN, counted from zero; none if it is empty or there is none.
pub(crate) fn arn_part(field: &Field, nth: usize) -> Option<String> {
    let Attr::Known(arn) = field.text() else {
        return None;
    };
    part_of(&arn, nth)
}

/// A part of an ARN, as [`arn_part`].
pub(crate) fn part_of(arn: &str, nth: usize) -> Option<String> {
    let mut parts = arn.splitn(6, ':');
    if parts.next()? != "arn" {
        return None;
    }
    parts
        .nth(nth.checked_sub(1)?)
        .filter(|part| !part.is_empty())
        .map(str::to_owned)
}
