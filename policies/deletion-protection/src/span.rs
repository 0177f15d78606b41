//! Times as providers write them: `7d`, `86400s`, `P1Y`, `1h30m`, `THREE_MONTHS`.

const DAY: i64 = 86_400;
/// A year is 365 days, and a month the twelfth part of it, so that `P12M`, `P1Y` and `P365D` are the same.
const YEAR: i64 = 365 * DAY;
const MONTH: i64 = YEAR / 12;

/// A length of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Span {
    pub(crate) seconds: i64,
    /// Whether it is counted in months or years, whose lengths differ.
    calendar: bool,
}

impl Span {
    /// So many seconds.
    pub(crate) const fn of(seconds: i64) -> Self {
        Self {
            seconds,
            calendar: false,
        }
    }

    /// Whether it is shorter. A month is as long as 30 days, and as 31.
    pub(crate) fn is_shorter_than(self, other: Self) -> bool {
        if self.calendar == other.calendar {
            return self.seconds < other.seconds;
        }
        let (own, others) = (i128::from(self.seconds), i128::from(other.seconds));
        own * 1_000 < others * 985
    }

    /// Reads it; none where it is written in another way. A number alone counts seconds.
    pub(crate) fn read(text: &str) -> Option<Self> {
        let text = text.trim();
        if let Some(span) = words(text) {
            return Some(span);
        }
        if let Some(rest) = text.strip_prefix(['P', 'p']) {
            return iso(rest);
        }
        if let Ok(seconds) = text.parse() {
            return Some(Self::of(seconds));
        }
        units(text)
    }

    /// So many of a unit that stands beside the number.
    pub(crate) fn counted(number: i64, unit: &str) -> Option<Self> {
        let unit = unit.to_ascii_lowercase();
        let (seconds, calendar) = match unit.strip_suffix('s').unwrap_or(&unit) {
            "second" => (1, false),
            "minute" => (60, false),
            "hour" => (3_600, false),
            "day" => (DAY, false),
            "week" => (7 * DAY, false),
            "month" => (MONTH, true),
            "year" => (YEAR, true),
            "infinite" => return Some(Self::of(i64::MAX)),
            _ => return None,
        };
        Some(Self {
            seconds: number.checked_mul(seconds)?,
            calendar,
        })
    }
}

/// What follows the `P` of ISO 8601.
fn iso(text: &str) -> Option<Span> {
    let (date, time) = text.split_once(['T', 't']).unwrap_or((text, ""));
    let (days, calendar) = parts(date, |unit| {
        Some(match unit.to_ascii_uppercase() {
            'Y' => (YEAR, true),
            'M' => (MONTH, true),
            'W' => (7 * DAY, false),
            'D' => (DAY, false),
            _ => return None,
        })
    })?;
    let (seconds, _) = parts(time, clock)?;
    if text.is_empty() {
        return None;
    }
    Some(Span {
        seconds: days.checked_add(seconds)?,
        calendar,
    })
}

/// `1h30m`, `7d`, `3.5s`.
fn units(text: &str) -> Option<Span> {
    let (seconds, _) = parts(text, |unit| match unit.to_ascii_lowercase() {
        'w' => Some((7 * DAY, false)),
        'd' => Some((DAY, false)),
        _ => clock(unit),
    })?;
    (!text.is_empty()).then(|| Span::of(seconds))
}

fn clock(unit: char) -> Option<(i64, bool)> {
    match unit.to_ascii_lowercase() {
        'h' => Some((3_600, false)),
        'm' => Some((60, false)),
        's' => Some((1, false)),
        _ => None,
    }
}

/// The sum of numbers that are each followed by the letter of a unit, without what is behind a point.
fn parts(text: &str, unit: impl Fn(char) -> Option<(i64, bool)>) -> Option<(i64, bool)> {
    let (mut sum, mut calendar, mut number) = (0_i64, false, String::new());
    for c in text.chars() {
        if c.is_ascii_digit() || c == '.' {
            number.push(c);
            continue;
        }
        let (length, by_calendar) = unit(c)?;
        let whole = number.split('.').next().unwrap_or_default();
        let count: i64 = whole.parse().ok()?;
        sum = sum.checked_add(count.checked_mul(length)?)?;
        calendar |= by_calendar && count > 0;
        number.clear();
    }
    number.is_empty().then_some((sum, calendar))
}

/// `THREE_MONTHS`, `ONE_YEAR`, `PERMANENT`.
fn words(text: &str) -> Option<Span> {
    const NUMBERS: [(&str, i64); 13] = [
        ("ONE", 1),
        ("TWO", 2),
        ("THREE", 3),
        ("FOUR", 4),
        ("FIVE", 5),
        ("SIX", 6),
        ("SEVEN", 7),
        ("EIGHT", 8),
        ("NINE", 9),
        ("TEN", 10),
        ("TWELVE", 12),
        ("EIGHTEEN", 18),
        ("THIRTY", 30),
    ];
    if text == "PERMANENT" {
        return Some(Span::of(i64::MAX));
    }
    let (number, unit) = text.split_once('_')?;
    let (_, number) = NUMBERS.iter().find(|(word, _)| *word == number)?;
    Span::counted(*number, unit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_to_write_it() {
        for (text, seconds) in [
            ("86400s", Some(86_400)),
            ("86400.5s", Some(86_400)),
            ("7d", Some(7 * DAY)),
            ("1h", Some(3_600)),
            ("1h30m", Some(5_400)),
            ("P1Y", Some(YEAR)),
            ("P12M", Some(YEAR)),
            ("P365D", Some(YEAR)),
            ("P2W", Some(14 * DAY)),
            ("PT0S", Some(0)),
            ("P1DT12H", Some(36 * 3_600)),
            ("THREE_MONTHS", Some(3 * MONTH)),
            ("PERMANENT", Some(i64::MAX)),
            ("3600", Some(3_600)),
            ("", None),
            ("P", None),
            ("7 days", None),
            ("d", None),
            ("99999999999999999999d", None),
            ("9223372036854775807w", None),
            ("SOME_DAYS", None),
        ] {
            assert_eq!(Span::read(text).map(|span| span.seconds), seconds, "{text}");
        }
    }

    #[test]
    fn months_are_as_long_as_their_days() {
        for (before, after, shorter) in [
            ("P1Y", "P365D", false),
            ("P1Y", "P12M", false),
            ("P1M", "P30D", false),
            ("P1M", "P4W", true),
            ("P365D", "P1Y", false),
            ("P10Y", "P119M", true),
            ("7d", "168h", false),
            ("7d", "167h", true),
        ] {
            let (before, after) = (Span::read(before), Span::read(after));
            assert_eq!(
                after
                    .zip(before)
                    .map(|(after, before)| after.is_shorter_than(before)),
                Some(shorter)
            );
        }
    }
}
