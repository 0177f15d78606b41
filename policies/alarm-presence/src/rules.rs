//! The rules that are not rows of the table.

pub mod alarm_weakened;
pub mod custom_metric_unwatched;
pub mod deaf_alarm;
pub mod last_alarm_removed;
pub mod last_subscription_removed;
pub mod silent_alarm;
pub mod unwatched;
