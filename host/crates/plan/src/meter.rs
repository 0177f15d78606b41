//! What reading a plan for somebody may cost.
//!
//! Which attributes of a plan are read, and how often, a policy decides, and policies are
//! assumed hostile. So whoever asks on a policy's behalf brings a meter, which counts what is
//! parsed, written and kept. A byte costs one unit whatever the machine is doing: the same
//! plan and policy run out at the same point everywhere. The clock only guards.

use std::cell::Cell;
use std::time::Instant;

/// What ran out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spent {
    /// The units of work.
    Work,
    /// The time.
    Time,
    /// The room for what is kept.
    Room,
}

/// A budget that reading draws on.
#[derive(Debug)]
pub struct Meter {
    /// In units: bytes that are parsed or written.
    work: Cell<u64>,
    /// In bytes.
    room: Cell<u64>,
    until: Option<Instant>,
    /// Units until the clock is looked at again.
    patience: Cell<u64>,
}

/// How many units pass between two looks at the clock.
const PATIENCE: u64 = 1 << 20;

impl Meter {
    /// A budget of so many units of work and bytes of room, until a point in time.
    #[must_use]
    pub fn new(work: u64, room: u64, until: Instant) -> Self {
        Self {
            work: Cell::new(work),
            room: Cell::new(room),
            until: Some(until),
            patience: Cell::new(PATIENCE),
        }
    }

    /// For what Tollgate reads of its own accord, whose amount no policy decides.
    #[must_use]
    pub fn unlimited() -> Self {
        Self {
            work: Cell::new(u64::MAX),
            room: Cell::new(u64::MAX),
            until: None,
            patience: Cell::new(u64::MAX),
        }
    }

    /// Pays for so many bytes that are parsed, written or compared.
    ///
    /// # Errors
    /// When the work or the time is spent.
    pub fn work(&self, bytes: usize) -> Result<(), Spent> {
        let units = bytes as u64;
        let left = self.work.get().checked_sub(units).ok_or(Spent::Work)?;
        self.work.set(left);
        match self.patience.get().checked_sub(units) {
            Some(left) => self.patience.set(left),
            None => {
                self.patience.set(PATIENCE);
                if self.until.is_some_and(|until| Instant::now() > until) {
                    return Err(Spent::Time);
                }
            }
        }
        Ok(())
    }

    /// Pays for so many bytes that stay in memory.
    ///
    /// # Errors
    /// When there is no room for them.
    pub fn keep(&self, bytes: usize) -> Result<(), Spent> {
        let left = self
            .room
            .get()
            .checked_sub(bytes as u64)
            .ok_or(Spent::Room)?;
        self.room.set(left);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn what_is_spent_is_named() {
        let later = Instant::now() + Duration::from_secs(3600);
        let meter = Meter::new(10, 5, later);
        assert_eq!(meter.work(10), Ok(()));
        assert_eq!(meter.work(1), Err(Spent::Work));
        assert_eq!(meter.keep(5), Ok(()));
        assert_eq!(meter.keep(1), Err(Spent::Room));
        let late = Meter::new(u64::MAX, 0, Instant::now());
        std::thread::sleep(Duration::from_millis(2));
        assert_eq!(
            late.work(1),
            Ok(()),
            "the clock is not looked at for every byte"
        );
        assert_eq!(late.work(2 << 20), Err(Spent::Time));
        assert_eq!(Meter::unlimited().work(usize::MAX >> 1), Ok(()));
    }
}
